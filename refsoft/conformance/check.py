"""Judge a function, in this process or in one of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from refsoft._dtypes import as_dtype
from refsoft.conformance.isolate import Here, Isolated
from refsoft.conformance.judging import Progress, judge_callee
from refsoft.conformance.options import Options
from refsoft.conformance.report import Report
from refsoft.conformance.snippet import origin, source_of
from refsoft.conformance.xfails import given
from refsoft.variant import Variant


def check(
    fn: Callable[..., Any],
    variant: Variant | str,
    *,
    dtype: Any = "float32",
    param: Mapping[str, float] | None = None,
    passes: Mapping[str, str] | Iterable[str] = (),
    call: Mapping[str, Any] | None = None,
    array: str = "numpy",
    device: str | None = None,
    out_dtype: Any = None,
    axis_keyword: str | None = None,
    mask_keyword: str | None = None,
    arithmetic: str | None = None,
    domain: str | None = None,
    lengths: Iterable[int] | None = None,
    max_length: int | None = None,
    multiple_of: int = 1,
    subnormals: str | None = None,
    require: Iterable[str] = (),
    quick: bool = False,
    only: Iterable[str] = (),
    skip: Iterable[str] = (),
    case: str | None = None,
    seed: int | None = None,
    xfails: str | os.PathLike[str] | Mapping[str, str] | None = None,
    vjp: Callable[..., Any] | None = None,
    vjp_from: str = "x",
    autodiff: bool = False,
    lse_cotangent: str | None = None,
    returns_lse: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Judge ``fn`` against a variant, in this process.

    The function is called as ``fn(x)`` with x of one to four axes, the row on
    the last. A hang or a crash is the caller's own; ``refsoft check`` runs the
    function in a process apart.

    Parameters
    ----------
    fn : callable
        The function to judge.
    variant : Variant or str
        What it claims to be.
    dtype : str or dtype, or several, default float32
        Formats of x, and of the result.
    param : dict, optional
        Parameters of the truth; not passed to ``fn``. Others have the card's default.
    passes : dict or iterable of str, optional
        Parameters that ``fn`` takes, by name or as name: keyword; they are
        swept, one value per row included.
    call : dict, optional
        Keywords that are passed to ``fn`` as they are.
    array : {"numpy", "torch", "jax", "cupy"}
        The kind of x.
    device : str, optional
        Where x lies: ``cpu``, ``cuda`` or ``cuda:1``.
    out_dtype : str or dtype, optional
        Format of the result, where it is not that of x.
    axis_keyword, mask_keyword : str, optional
        Keywords under which ``fn`` takes the axis, and a mask that broadcasts
        against x, True = visible; without them axes and masks are not tested.
    arithmetic : str, optional
        The preset of :data:`refsoft.rounding.PRESETS` that ``fn`` declares.
    domain : str, optional
        The scores on which it is judged, ``abs(x)<=1e4`` for instance.
    lengths, max_length : optional
        Lengths of rows.
    multiple_of : int
        Of which every length is a multiple.
    subnormals : {"gradual", "flush"}, optional
        Whether results below the normal range may be 0; by default for JAX and CUDA.
    require : iterable of str
        ``empty``, ``strided``: refusing empty input, or another layout, convicts;
        ``repeatable``: so do results that differ, within the bound, from call to call
        or with the other rows.
    quick : bool
        Fewer and shorter cases.
    only, skip, case : optional
        Case classes, or the id of one case.
    seed : int, optional
        Of the random scores, 0 by default, and of the search: where it is not given, the search
        has a new one at every call, which the report tells, and 0 where ``CI`` is set.
    xfails : path or dict, optional
        Failures that are expected: a file with ``id  # reason`` on each line, or reasons by id.
        One that is no longer there is an error.
    vjp : callable, optional
        Its backward, called ``vjp(x, g)`` with the parameters' and the mask's keywords;
        it returns dx, or (dx, {name: gradient}) where parameters are passed. A gradient of
        None says that there is none. Without it gradients are not tested.
    vjp_from : {"x", "y", "x,lse"}
        What ``vjp`` is called with before g: the scores, the exact result rounded, or the
        scores and the exact log-sum-exp rounded.
    autodiff : bool
        Judge the gradients that torch or JAX derives from ``fn``.
    lse_cotangent : str, optional
        Keyword under which ``vjp`` takes the cotangent of the log-sum-exp, of the batch's shape:
        the loss depends on both. float32 for 16-bit scores.
    returns_lse : bool
        ``fn`` returns (y, lse). The log-sum-exp is not judged, its gradients by ``autodiff`` are.
    progress : callable, optional
        Called with (done, total, label).

    Returns
    -------
    Report
        With ``conforms``, ``findings``, ``headline``, ``exit_code``, ``to_json()``.

    Raises
    ------
    TypeError, ValueError
        Naming the option, its value and what is accepted; a device that is not there too.
    ImportError
        If the package of ``array``, or python-flint, is not installed.

    Examples
    --------
    >>> import numpy as np, refsoft as rs
    >>> def softmax(x):
    ...     w = np.exp(x - x.max(-1, keepdims=True))
    ...     return w / w.sum(-1, keepdims=True)
    >>> report = rs.check(softmax, rs.softmax_one, quick=True, only=["normal", "negative"])
    >>> report.conforms, report.diagnosis
    (False, 'the 1 is missing: is softmax')
    """
    if not callable(fn):
        raise TypeError(f"fn is a {type(fn).__name__}; accepted: a callable")
    judged = named(variant)
    several = isinstance(dtype, list | tuple | set | frozenset)
    options = Options(
        dtypes=tuple(as_dtype(d).name for d in (dtype if several else (dtype,))),
        params=dict(param or {}),
        passed=dict(passes) if isinstance(passes, Mapping) else {name: name for name in passes},
        call=dict(call or {}),
        array=array,
        device=device,
        out_dtype=None if out_dtype is None else as_dtype(out_dtype).name,
        axis_keyword=axis_keyword,
        mask_keyword=mask_keyword,
        arithmetic=arithmetic,
        domain=domain,
        lengths=None if lengths is None else tuple(lengths),
        max_length=max_length,
        multiple_of=multiple_of,
        subnormals=subnormals,
        require=tuple(require),
        quick=quick,
        only=tuple(only),
        skip=tuple(skip),
        case=case,
        seed=seed,
        xfails=given(xfails),
        vjp=None if vjp is None else origin(vjp)[0],
        vjp_from=vjp_from,
        autodiff=autodiff,
        lse_cotangent=lse_cotangent,
        returns_lse=returns_lse,
    ).validated(judged.card)
    target, source = origin(fn)
    callee = Here(fn, array, device, returns_lse)
    backward, pulled = (callee if autodiff else None), source
    if vjp is not None:
        if not callable(vjp):
            raise TypeError(f"vjp is a {type(vjp).__name__}; accepted: a callable")
        backward, pulled = Here(vjp, array, device), origin(vjp, "vjp")[1]
    return judge_callee(callee, target, judged, options, source, progress, backward, pulled)


def check_target(
    target: str, variant: Variant, options: Options, progress: Progress | None = None
) -> Report:
    """Judge the function that ``target`` names, in a process of its own.

    Raises
    ------
    LoadError
        If it cannot be loaded.
    """
    callee = Isolated(target, options.array, options.timeout, options.device, options.returns_lse)
    source = source_of(target)
    backward, pulled = (callee if options.autodiff else None), source
    try:
        if options.vjp is not None:
            backward = Isolated(options.vjp, options.array, options.timeout, options.device)
            pulled = source_of(options.vjp, "vjp")
        return judge_callee(callee, target, variant, options, source, progress, backward, pulled)
    finally:
        callee.close()
        if backward is not None:
            backward.close()


def named(variant: Variant | str) -> Variant:
    """A variant from its name.

    Raises
    ------
    ValueError, TypeError
        If there is none of that name, or it is neither.
    """
    from refsoft.catalogue import VARIANTS

    if isinstance(variant, Variant):
        return variant
    if not isinstance(variant, str):
        raise TypeError(f"variant is a {type(variant).__name__}; accepted: a variant or its name")
    if variant not in VARIANTS:
        raise ValueError(f"variant={variant!r}; accepted: {', '.join(VARIANTS)}")
    return VARIANTS[variant]
