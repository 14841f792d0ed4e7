"""Tangents as a torch user writes them: in place, the parameters held."""

from __future__ import annotations

from refsoft.bench.torch_forward import forward
from refsoft.bench.torch_work import Tensor, Work


def jvp(work: Work) -> Tensor:
    """J v; v is the work's ``g``."""
    torch, x, v, y, out = work.torch, work.x, work.g, work.y, work.out
    if work.variant.startswith("self_adjust"):
        torch.softmax(x, work.dim, out=y)
        mean = work.total(torch.mul(y, v, out=out))
        torch.sub(v, mean, out=out)
        if work.variant == "self_adjust":
            return out.mul_(x).add_(v).mul_(y)  # a (v + x (v - <a,v>))
        return _normalized(work)
    forward(work, y)
    if work.variant == "log_softmax":
        torch.exp(y, out=out).mul_(v)
        return torch.sub(v, work.total(out), out=out)
    if work.variant == "softmax":  # the Jacobian is symmetric
        backward = torch.ops.aten._softmax_backward_data.out
        return backward(v, y, work.dim, x.dtype, grad_input=out)
    if work.variant == "symax":
        return _symax(work)
    torch.mul(y, v, out=out)
    out.addcmul_(y, work.total(out), value=-1)
    return out.mul_(work.scale) if work.variant == "ssmax" else out


def _symax(work: Work) -> Tensor:
    """The tangent q - y sum(q), q = p |x|^(p-1) sign(x) v/Z."""
    torch, x, out, scratch, p = work.torch, work.x, work.out, work.scratch, work.params["p"]
    torch.abs(x, out=scratch)
    if p != 1:
        scratch.pow_(p)
    z = work.total(scratch).add_(work.params["eta"])
    torch.sign(x, out=scratch)
    torch.mul(scratch, work.g, out=out).mul_(p / z)
    if p != 1:
        out.mul_(x.abs().pow_(p - 1))
    return out.addcmul_(work.y, work.total(out), value=-1)


def _normalized(work: Work) -> Tensor:
    """Of t = a (u (v - <a,v>) + du), du = (v - u v_max [max > 0] - (1 - u) v_min [min < 0])/D."""
    torch, x, v, out, u, dim = work.torch, work.x, work.g, work.out, work.scratch, work.dim
    low, high = work.ends()
    width = high - low
    at_low = v.gather(dim, x.argmin(dim, keepdim=True)).mul_(low < 0)
    at_high = v.gather(dim, x.argmax(dim, keepdim=True)).mul_(high > 0)
    torch.sub(x, low, out=u).div_(width)
    # u (v - <a,v>) + v/D - at_low/D + u (at_low - at_high)/D; out holds v - <a,v>
    out.add_((at_low - at_high) / width).mul_(u)
    torch.sub(v, at_low, out=u).div_(width)
    return out.add_(u).mul_(work.y)
