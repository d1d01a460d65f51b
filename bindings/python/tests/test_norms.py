"""Against exact arithmetic, and that what is called does not depend on how the array lies, on threads or on batches."""

from concurrent.futures import ThreadPoolExecutor

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from reference import norm, normalised

import libln

UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
BOUND = {True: 14, False: 8}  # of ln.h, on any kernels: LayerNorm's, RMSNorm's


def rows(dtype):
    return hnp.arrays(dtype, st.tuples(st.integers(1, 3), st.integers(1, 40)),
                      elements=st.floats(-1e6, 1e6, width=32 if dtype == np.float32 else 64, allow_subnormal=False))


def check(y, x, gamma, beta, eps, centred, averages=True):
    u, least = UNIT[x.dtype.name], 1 if averages else x.shape[1] ** -0.5
    for got, row in zip(y, x):
        exact, xhat = norm(row, gamma, beta, eps, centred, averages), normalised(row, eps, centred, averages)
        for value, want, g, v, b in zip(got, exact, gamma, xhat, beta):
            allowed = BOUND[centred] * u * (abs(g) * max(least, abs(float(v))) + abs(b)) + u * abs(float(want)) + 1e-44
            assert abs(float(value) - float(want)) <= allowed


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_exact(dtype, data):
    x = data.draw(rows(dtype))
    cols = x.shape[1]
    gamma, beta = np.linspace(-1, 2, cols).astype(dtype), np.linspace(1, -0.5, cols).astype(dtype)
    zero = np.zeros(cols, dtype)
    eps = data.draw(st.sampled_from([0.0, 1e-12, 1e-5, 1.0]))
    check(libln.layer_norm(x, gamma, beta, eps=eps), x, gamma.tolist(), beta.tolist(), eps, True)
    check(libln.rms_norm(x, gamma, eps=eps), x, gamma.tolist(), zero.tolist(), eps, False)
    check(libln.l2_norm(x, gamma, eps=eps), x, gamma.tolist(), zero.tolist(), eps, False, averages=False)


