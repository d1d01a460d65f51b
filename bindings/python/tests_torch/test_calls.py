"""What a call may be given: views, types, autocast, threads, nothing at all, and what is refused."""

import ctypes
import threading
import time

import pytest
import torch
import torch.nn.functional as F
from reference import DTYPES, SHAPES, assert_within, call, inputs

import libln
import libln.torch
from libln import _abi
from libln.torch import _native, _threads

VERSION = tuple(int(part) for part in torch.__version__.split(".")[:2])
VIEWS = {
    "every other row": lambda a: a[::2],
    "a slice of each row": lambda a: a[:, :, 3:20],
    "heads in a packed row": lambda a: a.reshape(6, 5, 4, 8)[:, :, 1:3],
    "heads, transposed": lambda a: a.reshape(6, 5, 4, 8)[:2].transpose(1, 2),
    "transposed": lambda a: a.transpose(1, 0),
    "columns and rows transposed": lambda a: a.transpose(1, 2),
    "every other column": lambda a: a[:, :, ::2],
    "expanded rows": lambda a: a[:1].expand(6, 5, 32),
    "expanded columns": lambda a: a[:, :, :1].expand(6, 5, 32),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["layer_norm", "add_rms_norm"])
def test_views(name, view):
    """The bits, of results and of gradients, are those of a contiguous copy; dy comes as a view, too."""
    whole = torch.randn(6, 5, 32, generator=torch.Generator().manual_seed(1))
    results = []
    for copied in (False, True):
        x, dy = ((t.contiguous() if copied else t).detach().requires_grad_() for t in (VIEWS[view](whole), VIEWS[view](whole.flip(0))))
        rest = [dy, torch.linspace(-1, 2, x.shape[-1]).requires_grad_()][name == "layer_norm":]
        output = call(name, [x, *rest])
        y = output if name == "layer_norm" else output[0]
        results.append([y.detach(), *torch.autograd.grad(y, [x, *rest], dy.detach())])
    for one, other in zip(*results):
        assert torch.equal(one, other)


def test_sum():
    """add_rms_norm is rms_norm of the sum, to the bit, and a gradient may arrive at the sum as well."""
    x, residual, gamma = inputs("add_rms_norm", torch.bfloat16)
    y, total = call("add_rms_norm", [x, residual, gamma])
    assert torch.equal(total, x + residual) and torch.equal(y, torch.ops.ln.rms_norm(total, [48], gamma))
    by_both = torch.autograd.grad([y, total], [x, residual, gamma], [torch.ones_like(y), torch.ones_like(y)])
    wide = [t.detach().double().requires_grad_() for t in (x, residual, gamma)]
    x = wide[0] + wide[1]
    x = x + (total.double() - x).detach()
    want = torch.autograd.grad([F.rms_norm(x, [48], wide[2], 2.0**-23), x], wide, [torch.ones_like(x)] * 2)
    for got, exact in zip(by_both, want):
        assert_within("a gradient", got, exact, torch.full_like(exact, 200))


@pytest.mark.parametrize("types", [(torch.bfloat16, torch.float32), (torch.float32, torch.bfloat16), (torch.float16, torch.bfloat16)])
def test_types_of_residual(types):
    x, residual = (torch.randn(3, 16).to(type).requires_grad_() for type in types)
    y, total = torch.ops.ln.add_rms_norm(x, residual, [16])
    assert (y.dtype, total.dtype) == (types[0], torch.float32)
    (y.float().sum() + total.sum()).backward()
    assert (x.grad.dtype, residual.grad.dtype) == types
    torch.library.opcheck(torch.ops.ln.add_rms_norm.default, (x, residual, [16]))


