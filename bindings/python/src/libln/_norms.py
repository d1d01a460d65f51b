"""_norms.py - the norms of NumPy arrays, forward and backward"""

import ctypes
import math
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import NamedTuple, Optional, Union

import numpy as np
from numpy.typing import NDArray

from . import _abi
from ._arrays import contiguous, placed, rows_of, type_of

Axis = Union[int, Sequence[int]]


class LnError(ValueError):
    """libln refused a call: the message names the argument and what is wrong with it; `status` is the LN_ERR_ value."""

    def __init__(self, status: int, message: str):
        super().__init__(f"libln: {message}")
        self.status = status


class Gradients(NamedTuple):
    """The gradients of a norm; None where one was not wanted or there is nothing that it belongs to."""

    dx: Optional[NDArray]
    dgamma: Optional[NDArray] = None
    dbeta: Optional[NDArray] = None
    dgate: Optional[NDArray] = None


def pool_of(executor):
    """parallel_for on the threads of an Executor, and what it keeps alive; an exception of a task becomes the call's."""
    failure = []

    def run(_pool, tasks, task, context):
        call = _abi.Task(task)
        try:
            for _ in executor.map(lambda i: call(context, i), range(tasks)):
                pass
        except BaseException as exception:  # nothing may pass through the C code that waits here
            failure.append(exception)
            return 1
        return 0

    return _abi.ParallelFor(run), failure


class _Call:
    """A descriptor and a struct of tensors, with the arrays whose memory they point to; `dense`: inputs that are views are copied."""

    def __init__(self, norm, tensors, x, axis, eps, gamma_plus_one, eps_outside, dense=False):
        self.axes = _axes_of(axis, x.ndim)
        self.shape = x.shape
        self.normalised = len(self.axes)
        self.is_last = self.axes == tuple(range(x.ndim - self.normalised, x.ndim))
        self.dense, self.heads = dense, None
        self.tensors = tensors
        self.kept, self.failure = [], []
        x = self.turned(x)
        split = x.ndim - self.normalised
        self.row_shape, self.batch_shape = x.shape[split:], x.shape[:split]
        flags = _abi.GAMMA_PLUS_ONE * gamma_plus_one | _abi.EPS_OUTSIDE * eps_outside
        self.desc = _abi.Desc(norm=norm, flags=flags, rows=math.prod(self.batch_shape), cols=math.prod(self.row_shape), eps=eps)
        self.x = self.rows("x", x)
        self.desc.heads = self.heads

    def turned(self, array):
        """The normalised axes last, the others in their order."""
        return array if self.is_last else np.moveaxis(array, self.axes, range(-self.normalised, 0))

    def turned_back(self, array):
        return array if self.is_last else np.moveaxis(array, range(-self.normalised, 0), self.axes)

    def point(self, tensor, array):
        self.kept.append(array)
        setattr(self.tensors, tensor, array.ctypes.data)

    def _describe(self, field, array, rows):
        setattr(self.desc, f"{field}_type", type_of(field, array))
        setattr(self.desc, f"{field}_stride", rows.stride)
        setattr(self.desc, f"{field}_head_stride", rows.head_stride)

    def rows(self, name, array, field=None):
        """An input of x's shape."""
        if array.shape != self.batch_shape + self.row_shape:
            raise ValueError(f"libln: {name} has another shape than x")
        array, rows = placed(contiguous(array) if self.dense else array, self.normalised, self.heads)
        self.heads = self.heads or rows.heads
        self._describe(field or name, array, rows)
        self.point(name, array)
        return array

    def gate(self, gate):
        if gate is not None:
            return self.rows("gate", self.turned(_same_shape("gate", gate, self.shape)))
        return None

    def parameter(self, name, array, shape=None):
        """gamma or beta: one element for each of a row, if not said otherwise."""
        if array is None:
            return None
        array, shape = contiguous(array), shape or self.row_shape
        if array.shape != shape:
            raise ValueError(f"libln: {name} has shape {array.shape}, not {shape}")
        if self.desc.param_type not in (0, type_of(name, array)):
            raise TypeError("libln: gamma and beta have different dtypes")
        self.desc.param_type = type_of(name, array)
        self.point(name, array)
        return array

    def output(self, name, out, dtype, field=None):
        """Where an output of x's shape goes: out, or a new array; and a function that gives it back in the caller's shape."""
        wanted = np.empty(self.batch_shape + self.row_shape, dtype) if out is None else self.turned(_same_shape("out", out, self.shape))
        if not wanted.flags.writeable:
            raise ValueError("libln: out is read-only")
        rows = rows_of(wanted, self.normalised, self.heads)
        array = wanted if rows and _abi.BROADCAST not in rows else np.empty(wanted.shape, wanted.dtype)
        self._describe(field or name, array, rows_of(array, self.normalised, self.heads))
        self.point(name, array)

        def finish():
            if array is not wanted:
                np.copyto(wanted, array)
            return out if out is not None else self.turned_back(array)

        return finish

    def new(self, name, shape, dtype):
        array = np.empty(shape, dtype)
        self.point(name, array)
        return array

    def threads(self, executor):
        if executor is not None:
            self.tensors.parallel_for, self.failure = pool_of(executor)

    def run(self, function, explain):
        status = function(ctypes.byref(self.desc), ctypes.byref(self.tensors))
        if status == _abi.OK:
            return
        if self.failure:
            raise self.failure[0]
        text = ctypes.create_string_buffer(_abi.EXPLANATION)
        explain(ctypes.byref(self.desc), ctypes.byref(self.tensors), text, _abi.EXPLANATION)
        raise LnError(status, text.value.decode() if status != _abi.ERR_PARALLEL else _abi.strerror(status).decode())