def some(shape, dtype=np.float32, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


VIEWS = {
    "contiguous": lambda a: a,
    "every other row": lambda a: a[::2],
    "a slice of each row": lambda a: a[:, :, 3:20],
    "heads in a packed row": lambda a: a.reshape(6, 5, 4, 8)[:, :, 1:3],
    "reversed": lambda a: a[::-1],
    "transposed": lambda a: a.transpose(1, 0, 2),
    "every other column": lambda a: a[:, :, ::2],
    "broadcast rows": lambda a: np.broadcast_to(a[:1], a.shape),
    "broadcast heads": lambda a: np.broadcast_to(a[:, :1], a.shape),
    "Fortran order": np.asfortranarray,
    "no rows": lambda a: a[:0],
    "not aligned": lambda a: np.frombuffer(b"x" + a.tobytes(), np.uint8)[1:].view(a.dtype).reshape(a.shape),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
def test_views(view, dtype):
    x = VIEWS[view](some((6, 5, 32), dtype))
    want = libln.layer_norm(np.ascontiguousarray(x))
    assert want.dtype == x.dtype
    np.testing.assert_array_equal(libln.layer_norm(x), want)
    residual = VIEWS[view](some((6, 5, 32), dtype, 1))
    np.testing.assert_array_equal(libln.layer_norm(x, residual=residual),
                                  libln.layer_norm(np.ascontiguousarray(x), residual=np.ascontiguousarray(residual)))
    if x.flags.writeable:
        out = VIEWS[view](np.zeros((6, 5, 32), dtype))
        if out.flags.writeable:
            assert libln.layer_norm(x, out=out) is out
            np.testing.assert_array_equal(out, want)
            given = VIEWS[view](some((6, 5, 32), dtype))
            libln.layer_norm(given, out=given)
            np.testing.assert_array_equal(given, want)


@pytest.mark.parametrize("axis", [0, 1, -1, (1, 2), (0, 2), (0, 1, 2), (2, 1)])
def test_axis(axis):
    x = some((3, 4, 5), np.float64)
    want = (x - x.mean(axis, keepdims=True)) / np.sqrt(x.var(axis, keepdims=True) + 1e-5)
    np.testing.assert_allclose(libln.layer_norm(x, axis=axis), want, atol=1e-14)
    dx = libln.layer_norm_backward(some(x.shape, np.float64, 2), x, axis=axis).dx
    assert dx.shape == x.shape


def test_threads_change_no_bit():
    x, dy = some((500, 700)), some((500, 700), seed=1)
    alone = libln.layer_norm(x), libln.layer_norm_backward(dy, x)
    with ThreadPoolExecutor(3) as pool:
        np.testing.assert_array_equal(libln.layer_norm(x, pool=pool), alone[0])
        for got, want in zip(libln.layer_norm_backward(dy, x, pool=pool), alone[1]):
            np.testing.assert_array_equal(got, want)


def test_pool_that_fails():
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="after shutdown"):
        libln.layer_norm(some((500, 700)), pool=pool)


def gradients(f, x, dy, step=1e-6):
    dx = np.empty_like(x)
    for i in np.ndindex(*x.shape):
        more, less = x.copy(), x.copy()
        more[i] += step
        less[i] -= step
        dx[i] = ((f(more) - f(less)) * dy).sum() / (2 * step)
    return dx


@pytest.mark.parametrize("forward, backward", [(libln.layer_norm, libln.layer_norm_backward), (libln.rms_norm, libln.rms_norm_backward),
                                               (libln.l2_norm, libln.l2_norm_backward)])
@pytest.mark.parametrize("outside", [False, True])
def test_backward(forward, backward, outside):
    x, dy, gamma = some((3, 6), np.float64), some((3, 6), np.float64, 1), some(6, np.float64, 2)
    got = backward(dy, x, gamma, eps=1e-3, eps_outside=outside)
    np.testing.assert_allclose(got.dx, gradients(lambda v: forward(v, gamma, eps=1e-3, eps_outside=outside), x, dy), atol=1e-8)
    np.testing.assert_allclose(got.dgamma, gradients(lambda g: forward(x, g, eps=1e-3, eps_outside=outside), gamma, dy), atol=1e-8)


def test_gate_and_its_gradient():
    x, dy, gate = some((3, 6)), some((3, 6), seed=1), some((3, 6), seed=2)
    wide = gate.astype(np.float64)
    y = libln.rms_norm(x)
    np.testing.assert_allclose(libln.rms_norm(x, gate=gate), y * wide / (1 + np.exp(-wide)), rtol=1e-6)
    sigma = 1 / (1 + np.exp(-wide))
    np.testing.assert_allclose(libln.rms_norm_backward(dy, x, gate=gate).dgate, dy * y * sigma * (1 + wide * (1 - sigma)), rtol=1e-5, atol=1e-7)


def test_group_norm():
    x, gamma, beta = some((2, 6, 3, 5), np.float64), some(6, np.float64, 1), some(6, np.float64, 2)
    grouped = x.reshape(2, 3, -1)
    want = ((grouped - grouped.mean(-1, keepdims=True)) / np.sqrt(grouped.var(-1, keepdims=True) + 1e-5)).reshape(x.shape)
    want = want * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(libln.group_norm(x, 3, gamma, beta), want, atol=1e-14)


def test_sum_and_quantised():
    x, residual, total = some((3, 64)), some((3, 64), seed=1), np.empty((3, 64), np.float32)
    y = libln.rms_norm(x, residual=residual, sum_out=total)
    np.testing.assert_array_equal(total, x + residual)
    np.testing.assert_array_equal(y, libln.rms_norm(x + residual))
    q = libln.rms_norm(x, out=np.empty(x.shape, np.int8), scale=0.05, zero_point=3)
    np.testing.assert_array_equal(q, np.clip(np.rint(libln.rms_norm(x).astype(np.float32) / np.float32(0.05)) + 3, -128, 127))
    f8 = libln.rms_norm(x, out=np.empty(x.shape, ml_dtypes.float8_e4m3fn), scale=1)
    np.testing.assert_array_equal(f8, libln.rms_norm(x).astype(ml_dtypes.float8_e4m3fn))


X = some((3, 4))


@pytest.mark.parametrize("call, error, words", [
    (lambda: libln.layer_norm(X, eps=-1), libln.LnError, "eps is negative"),
    (lambda: libln.layer_norm(X, eps=float("nan")), libln.LnError, "eps is NaN"),
    (lambda: libln.layer_norm(X[:, :0]), libln.LnError, "cols is 0"),
    (lambda: libln.layer_norm(X, out=np.empty(X.shape, np.int8), scale=-1), libln.LnError, "y_scale"),
    (lambda: libln.layer_norm(X.astype(np.float64), gate=X.astype(np.float64)), libln.LnError, "gate is given, but there is none for doubles"),
    (lambda: libln.layer_norm(X, X[0, :3]), ValueError, r"gamma has shape \(3,\), not \(4,\)"),
    (lambda: libln.layer_norm(X, X[0], X[0].astype(np.float16)), TypeError, "gamma and beta have different dtypes"),
    (lambda: libln.layer_norm(X, residual=X[:2]), ValueError, r"residual has shape \(2, 4\), x \(3, 4\)"),
    (lambda: libln.layer_norm(X, out=X[:2]), ValueError, r"out has shape \(2, 4\)"),
    (lambda: libln.layer_norm(X, out=np.broadcast_to(X[:1], X.shape)), ValueError, "out is read-only"),
    (lambda: libln.layer_norm(X.astype(np.int32)), TypeError, "x has dtype int32; supported are float32"),
    (lambda: libln.layer_norm(X.astype(">f4")), TypeError, "x has dtype >f4"),
    (lambda: libln.layer_norm(X, axis=2), ValueError, "axis 2 is out of bounds"),
    (lambda: libln.layer_norm(X, axis=()), ValueError, "axis names no axis"),
    (lambda: libln.group_norm(X, 3), ValueError, "not a multiple of groups, 3"),
    (lambda: libln.set_isa("nonsense"), libln.LnError, "nonsense"),
])
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_kernels():
    best = libln.isa()
    try:
        for name in libln.isas():
            libln.set_isa(name)
            assert libln.isa() == name
    finally:
        libln.set_isa(None)
    assert libln.isa() == best and len(libln.version()) == 3
