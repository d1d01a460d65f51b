"""Against exact arithmetic, and that what is called does not depend on how the array lies, on threads or on batches."""

import inspect
import pickle
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


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


ACT = {"silu": lambda v: v * sigmoid(v), "sigmoid": sigmoid}


@pytest.mark.parametrize("activation", ACT)
def test_activations(activation):
    x, gate, act = some((3, 6)), some((3, 6), seed=2), ACT[activation]
    n, wide = libln.rms_norm(x), gate.astype(np.float64)
    np.testing.assert_allclose(libln.rms_norm(x, gate=gate, activation=activation), n * act(wide), rtol=1e-6)
    np.testing.assert_allclose(libln.rms_norm(x, activation=activation), act(n.astype(np.float64)), rtol=1e-6)
    product = np.empty_like(x)
    y = libln.rms_norm(x, gate=gate, activation=activation, gate_before=True, sum_out=product)
    np.testing.assert_allclose(product, x * act(wide), rtol=1e-6)
    np.testing.assert_allclose(y, libln.rms_norm(product), rtol=2e-6)


@pytest.mark.parametrize("how", [{}, {"activation": "sigmoid"}, {"gate_before": True}, {"gate_before": True, "activation": "sigmoid"}])
def test_gradients_of_gates(how):
    x, dy, gate = some((2, 5), seed=3), some((2, 5), seed=4), some((2, 5), seed=5)

    def y(v, g):
        factor = ACT[how.get("activation", "silu")](g)
        s = v * factor if how.get("gate_before") else v
        n = s / np.sqrt((s * s).mean(-1, keepdims=True) + 1e-3)
        return n if how.get("gate_before") else n * factor

    wide = x.astype(np.float64), gate.astype(np.float64)
    got = libln.rms_norm_backward(dy, x, gate=gate, eps=1e-3, **how)
    np.testing.assert_allclose(got.dx, gradients(lambda v: y(v, wide[1]), wide[0], dy), atol=3e-6)
    np.testing.assert_allclose(got.dgate, gradients(lambda g: y(wide[0], g), wide[1], dy), atol=3e-6)


def test_gradient_of_an_activation():
    x, dy, gamma, beta = some((2, 5), seed=3), some((2, 5), seed=4), some(5, seed=6), some(5, seed=7)

    def y(v):
        n = (v - v.mean(-1, keepdims=True)) / np.sqrt(v.var(-1, keepdims=True) + 1e-3)
        return ACT["silu"](n * gamma + beta)

    got = libln.layer_norm_backward(dy, x, gamma, beta, eps=1e-3, activation="silu")
    np.testing.assert_allclose(got.dx, gradients(y, x.astype(np.float64), dy), atol=3e-6)
    assert got.dgate is None


def test_round_before_gate():
    x, gate = (some((3, 64), ml_dtypes.bfloat16, seed) for seed in (1, 2))
    rounded = libln.rms_norm(x).astype(np.float32) * ACT["silu"](gate.astype(np.float32))
    got = libln.rms_norm(x, gate=gate, round_before_gate=True)
    np.testing.assert_array_equal(got, rounded.astype(ml_dtypes.bfloat16))
    assert np.any(got != libln.rms_norm(x, gate=gate))


def test_scales_of_rows():
    x, scales = some((3, 5, 64)), np.empty((3, 5), np.float32)
    q = libln.rms_norm(x, out=np.empty(x.shape, np.int8), scales=scales)
    y = libln.rms_norm(x)
    np.testing.assert_allclose(scales, abs(y).max(-1) / 127, rtol=1e-6)
    np.testing.assert_allclose(q * scales[..., None], y, atol=scales.max() * 0.51)
    assert (abs(q.astype(int)).max(-1) == 127).all()


