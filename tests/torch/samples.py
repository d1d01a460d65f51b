#!/usr/bin/env python3
"""samples.py - PyTorch's own samples of its norms (OpInfo), forward and gradients, against its results in double; run.sh says of which library

The structs of ln.h are those of bindings/python. Each result is held to the bound of ln.h. PyTorch's doubles are taken to be off, in their own
u, by as much as ln.h says of saved statistics, with which it computes. What a negative eps makes of a sample is refused, and nothing else may be.
"""
import ctypes
import math
import sys

import torch
from libln import _abi
from torch.testing._internal.common_methods_invocations import op_db

OPERATIONS = ("native_layer_norm", "nn.functional.layer_norm", "nn.functional.rms_norm", "nn.functional.group_norm", "nn.functional.instance_norm")
TYPES = {torch.float32: _abi.F32, torch.float64: _abi.F64, torch.bfloat16: _abi.BF16, torch.float16: _abi.F16}
ERR_EPS = -3
U64 = 2.0 ** -53


class Sample:
    """One sample as libln sees it: rows of columns, and which parameter each element has."""

    def __init__(self, operation, sample, dtype):
        self.norm = _abi.RMSNORM if operation.name.endswith("rms_norm") else _abi.LAYERNORM
        self.x, self.dtype = sample.input.detach().contiguous(), dtype
        args, kwargs, shape = sample.args, sample.kwargs, sample.input.shape
        if operation.name.endswith(("layer_norm", "rms_norm")):
            self.cols, self.sets, self.shared = math.prod(args[0]), 0, 0
            parameters = args[1:3] if self.norm == _abi.LAYERNORM else args[1:2]
        else:
            groups = args[0] if operation.name.endswith("group_norm") else shape[1]
            self.shared, self.sets = math.prod(shape[2:]), groups
            self.cols = shape[1] // groups * self.shared
            parameters = kwargs.get("weight"), kwargs.get("bias")
        self.gamma, self.beta = (tuple(p if p is None else p.detach().contiguous() for p in parameters) + (None, None))[:2]
        self.rows = self.x.numel() // self.cols
        self.eps = self.eps_of(operation, args, kwargs)

    def eps_of(self, operation, args, kwargs):
        if operation.name == "native_layer_norm":
            return args[3]
        return kwargs.get("eps", 1e-5 if self.norm == _abi.LAYERNORM else 2.0 ** -23)

    def desc(self):
        return _abi.Desc(norm=self.norm, x_type=TYPES[self.dtype], rows=self.rows, cols=self.cols, eps=self.eps,
                         rows_per_param=1 if self.sets else 0, param_rows=self.sets, cols_per_param=self.shared)

    def which(self):
        """The parameter of each element."""
        count = self.cols // (self.shared or 1)
        sets = torch.arange(self.rows) % (self.sets or 1)
        return sets[:, None] * count + torch.arange(self.cols)[None, :] // (self.shared or 1)


def expected(operation, sample, s, dy):
    """y, dx, dgamma and dbeta by PyTorch, in double."""
    wide = sample.transform(lambda t: t.detach().double())
    x, gamma, beta = (None if t is None else t.double().requires_grad_() for t in (s.x, s.gamma, s.beta))
    args, kwargs = list(wide.args), dict(wide.kwargs)
    if operation.name.endswith(("layer_norm", "rms_norm")):
        args[1:3 if s.norm == _abi.LAYERNORM else 2] = [gamma] if s.norm == _abi.RMSNORM else [gamma, beta]
    else:
        kwargs.update(weight=gamma, bias=beta)
    if s.norm == _abi.RMSNORM:
        kwargs["eps"] = s.eps
    y = operation.op(x, *args, **kwargs)
    y = y[0] if isinstance(y, tuple) else y
    inputs = [t for t in (x, gamma, beta) if t is not None]
    gradients = iter(torch.autograd.grad(y, inputs, dy.double().reshape(y.shape)))
    return [y.detach()] + [None if t is None else next(gradients) for t in (x, gamma, beta)]