def test_gamma_plus_one_and_cast():
    x, gamma = torch.randn(4, 64).bfloat16(), (torch.randn(64) * 0.1).bfloat16()
    normalised = x.float() * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 1e-6)
    gemma, llama = normalised * (1 + gamma.float()), gamma * normalised.bfloat16()
    got = torch.ops.ln.rms_norm(x, [64], gamma, 1e-6, gamma_plus_one=True), torch.ops.ln.rms_norm(x, [64], gamma, 1e-6, cast_before_gamma=True)
    for one, other in zip(got, (gemma.bfloat16(), llama)):
        assert (one == other).float().mean() > 0.98  # rsqrt of float rounds otherwise in a few
    assert not torch.equal(got[1], torch.ops.ln.rms_norm(x, [64], gamma, 1e-6))
    plus = torch.ones(64, requires_grad=True)
    torch.library.opcheck(torch.ops.ln.layer_norm.default, (torch.randn(2, 64), [64], plus), {"gamma_plus_one": True})


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", SHAPES)
def test_autocast(name, dtype):
    """Autocast changes neither type nor bits."""
    tensors = inputs(name, dtype)
    outside = call(name, tensors)
    with torch.autocast("cpu", torch.bfloat16):
        inside = call(name, tensors)
    for one, other in zip(*((o if isinstance(o, tuple) else (o,)) for o in (outside, inside))):
        assert one.dtype == dtype and torch.equal(one, other)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("pool", ["torch", "python"])
def test_threads_give_the_same_bits(name, pool, monkeypatch):
    assert _threads.kind() == ("torch" if VERSION >= (2, 10) else "python"), "the wheel's library for the threads of PyTorch is not there"
    if pool == "python":
        monkeypatch.setattr(_threads, "_own", None)
    tensors = inputs(name, torch.float32, shape=(8, 24, 64, 17) if name == "group_norm" else (512, 130))
    found = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        output = call(name, tensors)
        y = output[0] if isinstance(output, tuple) else output
        found.append([y.detach(), *torch.autograd.grad(y, tensors, y.detach())])
    torch.set_num_threads(2)
    for other in found[1:]:
        assert all(torch.equal(a, b) for a, b in zip(found[0], other))


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("pool", ["torch", "python"])
def test_number_of_threads(count, pool, monkeypatch):
    if pool == "python":
        monkeypatch.setattr(_threads, "_own", None)
    before, seen, done = torch.get_num_threads(), set(), []

    def task(_context, i):
        seen.add(threading.get_native_id())
        done.append(i)
        time.sleep(0.01)

    torch.set_num_threads(count)
    try:
        parallel_for, own = _threads.threads()
        assert parallel_for(own, 12, ctypes.cast(_abi.Task(task), ctypes.c_void_p), None) == 0
    finally:
        torch.set_num_threads(before)
    assert len(seen) == count and sorted(done) == list(range(12))


@pytest.mark.parametrize("name", SHAPES)
def test_nothing(name):
    """No rows: nothing comes out, and gradients of parameters are 0."""
    shape = (0, 6, 4) if name == "group_norm" else (0, 6)
    tensors = inputs(name, torch.float32, shape=shape)
    output = call(name, tensors)
    y = output[0] if isinstance(output, tuple) else output
    assert y.shape == shape
    for tensor, gradient in zip(tensors, torch.autograd.grad(y.sum(), tensors)):
        assert gradient.shape == tensor.shape and not gradient.any()