def test_scales_of_groups():
    x, scales, powers = some((3, 256)), np.empty((3, 2), np.float32), np.empty((3, 8), ml_dtypes.float8_e8m0fnu)
    y = libln.rms_norm(x)
    q = libln.rms_norm(x, out=np.empty(x.shape, np.int8), scales=scales)
    np.testing.assert_allclose(scales, abs(y.reshape(3, 2, 128)).max(-1) / 127, rtol=1e-6)
    np.testing.assert_allclose(q.reshape(3, 2, 128) * scales[..., None], y.reshape(3, 2, 128), atol=scales.max() * 0.51)
    q = libln.rms_norm(x, out=np.empty(x.shape, ml_dtypes.float8_e4m3fn), scales=powers)
    groups = y.reshape(3, 8, 32)
    np.testing.assert_array_equal(powers.astype(np.float32), np.exp2(np.floor(np.log2(abs(groups).max(-1))) - 8))
    np.testing.assert_array_equal(powers.view(np.uint8), libln_powers(x))
    limited = np.clip(groups / powers.astype(np.float32)[..., None], -448, 448)
    np.testing.assert_array_equal(q.reshape(3, 8, 32), limited.astype(ml_dtypes.float8_e4m3fn))


def libln_powers(x):
    powers = np.empty((3, 8), np.uint8)
    libln.rms_norm(x, out=np.empty(x.shape, ml_dtypes.float8_e4m3fn), scales=powers)
    return powers


APART = {  # what is normalised without a copy though its elements lie apart: the array, and axis
    "channels of N x C x H x W": (lambda dtype: some((2, 6, 3, 5), dtype), 1),
    "rows of a matrix as columns": (lambda dtype: some((7, 9), dtype), 0),
    "every other column": (lambda dtype: some((3, 4, 16), dtype)[..., ::2], -1),
    "two axes about the rows": (lambda dtype: some((4, 5, 6), dtype), (0, 2)),
    "groups of channels that come last": (lambda dtype: some((2, 15, 3, 4), dtype), (1, 3)),
}


@pytest.mark.parametrize("how", APART)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
def test_apart(how, dtype, monkeypatch):
    make, axis = APART[how]
    x = make(dtype)
    axes = tuple(i % x.ndim for i in (axis if isinstance(axis, tuple) else (axis,)))
    last = tuple(range(-len(axes), 0))
    want = np.moveaxis(libln.layer_norm(np.ascontiguousarray(np.moveaxis(x, axes, last)), axis=last), last, axes)
    monkeypatch.setattr("libln._arrays.contiguous", lambda array: pytest.fail("a copy was made"))
    got = libln.layer_norm(x, axis=axis)
    np.testing.assert_array_equal(got, want)
    assert got.flags.c_contiguous
    out = np.empty_like(make(dtype))
    assert libln.layer_norm(x, axis=axis, residual=x, out=out) is out
    np.testing.assert_array_equal(out, libln.layer_norm(np.ascontiguousarray(x), residual=np.ascontiguousarray(x), axis=axis))


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
    (lambda: libln.layer_norm(X, gate=X, activation="relu"), ValueError, "activation is 'relu', neither 'silu' nor 'sigmoid'"),
    (lambda: libln.layer_norm(X, gate_before=True), ValueError, "gate_before is set, but there is no gate"),
    (lambda: libln.layer_norm(X, gate=X, residual=X, gate_before=True), libln.LnError, "LN_GATE_BEFORE, which does not go with a residual"),
    (lambda: libln.layer_norm(X, out=np.empty(X.shape, np.int8), scales=np.empty(4, np.float32)), ValueError, r"scales has shape \(4,\), not \(3,\), or that and a divisor of 4"),
    (lambda: libln.layer_norm(X, out=np.empty(X.shape, np.int8), scales=np.empty((3, 3), np.float32)), ValueError, "a divisor of 4"),
    (lambda: libln.layer_norm(X, out=np.empty(X.shape, np.int8), scales=np.empty(3)), ValueError, "without gaps of float32 or uint8"),
    (lambda: libln.layer_norm(X, scales=np.empty(3, np.float32)), libln.LnError, "LN_ROW_SCALE, but y_type"),
    (lambda: libln.group_norm(X, 3), ValueError, "not a multiple of groups, 3"),
    (lambda: libln.set_isa("nonsense"), libln.LnError, "nonsense"),
])
def test_errors(call, error, words):
    with pytest.raises(error, match=words):
        call()