def bounds(s, dy, saved):
    """What ln.h says that y, dx, dgamma and dbeta are off by at most, in u; with saved statistics each xhat is off by the mean's rounding too."""
    rows, which = s.x.double().reshape(s.rows, s.cols), s.which()
    centred = rows - rows.mean(1, keepdim=True) if s.norm == _abi.LAYERNORM else rows
    rstd = 1 / (centred.square().mean(1, keepdim=True) + s.eps).sqrt()
    size = (centred * rstd).abs().clamp(min=1) + (2 * (rows - centred).abs() * rstd if saved else 0)
    gamma = torch.ones_like(rows) if s.gamma is None else s.gamma.double().flatten()[which].abs()
    beta = torch.zeros_like(rows) if s.beta is None else s.beta.double().flatten()[which].abs()
    dy = dy.double().reshape(rows.shape).abs()
    g, more = gamma * dy, 1 if s.shared > 1 else 0
    own, average, last = (11, 16, 41) if s.norm == _abi.LAYERNORM else (8, 0, 21)

    def total(terms):
        count = max(t.numel() for t in (s.gamma, s.beta) if t is not None) if s.gamma is not None or s.beta is not None else 0
        return torch.zeros(count, dtype=torch.double).index_add_(0, which.flatten(), terms.flatten()) if count else None

    return [14 * (gamma * size + beta),
            rstd * (own * g + average * g.mean(1, keepdim=True) + last * size * (g * size).mean(1, keepdim=True)),
            None if s.gamma is None else (18 + more) * total(dy * size), None if s.beta is None else (5 + more) * total(dy)]


def is_right(got, want, own, pytorch):
    u = U64 if got.dtype == torch.float64 else 2.0 ** -24
    info = torch.finfo(got.dtype)
    error = (own * u + pytorch * U64).reshape(want.shape)
    rounding = 0 if got.dtype == torch.float64 else info.eps / 2 * (want.abs() + error) + info.tiny * info.eps / 2
    return bool(((got.double().reshape(want.shape) - want).abs() <= error + rounding).all())


def address(t):
    return None if t is None else t.data_ptr()


def solve(s, dy):
    """The status and results of both passes."""
    total = torch.float64 if s.dtype == torch.float64 else torch.float32
    y, dx = torch.full_like(s.x, math.nan), torch.full_like(s.x, math.nan)
    dgamma, dbeta = (None if t is None else torch.full(t.shape, math.nan, dtype=total) for t in (s.gamma, s.beta))
    d = s.desc()
    workspace = torch.empty(_abi.backward_workspace_size(ctypes.byref(d)) // 8 + 1, dtype=torch.double)
    forward = _abi.ForwardTensors(x=address(s.x), gamma=address(s.gamma), beta=address(s.beta), y=address(y))
    backward = _abi.BackwardTensors(x=address(s.x), dy=address(dy), gamma=address(s.gamma), dx=address(dx), dgamma=address(dgamma),
                                    dbeta=address(dbeta), workspace=address(workspace), workspace_size=8 * workspace.numel())
    forward = _abi.forward(ctypes.byref(d), ctypes.byref(forward))
    backward = _abi.backward(ctypes.byref(d), ctypes.byref(backward))
    return [forward, backward, backward, backward], [y, dx, dgamma, dbeta]


def try_sample(operation, sample, dtype):
    """How many results were tried, refused, wrong."""
    s = Sample(operation, sample, dtype)
    dy = torch.randn(s.x.shape).to(dtype)
    statuses, results = solve(s, dy)
    refused = [status for status, result in zip(statuses, results) if result is not None and status != 0]
    tried = sum(result is not None for result in results)
    if s.eps < 0:
        return tried, len(refused), len([status for status in statuses if status != ERR_EPS])
    checks = zip(("y", "dx", "dgamma", "dbeta"), results, expected(operation, sample, s, dy), bounds(s, dy, False), bounds(s, dy, True))
    wrong = [name for name, got, *what in checks if got is not None and not is_right(got, *what)]
    for name in wrong:
        print(f"wrong: {name} of {operation.name} {dtype} {tuple(s.x.shape)} {sample.args} {sample.kwargs}")
    return tried, len(refused), len(wrong) + len(refused)


def main():
    torch.manual_seed(1)
    all_tried = all_wrong = 0
    for operation in [o for o in op_db if o.name in OPERATIONS]:
        for dtype in TYPES:
            counts = [try_sample(operation, sample, dtype) for sample in operation.sample_inputs("cpu", dtype)]
            tried, refused, wrong = map(sum, zip(*counts))
            all_tried, all_wrong = all_tried + tried, all_wrong + wrong
            print(f"{operation.name:30} {str(dtype):15} {tried:4} tried, {refused:3} refused, {wrong:3} wrong")
    print(f"{all_tried - all_wrong} passed, {all_wrong} failed")
    sys.exit(1 if all_wrong or not all_tried else 0)


if __name__ == "__main__":
    main()
