"""Backwards as a torch user writes them: in place, from x and g, or from y too."""

from __future__ import annotations

import math

from refsoft.bench.torch_forward import forward
from refsoft.bench.torch_work import Tensor, Work

Pulled = tuple[Tensor, dict[str, Tensor]]


def vjp(work: Work, *, slopes: bool = True) -> Pulled:
    """Compute dx and the gradients of the parameters, summed over the rows, or dx alone."""
    if not work.variant.startswith("self_adjust"):
        forward(work, work.y)
    return vjp_from_y(work, given=False, slopes=slopes)


def vjp_from_y(work: Work, *, given: bool = True, slopes: bool = True) -> Pulled:
    """The same with the result at hand."""
    torch, x, g, y, out = work.torch, work.x, work.g, work.y, work.out
    if work.variant == "softmax":
        backward = torch.ops.aten._softmax_backward_data.out
        return backward(g, y, work.dim, x.dtype, grad_input=out), {}
    if work.variant == "log_softmax":
        backward = torch.ops.aten._log_softmax_backward_data.out
        return backward(g, y, work.dim, x.dtype, out=out), {}
    if work.variant == "self_adjust":
        return _self_adjust(work, given), {}
    if work.variant == "self_adjust_normalized":
        return _normalized(work), {}
    inner = work.total(torch.mul(g, y, out=out))
    out.addcmul_(y, inner, value=-1)  # y (g - <g,y>)
    if work.variant == "symax":
        return _symax(work, inner, slopes)
    if work.variant == "ssmax" and not slopes:
        return out.mul_(work.scale), {}
    if work.variant == "softmax_one" or not slopes:
        return out, {}
    if work.variant == "ssmax":
        b = torch.mul(out, x, out=work.scratch).sum()
        return out.mul_(work.scale), {"s": b * math.log(work.length), "b": b}
    quiet = (1 - work.total(y)).mul_(inner).sum().neg_()
    if work.variant == "softmax_sink":
        return out, {"sink": quiet}
    return out, {"n": quiet / work.params["n"]}


def _symax(work: Work, inner: Tensor, slopes: bool) -> Pulled:
    """Pull back through |x|^p/Z: deta = -<g,y>/Z, dp = <y (g - <g,y>), log|x|>."""
    torch, x, out, scratch, p = work.torch, work.x, work.out, work.scratch, work.params["p"]
    torch.abs(x, out=scratch)
    dp = torch.special.xlogy(out, scratch, out=out).sum() if slopes else None
    if p != 1:
        scratch.pow_(p)
    z = work.total(scratch).add_(work.params["eta"])
    torch.sub(work.g, inner, out=out)
    torch.sign(x, out=scratch)
    if p != 1:
        out.mul_(x.abs().pow_(p - 1))
    out.mul_(scratch).mul_(p / z)
    return out, {"eta": (inner / z).sum().neg_(), "p": dp} if slopes else {}


def _self_adjust(work: Work, given: bool) -> Tensor:
    """The formula dx = a (g x + g - <g x, a>), and <g x, a> = <g, y>."""
    torch, x, g, out, a = work.torch, work.x, work.g, work.out, work.scratch
    torch.softmax(x, work.dim, out=a)
    if given:
        inner = work.total(torch.mul(g, work.y, out=out))
        torch.mul(g, x, out=out)
    else:
        torch.mul(g, x, out=out)
        inner = work.total(torch.mul(out, a, out=work.y))
    return out.add_(g).sub_(inner).mul_(a)


def _normalized(work: Work) -> Tensor:
    """Of dx = a (w - <w,a>) + g a/D, w = g u, less what the row's two extremes are moved by."""
    torch, x, g, out, a = work.torch, work.x, work.g, work.out, work.scratch
    low, high = work.ends()
    width = high - low
    torch.softmax(x, work.dim, out=a)
    ga = work.total(torch.mul(g, a, out=out))
    gau = work.total(out.mul_(x)).sub_(low * ga).div_(width)  # <w,a> = sum(g a u)
    # a (g (x - low + 1)/D - <w,a>)
    torch.sub(x, low, out=out).add_(1).mul_(g).div_(width).sub_(gau).mul_(a)
    lowest = ((ga - gau) / width).mul_(low < 0).neg_()
    highest = (gau / width).mul_(high > 0).neg_()
    out.scatter_add_(work.dim, x.argmin(work.dim, keepdim=True), lowest)
    return out.scatter_add_(work.dim, x.argmax(work.dim, keepdim=True), highest)