NORMS = [libln.layer_norm, libln.rms_norm, libln.l2_norm]


@pytest.mark.parametrize("norm", NORMS)
def test_the_short_way_is_taken(norm):
    assert inspect.isbuiltin(norm)
    assert pickle.loads(pickle.dumps(norm)) is norm
    assert list(inspect.signature(norm).parameters)[:2] == ["x", "gamma"] and norm.__doc__.startswith("y = ")


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
@pytest.mark.parametrize("shape", [(8,), (1, 8), (3, 8), (2, 3, 8), (200, 300)])
def test_the_short_way_is_the_long_one(norm, dtype, shape):
    """An axis that is given takes the long way."""
    x, gamma = some(shape, dtype), some(shape[-1:], dtype, 1)
    for parameters in ((), (gamma,), (None,), (gamma, gamma), (None, gamma))[:5 if norm is libln.layer_norm else 3]:
        for how in ({}, {"eps": 0.25}):
            want = norm(x, *parameters, axis=-1, **how)
            got = norm(x, *parameters, **how)
            assert got.dtype == x.dtype and got.shape == x.shape
            np.testing.assert_array_equal(got, want)
            out = np.empty_like(x)
            assert norm(x, *parameters, out=out, **how) is out
            np.testing.assert_array_equal(out, want)
            given = x.copy()
            assert norm(given, *parameters, out=given, **how) is given
            np.testing.assert_array_equal(given, want)


def test_what_the_short_way_leaves():
    x, gamma = some((4, 8)), some(8, seed=1)
    want = libln.rms_norm(x, gamma)
    for other in (x.tolist(), np.asfortranarray(x), np.ma.array(x), x[:, ::1]):
        np.testing.assert_allclose(libln.rms_norm(np.asarray(other, np.float32), gamma), want)
    np.testing.assert_array_equal(libln.rms_norm(x=x, gamma=gamma), want)
    np.testing.assert_array_equal(libln.rms_norm(x, gamma=gamma, eps=np.float64(1e-5)), want)
    np.testing.assert_array_equal(libln.rms_norm(x, gamma.astype(np.float64).astype(np.float16).astype(np.float32)), libln.rms_norm(
        x, gamma.astype(np.float16)))
    assert libln.rms_norm(x[:0]).shape == (0, 8)
    locked = x.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(libln.rms_norm(locked, gamma), want)
    for call in (lambda: libln.rms_norm(x, out=locked), lambda: libln.rms_norm(x, gamma[:7]), lambda: libln.rms_norm(x, out=x[:3]),
                 lambda: libln.rms_norm(x, out=x.reshape(8, 4))):
        with pytest.raises(ValueError, match="libln: "):
            call()
    with pytest.raises(libln.LnError, match="eps is NaN"):
        libln.rms_norm(x, eps=float("nan"))
    with pytest.raises(libln.LnError, match="overlap"):
        base = np.zeros(40, np.float32)
        libln.rms_norm(base[:32].reshape(4, 8), out=base[4:36].reshape(4, 8))
    with pytest.raises(TypeError, match="colour"):
        libln.rms_norm(x, colour=1)
    with pytest.raises(TypeError):
        libln.rms_norm()
    with pytest.raises(TypeError):
        libln.rms_norm(x, gamma, gamma)


def test_kernels():
    best = libln.isa()
    try:
        for name in libln.isas():
            libln.set_isa(name)
            assert libln.isa() == name
    finally:
        libln.set_isa(None)
    assert libln.isa() == best and len(libln.version()) == 3
