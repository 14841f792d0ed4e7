r"""The online statistic of every map y_i = e^(f x_i) / (c + sum_j e^(f x_j)).

A part of a row is kept as (m, l): any number m and l = sum of e^(f x_j - m) over the part.
A sum weighted by values v_j is kept beside it and merges by the same formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import sympy as sp

from proofs.derivations import Wrong
from proofs.exponential import Exponential
from proofs.induction import Induction
from proofs.methods import Identity
from proofs.numeric import Number, Point, mp
from proofs.rows import prepended
from proofs.theorem import Step, Theorem
from proofs.toolkit import Expr, i, j, total, x

#: Sums of three parts of a row, the numbers that are taken from their scores, and later ones.
A, B, C = sp.symbols("A B C", real=True)
p, q, r, K, M, N, W, z = sp.symbols("p q r K M N W z", real=True)
_VALUES = {"A": "5/3", "B": "7/4", "C": "2/7", "p": "3/2", "q": "-4/5", "r": "1/6", "K": "2/9"}
_MORE = {"M": "-5/8", "N": "9/7", "z": "-3/5"}


EMPTY_FIRST, ONE_FIRST = r"\ell(\varnothing\,b)", r"\ell(z\,a\,b)"


def folded(
    names: tuple[str, str, str], base: Identity, step: Identity, wrong: Wrong, not_empty: Expr
) -> Step:
    """That the fold of two parts, one after the other, is the merge of their folds.

    Parameters
    ----------
    names : tuple of str
        What the page calls the two folds, and where the first two of three parts are merged.
    base, step : Identity
        For an empty first part, and for one with a score more.
    wrong : mapping of str to Expr
        Falsified right sides of the step.
    not_empty : Expr
        The right side of the base with 1 in the place of the empty sum.
    """
    first, second, inner = names
    proof = Step(
        "Folding a part takes its scores one after the other, each merged with what follows. Let "
        f"${first}$ be the fold of $a$ and ${second}$ that of $b$. The fold of $a$ and then $b$ is "
        "the merge of the two, at any $K$, wherever the row is cut. Induction on the length of "
        "$a$: the empty part has the sum 0; one score $z$ more is merged, at $K$, with what the "
        f"statement gives for the rest, or else, at ${inner}$, with $a$ first:",
        Induction(
            statement=r"\operatorname{fold}(a\,b) = \operatorname{fold}(a) \oplus "
            r"\operatorname{fold}(b)",
            base=base,
            step=step,
        ),
    )
    for mistake, right in wrong.items():
        proof = proof.but(mistake, step=replace(step, right=right))
    return proof.but("an empty part of sum 1", base=replace(base, right=not_empty))


@dataclass(frozen=True)
class Online:
    """The theorem about the statistic of one such map.

    Attributes
    ----------
    map : Exponential
    front : Expr
        What stands before the exponential of x_i in the numerator, if it is not 1.
    """

    map: Exponential
    front: Expr = sp.S.One

    def online(self) -> Theorem:
        """Shifts cancel, parts add up, and the offset belongs to none of them."""
        return Theorem(
            "online",
            (
                *(self._shifted(), self._merged(), self._grouped(), self._empty(), self._grown()),
                self._folded(),
            ),
        )

    def _points(self) -> tuple[Point, ...]:
        values = {name: Fraction(text) for name, text in {**_VALUES, **_MORE}.items()}
        return tuple(
            replace(point, parameters={**values, **point.parameters}) for point in self.map.points
        )

    def _identity(
        self, text: str, subject: str, left: Expr, right: Expr, wrong: dict[str, Expr],
        sample: Callable[..., Number], indices: tuple[Expr, ...] = (),
    ) -> Step:  # fmt: skip
        return self.map.derive.identity(
            text, wrong, subject=subject, left=left, right=right, sample=sample, indices=indices,
            points=self._points(),
        )  # fmt: skip

    def _shifted(self) -> Step:
        own, offset = self.front * sp.exp(self.map.factor * x[i] - p), self.map.offset
        whole = total(sp.exp(self.map.factor * x[j] - p))
        kept = {"the shift in the numerator alone": own / (offset + self.map.whole)}
        if offset != 0:
            kept["the offset left unscaled"] = own / (offset + whole)
            kept["the offset twice"] = own / (2 * offset * sp.exp(-p) + whole)
        else:
            kept["an offset"] = own / (1 + whole)
        return self._identity(
            "Any number $p$ can be taken from the scores, if it is taken from the offset's too:",
            "y_i",
            self.map.entry(i),
            own / (offset * sp.exp(-p) + whole),
            kept,
            self.map.samples.entry,
            (i,),
        )

    def _merged(self) -> Step:
        return self._identity(
            r"Let $(p, A)$ and $(q, B)$ keep two parts, which stand for the sums $Ae^p$ and "
            r"$Be^q$. Merged at any $K$ they stand for the sum of both; with $K$ the larger of $p$ "
            "and $q$ no factor exceeds 1:",
            r"e^K\big(A e^{p-K} + B e^{q-K}\big)",
            sp.exp(K) * (A * sp.exp(p - K) + B * sp.exp(q - K)),
            A * sp.exp(p) + B * sp.exp(q),
            {
                "the second not rescaled": A * sp.exp(p) + B * sp.exp(K),
                "rescaled the wrong way": sp.exp(K) * (A * sp.exp(K - p) + B * sp.exp(K - q)),
            },
            lambda s: s.number("A") * mp.exp(s.number("p")) + s.number("B") * mp.exp(s.number("q")),
        )

    def _grouped(self) -> Step:
        first = (A * sp.exp(p - M) + B * sp.exp(q - M)) * sp.exp(M - K) + C * sp.exp(r - K)
        second = A * sp.exp(p - K) + (B * sp.exp(q - N) + C * sp.exp(r - N)) * sp.exp(N - K)

        def sample(s: Point) -> Number:
            parts = (("A", "p"), ("B", "q"), ("C", "r"))
            return mp.fsum(s.number(a) * mp.exp(s.number(m) - s.number("K")) for a, m in parts)

        return self._identity(
            "Merging is commutative, as addition is, and associative: the first two of three parts "
            "merged first, at $M$, or the last two, at $N$, and all at $K$:",
            r"(A \oplus B) \oplus C = A \oplus (B \oplus C)",
            first,
            second,
            {
                "without the rescaling from $M$": first.subs(sp.exp(M - K), 1),
                "the third part twice": second + C * sp.exp(r - K),
            },
            sample,
        )

    def _grown(self) -> Step:
        alone = sp.exp(self.map.factor * z)

        def sample(s: Point) -> Number:
            row = [s.number("z"), *s.scores]
            return mp.fsum(mp.exp(self.map.scale(s) * score) for score in row)

        return self._identity(
            "A row with one score $z$ more has the sum of that score and of the row, which is what "
            "merging the two stands for; the offset is in neither:",
            "S(z, x)",
            prepended(self.map.whole, z),
            alone + self.map.whole,
            {"the score twice": 2 * alone + self.map.whole, "its largest alone": alone},
            sample,
        )

    def _folded(self) -> Step:
        """The fold of two parts one after the other, by induction on the length of the first."""
        alone, second = sp.exp(self.map.factor * z - K), B * sp.exp(q - K)
        later = (A * sp.exp(p - M) + B * sp.exp(q - M)) * sp.exp(M - K)
        first = (sp.exp(self.map.factor * z - N) + A * sp.exp(p - N)) * sp.exp(N - K)

        def of_second(s: Point) -> Number:
            return s.number("B") * mp.exp(s.number("q") - s.number("K"))

        def of_all(s: Point) -> Number:
            own = mp.exp(self.map.scale(s) * s.number("z") - s.number("K"))
            return own + s.number("A") * mp.exp(s.number("p") - s.number("K")) + of_second(s)

        base = Identity(
            subject=EMPTY_FIRST,
            left=second,
            right=0 * sp.exp(p - K) + second,
            sample=of_second,
            indices=(),
            points=self._points(),
        )
        late = first + second - alone + sp.exp(self.map.factor * z - N)
        return folded(
            ("(p, A)", "(q, B)", "N"),
            base,
            replace(
                base, subject=ONE_FIRST, left=alone + later, right=first + second, sample=of_all
            ),
            {
                "the new score not rescaled from $N$": late,
                "the second part twice": first + 2 * second,
            },
            sp.exp(p - K) + second,
        )

    def _empty(self) -> Step:
        return self.map.derive.limit(
            r"An empty part has the sum 0 and $-\infty$ for its number: it adds nothing, as "
            r"$W = e^{q-p} \to 0$ with $q \to -\infty$ adds nothing of any sum:",
            {"twice": 2 * A, "the sum of both": A + B},
            subject=r"\lim_{q\to-\infty} \big(A + B e^{q-p}\big)",
            expression=A + B * sp.exp(q - p),
            value=A,
            statistics={W: sp.exp(q - p), A: A, B: B},
            variable=W,
            near=lambda s: s.number("A") + s.number("B") * mp.exp(s.number("q") - s.number("p")),
            far=lambda s: s.number("A") + s.number("B") * mp.exp(-400),
            indices=(),
            points=self._points()[:1],
        )
