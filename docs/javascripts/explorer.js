// The explorer: the variants' definitions once more, and what shows them. No library, no network.
"use strict";

const sum = (a) => a.reduce((s, v) => s + v, 0);
const delta = (i, k) => (i === k ? 1 : 0);
const square = (x, entry) => x.map((_, i) => x.map((_, k) => entry(i, k)));

// exp(x - m) over exp(offset - m) + their sum, m the largest of all: nothing overflows.
function shares(x, offset = -Infinity) {
  const m = Math.max(offset, ...x);
  const w = x.map((v) => Math.exp(v - m));
  const z = Math.exp(offset - m) + sum(w);
  return w.map((v) => v / z);
}

const scaled = (x, c) => shares(x.map((v) => c * v));
const spread = (y, factor = 1) => square(y, (i, k) => factor * y[i] * (delta(i, k) - y[k]));
const slope = (x, { s, b }) => s * Math.log(x.length) + b;
const withOffset = (offset) => ({
  y: (x, p) => shares(x, offset(p)),
  jacobian: (x, p) => spread(shares(x, offset(p))),
});

function symaxParts(x, { eta, p }) {
  const w = x.map((v) => Math.abs(v) ** p);
  const z = eta + sum(w);
  return { y: w.map((v) => (z > 0 ? v / z : 0)), z };
}

// The place u of a score between the row's extremes and 0, and where these extremes are.
function places(x) {
  const low = Math.min(0, ...x), high = Math.max(0, ...x), width = high - low;
  const least = low < 0 ? x.indexOf(low) : -1, most = high > 0 ? x.indexOf(high) : -1;
  return { u: x.map((v) => (width > 0 ? (v - low) / width : 0)), width, least, most };
}

const VARIANTS = {
  softmax: {
    y: (x, { temperature }) => scaled(x, 1 / temperature),
    jacobian: (x, { temperature }) => spread(scaled(x, 1 / temperature), 1 / temperature),
  },
  log_softmax: {
    y: (x, { temperature }) => {
      const z = x.map((v) => v / temperature), m = Math.max(...z);
      const lse = m + Math.log(sum(z.map((v) => Math.exp(v - m))));
      return z.map((v) => v - lse);
    },
    jacobian: (x, { temperature }) => {
      const a = scaled(x, 1 / temperature);
      return square(x, (i, k) => (delta(i, k) - a[k]) / temperature);
    },
  },
  softmax_one: withOffset(() => 0),
  softmax_n: withOffset(({ n }) => Math.log(n)),
  softmax_sink: withOffset(({ sink }) => sink),
  symax: {
    y: (x, p) => symaxParts(x, p).y,
    jacobian: (x, p) => {
      const { y, z } = symaxParts(x, p);
      const rise = x.map((v) => (v === 0 ? 0 : p.p * Math.abs(v) ** (p.p - 1) * Math.sign(v) / z));
      return square(x, (i, k) => rise[k] * (delta(i, k) - y[i]));
    },
  },
  ssmax: {
    y: (x, p) => scaled(x, slope(x, p)),
    jacobian: (x, p) => spread(scaled(x, slope(x, p)), slope(x, p)),
  },
  self_adjust: {
    y: (x) => shares(x).map((a, i) => a * x[i]),
    jacobian: (x) => {
      const a = shares(x);
      return square(x, (i, k) => delta(i, k) * a[i] + x[i] * a[i] * (delta(i, k) - a[k]));
    },
  },
  self_adjust_normalized: {
    y: (x) => {
      const { u } = places(x);
      return shares(x).map((a, i) => a * u[i]);
    },
    jacobian: (x) => {
      const a = shares(x), { u, width, least, most } = places(x);
      if (width === 0) return square(x, () => 0);
      return square(x, (i, k) => u[i] * a[i] * (delta(i, k) - a[k])
        + (a[i] / width) * (delta(i, k) - u[i] * delta(k, most) - (1 - u[i]) * delta(k, least)));
    },
  },
};

// ---------------------------------------------------------------------------------------------

