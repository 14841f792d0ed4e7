"""Hypothesis looks for rows, parameters and moves with which a function breaks a law.

The scores are whole multiples of a grain, and so are shifts and rises; scales
are powers of two. What the format does not represent exactly is not tried:
a law is broken by results, never by the rounding of what was given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from refsoft.card import Card, Parameter
from refsoft.conformance.hunt import FoundError, hunt
from refsoft.conformance.ids import read, written
from refsoft.conformance.laws import LAWS, Broken, Law, Move, Trial
from refsoft.conformance.laws.deciding import status
from refsoft.conformance.laws.judging import excesses
from refsoft.conformance.laws.model import Params, Rows
from refsoft.conformance.options import LAW
from refsoft.conformance.plan import SWEEPS
from refsoft.conformance.search import Space
from refsoft.conformance.shrink import shrink

ENTRIES = 96
BATCHES = 400
SECONDS = 8.0
GRAINS = (1 / 64, 0.25, 1.0, 4.0)
FACTORS = (0.25, 0.5, 2.0, 4.0)
QUARTERS = 64  # parameters are tried in steps of 1/4 up to 16


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A law with the rows, the parameters and the move that it is tried on."""

    law: Law
    x: Rows
    params: Params
    move: Move

    @property
    def id(self) -> str:
        """All of it: ``law/own_score/rise=2.0,place=1/0*3;n=4.0`` for instance."""
        chosen = asdict(self.move)
        moves = ",".join(f"{name}={chosen[name]!r}" for name in self.law.moves)
        rows = written(self.x, self.params)
        return "/".join([LAW + self.law.id, *([moves] if moves else []), rows])

    def put_to(self, trial: Trial) -> Broken | None:
        """Whether the function on trial breaks it."""
        return replace(trial, params=self.params).breaks(self.law, self.x, self.move)


def is_drawn(case: str) -> bool:
    """Whether an id names a law and its rows, not the law alone."""
    return case.startswith(LAW) and "/" in case.removeprefix(LAW)


def parse(case: str, card: Card) -> Drawn:
    """What an id of :class:`Drawn` names.

    Raises
    ------
    ValueError
        If it is no such id, or not of that variant.
    """
    words = case.removeprefix(LAW).split("/")
    name, moves, rows = words[0], words[1:-1], words[-1]
    law = next((law for law in LAWS if law.id == name and status(law, card) == "holds"), None)
    if law is None:
        raise ValueError(f"case={case!r}; accepted: a law that --list-cases shows, and its rows")
    chosen = dict(word.partition("=")[::2] for text in moves for word in text.split(","))
    if set(chosen) != set(law.moves):
        raise ValueError(f"case={case!r}; accepted: {law.id} with {', '.join(law.moves) or 'rows'}")
    try:
        numbers: Any = {k: int(v) if k == "place" else float(v) for k, v in chosen.items()}
    except ValueError:
        raise ValueError(f"case={case!r}; accepted: numbers for {', '.join(chosen)}") from None
    values, params = read(rows, case, [parameter.name for parameter in card.parameters])
    return Drawn(law, values, params, Move(**numbers))


def search_laws(
    trial: Trial, space: Space, seed: int, *, batches: int = BATCHES, seconds: float = SECONDS
) -> Drawn | None:
    """The smallest violation of a law that was found."""
    laws = [law for law in LAWS if law.id in trial.holding]
    if not (laws and space.lengths):
        return None
    found: list[Drawn] = []

    def attempt(drawn: Drawn) -> float:
        gaps = replace(trial, params=drawn.params).gaps(drawn.law, drawn.x, drawn.move)
        if gaps is None:
            return 0.0
        _, true, given = gaps
        if (excesses(true, given) > 0).any():
            found.append(drawn)
            raise FoundError
        near = np.where(true.size <= true.allowance, given.size / given.allowance, 0.0)
        return float(np.max(near, initial=0.0, where=np.isfinite(near)))

    hunt(_draws(trial, space, laws), attempt, seed, batches=batches, seconds=seconds)
    if not found:
        return None
    name = space.card.name
    laws.sort(key=lambda law: name not in law.claims)
    return _smallest(min(found, key=lambda drawn: drawn.x.size), trial, laws)


def _smallest(drawn: Drawn, trial: Trial, laws: list[Law]) -> Drawn:
    """The first law that is broken there, on one row, as short and simple as it still is."""

    def breaks(other: Drawn) -> bool:
        return other.put_to(trial) is not None

    broken = drawn.put_to(trial)
    if broken is None:  # it does not do it again
        return drawn
    drawn = next(other for law in laws if breaks(other := replace(drawn, law=law)))
    broken = drawn.put_to(trial)
    alone = replace(drawn, x=drawn.x[broken.row : broken.row + 1]) if broken else drawn
    drawn = alone if breaks(alone) else drawn
    for plainer in _plainer(drawn, trial.params):
        drawn = plainer if breaks(plainer) else drawn
    x = shrink(drawn.x, lambda x: breaks(replace(drawn, x=np.atleast_2d(x))))
    return replace(drawn, x=np.atleast_2d(x))


def _plainer(drawn: Drawn, params: Params) -> Iterator[Drawn]:
    """The same without its move, and with the usual parameters."""
    yield replace(drawn, move=Move())
    yield replace(drawn, params=dict(params))


def _draws(trial: Trial, space: Space, laws: list[Law]) -> Any:
    from hypothesis import strategies as st

    plan, lengths = space.plan, space.lengths

    @st.composite
    def drawn(draw: Any) -> Drawn:
        law = draw(st.sampled_from(laws))
        params = {
            p.name: draw(st.sampled_from(_values(p))) if p.name in plan.swept else value
            for p in space.card.parameters
            for value in (trial.params[p.name],)
        }
        grain = draw(st.sampled_from(GRAINS))
        steps = draw(st.integers(1, 64))
        room = [_room(space.card.parameter(p), params) for p in law.parameters if p in params]
        move = Move(
            shift=grain * steps * draw(st.sampled_from((1.0, -1.0))),
            factor=draw(st.sampled_from(FACTORS)),
            rise=min([grain * steps, *room]),
            place=draw(st.integers(0, max(lengths))),
        )
        # The length comes from the generator, as that of the other search does.
        rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
        n = int(rng.choice(lengths))
        shape = (max(2, ENTRIES // n), n)
        centre = rng.integers(-32, 33, (shape[0], 1)) * rng.integers(0, 2, (shape[0], 1))
        reach = draw(st.sampled_from((1, 4, 16, 32)))
        x = grain * (centre + rng.integers(-reach, reach + 1, shape))
        kept = asdict(move)
        return Drawn(law, x, params, Move(**{name: kept[name] for name in law.moves}))

    return drawn()


def _room(parameter: Parameter, params: Params) -> float:
    """How far a parameter may rise among its values: honest powers overflow far above them."""
    return float(max(_values(parameter))) - params[parameter.name]


def _values(parameter: Parameter) -> tuple[float, ...]:
    """Values of a parameter between those of the cases."""
    steps = (k / 4 for k in range(-QUARTERS, QUARTERS + 1))
    return tuple(
        dict.fromkeys(
            value
            for value in (*SWEEPS.get(parameter.name, ()), *steps)
            if bool(parameter.contains(value))
        )
    )
