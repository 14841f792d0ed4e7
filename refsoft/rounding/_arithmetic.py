"""What a function declares about its arithmetic; docs/bounds.md, sections 1 and 8."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refsoft._dtypes import DTYPES, as_dtype, cast

Rows = NDArray[np.float64]

# The bounds are themselves computed in float64, by fewer than 2^10 roundings.
OWN_ROUNDING = 1 + 2.0**-40


@dataclass(frozen=True, slots=True)
class Format:
    """A binary format: unit roundoff, smallest subnormal, smallest normal, largest number."""

    roundoff: float
    subnormal: float
    normal: float
    largest: float


FORMATS = {
    "float64": Format(2.0**-53, 2.0**-1074, 2.0**-1022, 2.0**1023 * (2 - 2.0**-52)),
    "float32": Format(2.0**-24, 2.0**-149, 2.0**-126, 2.0**128 - 2.0**104),
    "float16": Format(2.0**-11, 2.0**-24, 2.0**-14, 65504.0),
    "bfloat16": Format(2.0**-8, 2.0**-133, 2.0**-126, 2.0**128 - 2.0**120),
}


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """How an implementation computes, as far as its rounding errors depend on it.

    Errors of functions are logarithmic, in units of the roundoff u: the result
    is the exact one times exp(e), abs(e) <= error * u (docs/bounds.md 1.1).

    Attributes
    ----------
    name : str
    format : str
        Of every operation; one of the four dtypes.
    tree : bool
        Whether sums are pairwise (NumPy's included); sequential otherwise.
    scale_first : bool
        Whether scores may be scaled, or powers taken, before the largest is
        removed, and results may be formed from the log-sum-exp.
    exp : tuple of float
        (a, b): the error of exp(-d) is a + b*d.
    log, power : float
        Errors of the logarithm and of the power function.
    division : float
        Of a quotient; 2 is a reciprocal and a product.
    storage : str or None
        The format in which results are kept, y for the gradient included.
    flush : bool
        Whether subnormal results may become 0.
    weights : str or None
        The format in which weights are kept, and underflow, where it is another one.
    exact_shift : bool
        Whether distances to the largest score enter the exponential unrounded.
    block : int
        If not 0, sums are taken in blocks of so many terms, in any order or, if
        ``tree``, pairwise; and the sums of the blocks without error.
    inverse : float
        The error of a product with the inverse of a sum before its last rounding.
    split : bool
        Whether the sum of the weights is taken in two parts, and rounded once.
    log_pair : float
        Of a logarithm that is a pair, as far as the kernels know it.
    held : int
        If not 0, the sum of a longer row is put together from parts at scales of their own.
    """

    name: str
    format: str
    tree: bool = False
    scale_first: bool = True
    exp: tuple[float, float] = (4.0, 0.0)
    log: float = 5.0
    power: float = 4.0
    division: float = 2.0
    storage: str | None = None
    flush: bool = False
    weights: str | None = None
    exact_shift: bool = False
    block: int = 0
    inverse: float = 0.0
    held: int = 0
    split: bool = False
    log_pair: float = 0.0

    @property
    def u(self) -> float:
        """The unit roundoff."""
        return FORMATS[self.format].roundoff

    @property
    def quantum(self) -> float:
        """The largest absolute error of an operation that underflows."""
        return self._quantum(self.format)

    @property
    def function_quantum(self) -> float:
        """The same of a library function, whose error is as many units there as elsewhere."""
        name = self.weights or self.format
        units = max(self.exp[0], self.power) * self.u / FORMATS[name].roundoff
        return self._quantum(name) * max(2.0, units) / 2

    def _quantum(self, name: str) -> float:
        return FORMATS[name].normal if self.flush else FORMATS[name].subnormal

    def flushing(self) -> Arithmetic:
        """The same arithmetic with subnormal results that may become 0."""
        return replace(self, flush=True)

    @property
    def weight_roundoff(self) -> float:
        """The roundoff of keeping a weight, where that is in another format; 0 elsewhere."""
        return 0.0 if self.weights is None else FORMATS[self.weights].roundoff

    def exp_error(self, d: Rows) -> Rows:
        """The logarithmic error of exp(-d)."""
        return np.asarray(self.u * (self.exp[0] + self.exp[1] * np.abs(d)))

    def height(self, entries: Rows, length: int) -> Rows:
        """Additions that a summand passes through at most; section 2.

        Parameters
        ----------
        entries : (rows, 1)
            How many summands are not 0: adding a 0 is exact.
        length : int
            How many there are with those.
        """
        sequential = np.maximum(entries - 1, 0)
        if self.block:
            # Between blocks: what is lost, their sum with what is kept, an offset.
            inside = min(max(length, 1), self.block)
            inside = math.ceil(math.log2(inside)) if self.tree else inside - 1
            return np.asarray(np.minimum(sequential, inside + 3))
        if not self.tree:
            return sequential
        return np.asarray(np.minimum(sequential, np.ceil(np.log2(max(length, 1))) + 18))

    def sum_height(self, entries: Rows, length: int) -> Rows:
        """The same of a weight in the sum of the weights, where that is another; section 11.3."""
        height = self.height(entries, length)
        return np.minimum(height, 1 + self.split_height(length)) if self.split else height

    def split_height(self, length: int) -> float:
        """The roundings that a sum in two parts has lost, of so many entries; section 11.3."""
        more = max(math.ceil(length / self.block) - 1, 0)
        return length * 2.0**-21 + 257 * 2.0**-30 * more * (more + 1)

    def parameter_error(self, value: Rows) -> Rows:
        """The absolute error of a parameter read into the format; 0 where it fits."""
        form, size = FORMATS[self.format], np.abs(value)
        least = form.normal if self.flush else form.subnormal / 2
        below = np.where(size < form.normal, np.minimum(least, size), 0.0)
        fits = cast(value, DTYPES[self.format]).astype(np.float64) == value
        fits = fits & ~(self.flush & (size < form.normal))
        return np.where(fits, 0.0, np.maximum(size * self.u, below))

    def parameter_reading(self, value: Rows) -> Rows:
        """The same as a logarithmic error; without bound where all of it may be lost."""
        error, size = self.parameter_error(value), np.abs(value)
        share = np.where(error > size * self.u, np.minimum(error / size, 1.0), 0.0)
        with np.errstate(divide="ignore"):
            return np.where(share > 0, -np.log1p(-share), self.u * (error > 0))

    def reading(self, dtype: Any) -> float:
        """The roundoff of reading an array of ``dtype`` into the format; 0 where it fits."""
        return self.u if FORMATS[as_dtype(dtype).name].roundoff < self.u else 0.0

    def _rounding_to(self, name: str) -> tuple[float, float]:
        """Relative and absolute error of rounding to a format; 0 where it is no narrower."""
        target = FORMATS[name]
        relative = target.roundoff if target.roundoff > self.u else 0.0
        if target.subnormal <= FORMATS[self.format].subnormal:
            return relative, 0.0
        return relative, target.normal if self.flush else target.subnormal / 2

    def stored(self, magnitude: Rows, *names: str) -> Rows:
        """The error of rounding a number of that magnitude to one format after the other."""
        error = np.zeros_like(magnitude)
        for relative, quantum in sorted(map(self._rounding_to, set(names))):
            size = magnitude + error
            error += np.maximum(relative * size, np.minimum(quantum, size))
        return error

    def kept(self) -> tuple[float, float]:
        """Relative and absolute error of what is kept in the storage format."""
        return self._rounding_to(self.storage or self.format)

    @property
    def keeping(self) -> tuple[str, ...]:
        """The format in which y is kept for the gradient, if it is another one."""
        return () if self.storage is None else (self.storage,)

    def finish(self, value: Rows, bound: Rows, dtype: Any, where: Any = True) -> Rows:
        """``bound`` with the final rounding of ``value``; section 1.4.

        0 at masked entries and where the value is infinite, +inf where the
        result may overflow or there is no bound.
        """
        magnitude = np.abs(value) + bound
        kept = self.keeping
        if self.weights is not None and as_dtype(dtype).name != self.format:
            kept = (*kept, self.weights)  # in which results are formed, too
        sum_ = bound + self.stored(magnitude, *kept, as_dtype(dtype).name)
        sum_ = np.where(np.isinf(value) | ~np.asarray(where), 0.0, sum_ * OWN_ROUNDING)
        formats = (self.format, as_dtype(dtype).name, *kept)
        overflows = np.isfinite(value) & (magnitude > min(FORMATS[f].largest for f in formats))
        return np.where(np.isnan(sum_) | overflows, np.inf, sum_)