def _axes_of(axis, ndim):
    axes = tuple(np.lib.array_utils.normalize_axis_tuple(axis, ndim) if hasattr(np.lib, "array_utils")
                 else np.core.numeric.normalize_axis_tuple(axis, ndim))
    if not axes:
        raise ValueError("libln: axis names no axis")
    return tuple(sorted(axes))


def _same_shape(name, array, shape):
    if array.shape != shape:
        raise ValueError(f"libln: {name} has shape {array.shape}, x {shape}")
    return array


def _forward(norm, x, gamma, beta, eps, axis, out, residual, gate, sum_out, gamma_plus_one, eps_outside, scale, zero_point, pool):
    x = np.asanyarray(x)
    call = _Call(norm, _abi.ForwardTensors(), x, axis, eps, gamma_plus_one, eps_outside)
    if residual is not None:
        call.rows("residual", call.turned(_same_shape("residual", residual, x.shape)))
    call.gate(gate)
    call.parameter("gamma", gamma)
    call.parameter("beta", beta)
    finish = [call.output("y", out, x.dtype)]
    if sum_out is not None:
        finish.append(call.output("sum", sum_out, x.dtype))
    call.desc.y_scale, call.desc.y_zero_point = scale, zero_point
    call.threads(pool)
    call.run(_abi.forward, _abi.explain_forward)
    return [f() for f in finish][0]


def layer_norm(x, gamma=None, beta=None, *, eps: float = 1e-5, axis: Axis = -1, out: Optional[NDArray] = None,
               residual: Optional[NDArray] = None, gate: Optional[NDArray] = None, sum_out: Optional[NDArray] = None,
               gamma_plus_one: bool = False, eps_outside: bool = False, scale: float = 0, zero_point: int = 0,
               pool: Optional[Executor] = None) -> NDArray:
    """y = ((x + residual) - mean) / sqrt(var + eps) * gamma + beta, times silu(gate)

    mean and var (of the population) are taken over `axis`, one axis or several; gamma and beta have the shape of these axes. dtypes: float32,
    float64, float16, and bfloat16 of ml_dtypes; y has that of x, or of `out`, which may be int8, uint8, float8_e4m3fn or float8_e5m2 as well:
    then y is divided by `scale`, rounded to nearest and moved by `zero_point`. sum_out gets x + residual. gamma_plus_one scales by 1 + gamma,
    eps_outside divides by sqrt(var) + eps. `pool` is an Executor whose threads share the rows; the bits do not depend on it. Views whose rows lie at
    regular distances are not copied. Raises LnError, which names the argument that is wrong.
    """
    return _forward(_abi.LAYERNORM, x, gamma, beta, eps, axis, out, residual, gate, sum_out, gamma_plus_one, eps_outside, scale, zero_point, pool)


def rms_norm(x, gamma=None, *, eps: float = 1e-5, axis: Axis = -1, out: Optional[NDArray] = None, residual: Optional[NDArray] = None,
             gate: Optional[NDArray] = None, sum_out: Optional[NDArray] = None, gamma_plus_one: bool = False, eps_outside: bool = False,
             scale: float = 0, zero_point: int = 0, pool: Optional[Executor] = None) -> NDArray:
    """y = (x + residual) / sqrt(mean of its squares + eps) * gamma, times silu(gate); the arguments are those of layer_norm()"""
    return _forward(_abi.RMSNORM, x, gamma, None, eps, axis, out, residual, gate, sum_out, gamma_plus_one, eps_outside, scale, zero_point, pool)


def l2_norm(x, gamma=None, *, eps: float = 1e-6, axis: Axis = -1, out: Optional[NDArray] = None, residual: Optional[NDArray] = None,
            gate: Optional[NDArray] = None, sum_out: Optional[NDArray] = None, gamma_plus_one: bool = False, eps_outside: bool = False,
            scale: float = 0, zero_point: int = 0, pool: Optional[Executor] = None) -> NDArray:
    """y = (x + residual) / sqrt(sum of its squares + eps) * gamma, times silu(gate); the arguments are those of layer_norm()"""
    return _forward(_abi.L2NORM, x, gamma, None, eps, axis, out, residual, gate, sum_out, gamma_plus_one, eps_outside, scale, zero_point, pool)


