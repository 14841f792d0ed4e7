"""Forwards as a torch user writes them: torch's own, or composed in place."""

from __future__ import annotations

from refsoft.bench.torch_work import Tensor, Work


def forward(work: Work, y: Tensor) -> Tensor:
    """The result into y."""
    torch, x, dim = work.torch, work.x, work.dim
    if work.variant == "softmax":
        return torch.softmax(x, dim, out=y)
    if work.variant == "log_softmax":
        return torch.log_softmax(x, dim, out=y)
    if work.variant == "symax":
        torch.abs(x, out=y)
        if work.params["p"] != 1:
            y.pow_(work.params["p"])
        return y.div_(work.total(y).add_(work.params["eta"]))
    if work.variant == "ssmax":
        torch.mul(x, work.scale, out=y)
        return torch.softmax(y, dim, out=y)
    if work.variant == "self_adjust":
        return torch.softmax(x, dim, out=y).mul_(x)
    if work.variant == "self_adjust_normalized":
        low, high = work.ends()
        torch.softmax(x, dim, out=y)
        torch.sub(x, low, out=work.scratch)
        return y.mul_(work.scratch).div_(high - low)
    return _offset(work, y)[0]


def forward_lse(work: Work, y: Tensor) -> tuple[Tensor, Tensor]:
    """The result into y, and the logarithm of its normaliser."""
    torch, x, dim = work.torch, work.x, work.dim
    if work.variant in ("softmax_one", "softmax_n", "softmax_sink"):
        _, m, z = _offset(work, y)
        return y, z.log_().add_(m)
    forward(work, y)
    if work.variant == "log_softmax":  # y = x - lse at every entry
        return y, (x.select(dim, 0) - y.select(dim, 0)).unsqueeze(dim)
    if work.variant == "ssmax":
        return y, torch.mul(x, work.scale, out=work.scratch).logsumexp(dim, keepdim=True)
    return y, torch.logsumexp(x, dim, keepdim=True)


def _offset(work: Work, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Results y = w / z with w = exp(x - m) and z of m and the offset; all three."""
    m = work.x.amax(work.dim, keepdim=True).clamp_(min=work.virtual)
    work.torch.sub(work.x, m, out=y).exp_()
    z = work.total(y).add_((work.virtual - m).exp_())
    return y.div_(z), m, z
