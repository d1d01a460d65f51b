"""reference.py - calls of torch.ops.ln.*, the same in double by PyTorch, and how far ln.h lets results be off"""

import math

import torch
import torch.nn.functional as F

U = {torch.float64: 2.0**-53}  # any other type is computed in float
SHAPES = {"layer_norm": (3, 5, 48), "rms_norm": (3, 5, 48), "add_rms_norm": (3, 5, 48), "l2_norm": (3, 5, 48), "group_norm": (2, 6, 4, 5)}
DTYPES = (torch.float32, torch.float64, torch.bfloat16, torch.float16)


def has_beta(name):
    return name in ("layer_norm", "group_norm")


def inputs(name, dtype, param_dtype=None, seed=0, shape=None):
    """The tensors of a call, which require gradients: x, for add_rms_norm the residual, gamma, where there is one beta."""
    generator = torch.Generator().manual_seed(seed)
    shape = shape or SHAPES[name]
    cols = shape[1] if name == "group_norm" else shape[-1]
    shapes = [shape] * (2 if name == "add_rms_norm" else 1) + [(cols,)] * (2 if has_beta(name) else 1)
    types = [dtype if one == shape else param_dtype or dtype for one in shapes]
    return [(torch.randn(s, generator=generator, dtype=torch.float64) + 0.5).to(t).requires_grad_() for s, t in zip(shapes, types)]


def arguments(name, tensors):
    """Those of the operator, by position."""
    if name == "group_norm":
        return (tensors[0], 3, *tensors[1:])
    rows = 2 if name == "add_rms_norm" else 1
    return (*tensors[:rows], tensors[0].shape[-1:], *tensors[rows:])


def call(name, tensors, **keywords):
    return getattr(torch.ops.ln, name)(*arguments(name, tensors), **keywords)


def in_double(name, tensors, eps, total=None):
    """The operator of doubles; total is the sum that was normalised, where that has been rounded."""
    x, *rest = tensors
    if name == "group_norm":
        return F.group_norm(x, 3, *rest, eps)
    if name == "add_rms_norm":
        x = x + rest.pop(0)
        x = x if total is None else x + (total - x).detach()
    gamma, beta = (rest + [None])[:2]
    if name == "l2_norm":
        return x * (x.square().sum(-1, keepdim=True) + eps).rsqrt() * gamma
    return F.layer_norm(x, x.shape[-1:], gamma, beta, eps) if name == "layer_norm" else F.rms_norm(x, x.shape[-1:], gamma, eps)


def by_rows(name, x, parameter):
    """x as rows of columns, and the parameter of each element."""
    if name != "group_norm":
        return x.reshape(-1, x.shape[-1]), parameter.expand(x.shape).reshape(-1, x.shape[-1])
    wide = parameter.reshape(1, -1, *[1] * (x.dim() - 2)).expand(x.shape)
    return x.reshape(x.shape[0] * 3, -1), wide.reshape(x.shape[0] * 3, -1)


def bounds(name, x, gamma, beta, dy, eps):
    """The bounds of ln.h on y, dx, and on dgamma and dbeta, in u; all in double, x what was normalised."""
    rows, gamma = by_rows(name, x, gamma.abs())
    dy = by_rows(name, dy.abs(), beta)[0]
    beta = by_rows(name, x, beta.abs())[1]
    centred, divisor = has_beta(name), 1 if name == "l2_norm" else rows.shape[1]
    deviation = rows - rows.mean(1, keepdim=True) if centred else rows
    rstd = 1 / (deviation.square().sum(1, keepdim=True) / divisor + eps).sqrt()
    size = (deviation * rstd).abs().clamp(min=math.sqrt(divisor / rows.shape[1]))
    g = gamma * dy
    own, average, last = (11, 16, 41) if centred else (8, 0, 22)
    dx = rstd * (own * g + average * g.mean(1, keepdim=True) + last * size * (g * size).sum(1, keepdim=True) / divisor)
    y = (14 if centred else 5.1) * (gamma * size + beta)

    def total(terms):
        return terms.reshape(x.shape).sum([0, *range(2, x.dim())] if name == "group_norm" else list(range(x.dim() - 1)))

    return y.reshape(x.shape), dx.reshape(x.shape), 19 * total(dy * size), 6 * total(dy)


def assert_within(what, got, want, bound):
    """got is off by at most the bound, in u, and one rounding into its type; doubles by PyTorch's own error too, taken to be as large."""
    double = got.dtype == torch.float64
    info = torch.finfo(got.dtype)
    allowed = bound * (2 * U[torch.float64] if double else 2.0**-24)
    allowed = allowed if double else allowed + info.eps / 2 * (want.abs() + allowed) + info.tiny * info.eps / 2
    excess = ((got.double() - want).abs() / allowed.clamp(min=math.ulp(0))).max().item()
    assert excess <= 1, f"{what} is off by {excess:.3} of what it may be"