def _backward(norm, dy, x, gamma, beta, eps, axis, gate, gamma_plus_one, eps_outside, pool):
    x, dy = np.asanyarray(x), np.asanyarray(dy)
    # dx and dgate have the strides of x and gate, so these have no gaps.
    call = _Call(norm, _abi.BackwardTensors(), x, axis, eps, gamma_plus_one, eps_outside, dense=True)
    call.rows("dy", call.turned(_same_shape("dy", dy, x.shape)), "y")
    gate = call.gate(gate)
    gamma = call.parameter("gamma", gamma)
    beta = call.parameter("beta", beta if gate is not None else None)
    wide = np.float64 if x.dtype == np.float64 else np.float32
    dx = call.new("dx", call.x.shape, call.x.dtype)
    dgate = call.new("dgate", gate.shape, gate.dtype) if gate is not None else None
    dgamma = call.new("dgamma", call.row_shape, wide)
    dbeta = call.new("dbeta", call.row_shape, wide) if norm == _abi.LAYERNORM else None
    workspace = np.empty((_abi.backward_workspace_size(ctypes.byref(call.desc)) + 7) // 8, np.float64)
    call.point("workspace", workspace)
    call.tensors.workspace_size = workspace.nbytes
    call.threads(pool)
    call.run(_abi.backward, _abi.explain_backward)
    return Gradients(call.turned_back(dx), dgamma, dbeta, None if dgate is None else call.turned_back(dgate))


def layer_norm_backward(dy, x, gamma=None, beta=None, *, eps: float = 1e-5, axis: Axis = -1, gate: Optional[NDArray] = None,
                        gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of layer_norm() from dy, that at y: dx, dgamma, dbeta and, with a gate, dgate

    x is what was normalised: with a residual the sum. dgamma and dbeta are float32, float64 where x is; statistics are computed again.
    """
    return _backward(_abi.LAYERNORM, dy, x, gamma, beta, eps, axis, gate, gamma_plus_one, eps_outside, pool)


def rms_norm_backward(dy, x, gamma=None, *, eps: float = 1e-5, axis: Axis = -1, gate: Optional[NDArray] = None,
                      gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of rms_norm() from dy, as those of layer_norm_backward()"""
    return _backward(_abi.RMSNORM, dy, x, gamma, None, eps, axis, gate, gamma_plus_one, eps_outside, pool)


def l2_norm_backward(dy, x, gamma=None, *, eps: float = 1e-6, axis: Axis = -1, gate: Optional[NDArray] = None,
                     gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of l2_norm() from dy, as those of layer_norm_backward()"""
    return _backward(_abi.L2NORM, dy, x, gamma, None, eps, axis, gate, gamma_plus_one, eps_outside, pool)


def group_norm(x, groups: int, gamma=None, beta=None, *, eps: float = 1e-5, pool: Optional[Executor] = None) -> NDArray:
    """Group norm of x, N x C x ...: each group of C / groups channels is normalised with all that comes after; gamma and beta have C elements

    groups = C is instance norm.
    """
    x = contiguous(x)
    if x.ndim < 2 or groups < 1 or x.shape[1] % groups:
        raise ValueError(f"libln: x has shape {x.shape}, whose second dimension is not a multiple of groups, {groups}")
    n, channels, place = x.shape[0], x.shape[1], math.prod(x.shape[2:])
    call = _Call(_abi.LAYERNORM, _abi.ForwardTensors(), x.reshape(n * groups, channels // groups * place), -1, eps, False, False)
    call.desc.rows_per_param, call.desc.param_rows, call.desc.cols_per_param = 1, groups, place
    call.parameter("gamma", gamma, (channels,))
    call.parameter("beta", beta, (channels,))
    finish = call.output("y", None, x.dtype)
    call.threads(pool)
    call.run(_abi.forward, _abi.explain_forward)
    return finish().reshape(x.shape)


def isa() -> str:
    """The name of the kernels in use, such as "avx2"."""
    return _abi.isa().decode()


def isas() -> list[str]:
    """The kernels that this CPU can run, from the worst to the best."""
    names, name = [], _abi.isa_name(0)
    while name:
        names.append(name.decode())
        name = _abi.isa_name(len(names))
    return names


def set_isa(name: Optional[str]) -> None:
    """Use these kernels from now on; None chooses again."""
    status = _abi.set_isa(None if name is None else name.encode())
    if status != _abi.OK:
        raise LnError(status, f"{name}: {_abi.strerror(status).decode()}")


def version() -> tuple[int, int, int]:
    """Of the library in use."""
    number = _abi.version()
    return number >> 16, number >> 8 & 0xFF, number & 0xFF
