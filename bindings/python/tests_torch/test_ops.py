"""Each operator: what torch.library.opcheck asks, results and gradients against PyTorch in double, within the bounds of ln.h."""

import pytest
import torch
from reference import DTYPES, SHAPES, arguments, assert_within, bounds, call, has_beta, in_double, inputs

import libln.torch  # noqa: F401 - registers the operators


@pytest.mark.parametrize("param_dtype", [None, torch.float32])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SHAPES)
def test_opcheck(name, dtype, param_dtype):
    tensors = inputs(name, dtype, param_dtype)
    torch.library.opcheck(getattr(torch.ops.ln, name).default, arguments(name, tensors))
    bare = [t.detach() for t in tensors]
    torch.library.opcheck(getattr(torch.ops.ln, name).default, arguments(name, bare)[: 3 if name == "add_rms_norm" else 2])


@pytest.mark.parametrize("param_dtype", [None, torch.float32])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SHAPES)
def test_gradients(name, dtype, param_dtype):
    eps = 1e-5
    tensors = inputs(name, dtype, param_dtype)
    output = call(name, tensors, eps=eps)
    y, total = output if name == "add_rms_norm" else (output, None)
    dy = torch.randn(y.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64).to(dtype)
    got = torch.autograd.grad(y, tensors, dy)
    wide = [t.detach().double().requires_grad_() for t in tensors]
    want_y = in_double(name, wide, eps, None if total is None else total.detach().double())
    want = torch.autograd.grad(want_y, wide, dy.double())
    x = wide[0].detach() if total is None else total.detach().double()
    gamma = wide[2 if total is not None else 1].detach()
    beta = wide[-1].detach() if has_beta(name) else torch.zeros_like(gamma)
    of_y, of_dx, of_dgamma, of_dbeta = bounds(name, x, gamma, beta, dy.double(), eps)
    assert_within("y", y.detach(), want_y.detach(), of_y)
    of_inputs = [of_dx] * (1 if total is None else 2) + [of_dgamma, of_dbeta]
    for i, (one, other, bound) in enumerate(zip(got, want, of_inputs)):
        assert one.dtype == tensors[i].dtype
        assert_within(f"gradient {i}", one, other, bound)