const START = [-2, -1, 0, 1, 2];
const RANGES = { temperature: [0.1, 8], n: [0, 16], sink: [-8, 8], eta: [0, 8], p: [0.1, 4], s: [-2, 2], b: [-2, 4] };

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function slider(label, value, [low, high], changed) {
  const shown = element("output", {}, value.toFixed(1));
  const input = element("input", { type: "range", min: low, max: high, step: 0.1, value, "aria-label": label });
  input.addEventListener("input", () => {
    shown.textContent = Number(input.value).toFixed(1);
    changed(Number(input.value));
  });
  return element("div", { class: "explorer-slider" }, element("span", {}, label), input, shown);
}

function explorer(root, cards) {
  let name = cards.some((c) => c.name === location.hash.slice(1)) ? location.hash.slice(1) : cards[0].name;
  let x = [...START], params = {};
  const card = () => cards.find((c) => c.name === name);
  const choice = element("select", { id: "variant" }, ...cards.map((c) => element("option", { value: c.name }, c.name)));
  const formula = element("p", { class: "explorer-formula" });
  const rows = element("div", { class: "explorer-rows" });
  const given = element("div", { class: "explorer-rows" });
  const total = element("p", { role: "status" });
  const matrix = element("table", { class: "explorer-jacobian" });

  function draw() {
    const y = VARIANTS[name].y(x, params), jacobian = VARIANTS[name].jacobian(x, params);
    const low = Math.min(0, ...y), width = Math.max(1, ...y) - low;
    rows.querySelectorAll(".explorer-bar").forEach((bar, i) => {
      const [fill, text] = bar.children;
      fill.style.left = `${(100 * (Math.min(0, y[i]) - low)) / width}%`;
      fill.style.width = `${(100 * Math.abs(y[i])) / width}%`;
      fill.className = y[i] < 0 ? "below" : "above";
      text.textContent = y[i].toFixed(4);
    });
    total.textContent = `row sum: ${sum(y).toFixed(4)}`;
    const top = Math.max(...jacobian.flat().map(Math.abs), 1e-300);
    matrix.replaceChildren(
      element("caption", {}, "Jacobian: row i, column k is the derivative of result i by score k"),
      element("tr", {}, element("td"), ...x.map((_, k) => element("th", { scope: "col" }, `x${k + 1}`))),
      ...jacobian.map((row, i) => element("tr", {}, element("th", { scope: "row" }, `y${i + 1}`),
        ...row.map((v) => {
          const cell = element("td", {}, v.toFixed(3));
          cell.style.setProperty("--share", `${(60 * Math.abs(v)) / top}%`);
          cell.className = v < 0 ? "below" : "above";
          return cell;
        }))));
  }

  function rescored() {
    rows.replaceChildren(...x.map((value, i) => element("div", { class: "explorer-row" },
      slider(`x${i + 1}`, value, [-8, 8], (v) => { x[i] = v; draw(); }),
      element("div", { class: "explorer-bar" }, element("i"), element("output", { "aria-label": `y${i + 1}` })))));
    draw();
  }

  function chosen() {
    params = Object.fromEntries(card().parameters.map((p) => [p.name, p.default]));
    formula.textContent = card().formula;
    given.replaceChildren(...card().parameters.map((p) =>
      slider(p.name, p.default, RANGES[p.name] ?? [-8, 8], (v) => { params[p.name] = v; draw(); })));
    rescored();
  }

  const button = (label, move) => {
    const made = element("button", { type: "button", class: "md-button" }, label);
    made.addEventListener("click", () => { x = move(); rescored(); });
    return made;
  };
  choice.value = name;
  choice.addEventListener("change", () => { name = choice.value; chosen(); });
  const round = (v) => Math.max(-8, Math.min(8, Math.round(10 * v) / 10));
  root.replaceChildren(
    element("p", {}, element("label", { for: "variant" }, "Variant "), choice), formula, given, rows, total,
    element("p", { class: "explorer-buttons" },
      button("all + 1", () => x.map((v) => round(v + 1))), button("all − 1", () => x.map((v) => round(v - 1))),
      button("all equal", () => x.map(() => round(sum(x) / x.length))), button("signs", () => x.map((v) => -v)),
      button("longer", () => (x.length < 9 ? [...x, 0] : x)), button("shorter", () => (x.length > 1 ? x.slice(0, -1) : x)),
      button("reset", () => [...START])),
    element("div", { class: "explorer-scroll", tabindex: 0 }, matrix));
  chosen();
}

explorer(document.getElementById("explorer-panel"), JSON.parse(document.getElementById("cards").textContent));
