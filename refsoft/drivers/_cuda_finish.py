"""What ends every operation: the sums it needs of a row, its results, and one number a row."""

from __future__ import annotations

from functools import cache
from typing import Any

from refsoft.drivers import _cuda_slopes as slopes
from refsoft.drivers._cuda_ends import NOWHERE, entry_of, mover
from refsoft.drivers._cuda_key import Key
from refsoft.drivers._cuda_rows import steps
from refsoft.drivers._lanes import form
from refsoft.drivers._numba_cuda import cuda, jitable
from refsoft.drivers._reduce import earliest, plus, reducer, whole


@cache
def terms_of(operation: str, key: Key) -> tuple[Any, ...]:
    """The sums that an operation needs of a row."""
    if operation == "forward":
        return ()
    make = slopes.pull_terms if operation == "vjp" else slopes.push_terms
    return make(key.recipe, key.count)


@cache
def gatherer(operation: str, key: Key) -> Any:
    """The function that adds the sums of a row's blocks, and finds the first of its ends."""
    members, width = key.shape.members, 2 * len(terms_of(operation, key))
    zero, sway = form(key.format).real(0), bool(key.recipe.sway)
    sum_of, first_of = reducer(plus, 2, members), reducer(earliest, 1, members)

    @jitable
    def gathered(
        shared: Any, shared_places: Any, sums: Any, places: Any, begin: Any, end: Any, own: Any
    ) -> Any:
        low, high, t = NOWHERE, NOWHERE, cuda.threadIdx.x
        for k in range(0, width, 2):
            total = (zero, zero)
            for i in range(begin + t, end, members):
                total = plus(total, (sums[i, k], sums[i, k + 1]))
            own[k], own[k + 1] = sum_of(shared, total)
        if sway and width:
            for i in range(begin + t, end, members):
                low, high = min(low, places[i, 0]), min(high, places[i, 1])
            low = first_of(shared_places, (low,))[0]
            high = first_of(shared_places, (high,))[0]
        return low, high

    return gathered


@cache
def finisher(operation: str, key: Key) -> Any:
    """The function that replaces the weights of a share by results, gradients or tangents.

    Its arguments are ``(x, g, seen, w, s, p, dp, sums, rows, r, n, j, low, high)``: ``rows``
    has the cotangents or tangents, and low and high are where the ends of row r are.
    """
    return {"forward": _results, "vjp": _gradients, "jvp": _tangents}[operation](key)


def _results(key: Key) -> Any:
    results = steps(key.recipe, form(key.format).real, key.shape.entries).results

    @jitable
    def finish(
        x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, sums: Any, rows: Any,
        r: Any, n: Any, j: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        results(x, seen, s, p, w)

    return finish


def _gradients(key: Key) -> Any:
    pull, sway = slopes.pull(key.recipe, key.shape.entries), bool(key.recipe.sway)
    move, zero = mover(key, len(terms_of("vjp", key))), form(key.format).real(0)

    @jitable
    def finish(
        x: Any, g: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, sums: Any, rows: Any,
        r: Any, n: Any, j: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        if s[1] != zero:
            pull(x, g, seen, w, s, p, sums)
        if sway:
            move(w, j, low, high, sums)

    return finish


def _tangents(key: Key) -> Any:
    push = slopes.push(key.recipe, key.count, key.shape.entries)
    fall_of, entry = slopes.falls(key.recipe, key.count), entry_of(key)
    zero, sway = form(key.format).real(0), bool(key.recipe.sway)

    @jitable
    def finish(
        x: Any, v: Any, seen: Any, w: Any, s: Any, p: Any, dp: Any, sums: Any, rows: Any,
        r: Any, n: Any, j: Any, low: Any, high: Any,
    ) -> Any:  # fmt: skip
        ends = (zero, zero)
        if sway:
            ends = (entry(rows, r, n, low), entry(rows, r, n, high))
        if s[1] != zero:
            push(x, v, seen, w, s, p, dp, fall_of(sums, s, p, dp), ends)

    return finish


@cache
def concluder(operation: str, key: Key) -> Any:
    """The function ``(sums, s, p, total, more, r)`` that writes what a row has one of."""
    return {"forward": _logarithm, "vjp": _parameter_gradients, "jvp": _nothing}[operation](key)


def _logarithm(key: Key) -> Any:
    log_normaliser = steps(key.recipe, form(key.format).real, key.shape.entries).log_normaliser
    narrow = form(key.format).narrow

    @jitable
    def conclude(sums: Any, s: Any, p: Any, total: Any, more: Any, r: Any) -> Any:
        if more.size > 0:
            more[r] = narrow(log_normaliser(s[0], whole(total), *p))

    return conclude


def _parameter_gradients(key: Key) -> Any:
    write = slopes.parameter_gradients(key.recipe, key.count)

    @jitable
    def conclude(sums: Any, s: Any, p: Any, total: Any, more: Any, r: Any) -> Any:
        write(sums, s, p, more, r)

    return conclude


def _nothing(key: Key) -> Any:
    @jitable
    def conclude(sums: Any, s: Any, p: Any, total: Any, more: Any, r: Any) -> Any:
        return None

    return conclude