X = torch.randn(2, 6)
REFUSED = {
    "x has dtype torch.int64": lambda: torch.ops.ln.layer_norm(torch.ones(2, 3, dtype=torch.int64), [3]),
    "x has shape .2, 6., which does not end in .3.": lambda: torch.ops.ln.layer_norm(X, [3]),
    "x has shape .2, 6., which does not end in ..": lambda: torch.ops.ln.rms_norm(X, []),
    "gamma has shape .5., not .6.": lambda: torch.ops.ln.rms_norm(X, [6], torch.ones(5)),
    "beta has shape .1, 6., not .6.": lambda: torch.ops.ln.layer_norm(X, [6], None, torch.ones(1, 6)),
    "gamma has dtype torch.int32": lambda: torch.ops.ln.layer_norm(X, [6], torch.ones(6, dtype=torch.int32)),
    "residual has shape .6., x .2, 6.": lambda: torch.ops.ln.add_rms_norm(X, X[0], [6]),
    "x and residual are torch.float32 and torch.float64": lambda: torch.ops.ln.add_rms_norm(X, X.double(), [6]),
    "channels do not make 4 groups": lambda: torch.ops.ln.group_norm(X, 4),
    "eps": lambda: torch.ops.ln.layer_norm(X, [6], eps=-1.0),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text):
    with pytest.raises((ValueError, TypeError, RuntimeError), match=text):
        REFUSED[text]()


def test_no_second_derivative():
    x = torch.randn(2, 6, requires_grad=True)
    gradient, = torch.autograd.grad(torch.ops.ln.layer_norm(x, [6]).square().sum(), x, create_graph=True)
    with pytest.raises(NotImplementedError, match="differentiated once"):
        gradient.sum().backward()


@pytest.mark.parametrize("keywords", [{}, {"gamma_plus_one": True}, {"cast_before_gamma": True}])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["layer_norm", "rms_norm"])
def test_native(name, dtype, keywords):
    """The kernel without the interpreter and the general one give the same bits, whichever of them a call gets to."""
    assert _native.has(name) == (VERSION >= (2, 13)), "the wheel's kernels for PyTorch are not there"
    general = getattr(torch.ops.ln, f"{name}_general") if _native.has(name) else getattr(torch.ops.ln, name)
    keywords = {key: value for key, value in keywords.items() if name == "rms_norm" or key == "gamma_plus_one"}
    with torch.inference_mode():
        for shape in ((1, 48), (3, 5, 48), (48,), (0, 48), (700, 48)):
            x, *rest = (t.detach() for t in inputs(name, dtype, shape=shape))
            for parameters in ([], [None], rest, [t.to(torch.float32) for t in rest], [t.repeat_interleave(2)[::2] for t in rest]):
                for eps in ({}, {"eps": 1e-3}):
                    got = getattr(torch.ops.ln, name)(x, [48], *parameters, **eps, **keywords)
                    assert torch.equal(got, general(x, [48], *parameters, **eps, **keywords)) and got.shape == x.shape


def test_native_two_dimensions():
    x, gamma = torch.randn(3, 4, 5), torch.randn(4, 5)
    with torch.inference_mode():
        assert torch.equal(torch.ops.ln.layer_norm(x, [4, 5], gamma), torch.ops.ln.layer_norm(x.reshape(3, 20), [20], gamma.flatten()).reshape(3, 4, 5))


@pytest.mark.parametrize("cols, calls", [(65536, 200), (8, 60000)])
def test_native_keeps_nothing(cols, calls):
    """Neither the tensors of a call, of which a few would show, nor what its arguments are wrapped in, of which many would."""
    resident = lambda: int(open("/proc/self/statm").read().split()[1]) * 4096  # noqa: E731
    gamma = torch.randn(cols)
    with torch.inference_mode():
        for _ in range(2):
            before = resident()
            for i in range(calls):
                x, gamma = (torch.randn(1, cols), torch.randn(cols)) if calls < 1000 or i == 0 else (x, gamma)
                torch.ops.ln.layer_norm(x, [cols], gamma, gamma)
                torch.ops.ln.rms_norm(x, [cols], gamma, 1e-6)
    assert resident() - before < 2**20


def test_as_numpy():
    """The bits are those of libln for NumPy."""
    x, gamma, beta = (t.detach() for t in inputs("layer_norm", torch.float32))
    assert torch.equal(torch.ops.ln.layer_norm(x, [48], gamma, beta), torch.from_numpy(libln.layer_norm(x.numpy(), gamma.numpy(), beta.numpy())))
