"""_norms.py - the norms of NumPy arrays, forward and backward"""

import ctypes
import math
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Literal, NamedTuple, Optional, Union

import numpy as np
from numpy.typing import NDArray

from . import _abi
from ._arrays import contiguous
from ._call import Call, LnError, same_shape
from ._shortcut import shortcut

Axis = Union[int, Sequence[int]]
Activation = Literal["silu", "sigmoid"]


class Gradients(NamedTuple):
    """The gradients of a norm; None where one was not wanted or there is nothing that it belongs to."""

    dx: Optional[NDArray]
    dgamma: Optional[NDArray] = None
    dbeta: Optional[NDArray] = None
    dgate: Optional[NDArray] = None


def _flags(gate, activation, gate_before, round_before_gate, gamma_plus_one, eps_outside):
    if activation not in (None, "silu", "sigmoid"):
        raise ValueError(f"libln: activation is {activation!r}, neither 'silu' nor 'sigmoid'")
    if gate is None and (gate_before or (round_before_gate and activation is None)):
        raise ValueError(f"libln: {'gate_before' if gate_before else 'round_before_gate'} is set, but there is no gate")
    return (_abi.GATE_SIGMOID * (activation == "sigmoid") | _abi.GATE_SELF * (gate is None and activation is not None)
            | _abi.GATE_BEFORE * bool(gate_before) | _abi.ROUND_BEFORE_GATE * bool(round_before_gate)
            | _abi.GAMMA_PLUS_ONE * bool(gamma_plus_one) | _abi.EPS_OUTSIDE * bool(eps_outside))


def _forward(norm, x, gamma, beta, *, eps, axis, out, residual, gate, sum_out, scale, zero_point, scales, pool, **flags):
    x = np.asanyarray(x)
    call = Call(norm, _abi.ForwardTensors(), x, axis, eps, _flags(gate, **flags))
    if residual is not None:
        call.rows("residual", call.turned(same_shape("residual", residual, x.shape)))
    call.gate(gate)
    call.parameter("gamma", gamma)
    call.parameter("beta", beta)
    finish = [call.output("y", out, x.dtype)]
    if sum_out is not None:
        finish.append(call.output("sum", sum_out, x.dtype))
    call.desc.y_scale, call.desc.y_zero_point = scale, zero_point
    if scales is not None:
        call.scales(scales)
    call.threads(pool)
    call.run(_abi.forward, _abi.explain_forward)
    return [f() for f in finish][0]


@shortcut(_abi.LAYERNORM, "layernorm", has_beta=True)
def layer_norm(x, gamma=None, beta=None, *, eps: float = 1e-5, axis: Axis = -1, out: Optional[NDArray] = None,
               residual: Optional[NDArray] = None, gate: Optional[NDArray] = None, activation: Optional[Activation] = None,
               gate_before: bool = False, round_before_gate: bool = False, sum_out: Optional[NDArray] = None, gamma_plus_one: bool = False,
               eps_outside: bool = False, scale: float = 0, zero_point: int = 0, scales: Optional[NDArray] = None,
               pool: Optional[Executor] = None) -> NDArray:
    """y = ((x + residual) - mean) / sqrt(var + eps) * gamma + beta, times act(gate)

    mean and var (of the population) are taken over `axis`, one axis or several; gamma and beta have the shape of these axes. dtypes: float32,
    float64, float16, and bfloat16 of ml_dtypes; y has that of x, or of `out`, which may be int8, uint8, float8_e4m3fn or float8_e5m2 as well:
    then y is divided by `scale`, rounded to nearest and moved by `zero_point`; or, where `scales` is given, by scales of its own, which are
    written there: one for each row, or as many more as its last dimension says, for columns in turn. They are largest |y| / 127, 448 or 57344 in
    float32, or powers of two in uint8 (E8M0 of OCP's MX). sum_out gets x + residual, or what a gate before the norm makes of x.

    act is silu, or what `activation` says; without a gate, y = act(norm). gate_before normalises x * act(gate) instead, as Mamba2 does;
    round_before_gate rounds the norm to the dtype of y before the gate, as transformers does. gamma_plus_one scales by 1 + gamma, eps_outside
    divides by sqrt(var) + eps. `pool` is an Executor whose threads share the rows; the bits do not depend on it. Views whose rows and columns
    lie at regular distances are not copied. Raises LnError, which names the argument that is wrong.
    """
    return _forward(_abi.LAYERNORM, x, gamma, beta, eps=eps, axis=axis, out=out, residual=residual, gate=gate, activation=activation,
                    gate_before=gate_before, round_before_gate=round_before_gate, sum_out=sum_out, gamma_plus_one=gamma_plus_one,
                    eps_outside=eps_outside, scale=scale, zero_point=zero_point, scales=scales, pool=pool)


@shortcut(_abi.RMSNORM, "rmsnorm", has_beta=False)
def rms_norm(x, gamma=None, *, eps: float = 1e-5, axis: Axis = -1, out: Optional[NDArray] = None, residual: Optional[NDArray] = None,
             gate: Optional[NDArray] = None, activation: Optional[Activation] = None, gate_before: bool = False, round_before_gate: bool = False,
             sum_out: Optional[NDArray] = None, gamma_plus_one: bool = False, eps_outside: bool = False, scale: float = 0, zero_point: int = 0,
             scales: Optional[NDArray] = None, pool: Optional[Executor] = None) -> NDArray:
    """y = (x + residual) / sqrt(mean of its squares + eps) * gamma, times act(gate); the arguments are those of layer_norm()"""
    return _forward(_abi.RMSNORM, x, gamma, None, eps=eps, axis=axis, out=out, residual=residual, gate=gate, activation=activation,
                    gate_before=gate_before, round_before_gate=round_before_gate, sum_out=sum_out, gamma_plus_one=gamma_plus_one,
                    eps_outside=eps_outside, scale=scale, zero_point=zero_point, scales=scales, pool=pool)


@shortcut(_abi.L2NORM, "l2norm", has_beta=False)
def l2_norm(x, gamma=None, *, eps: float = 1e-6, axis: Axis = -1, out: Optional[NDArray] = None, residual: Optional[NDArray] = None,
            gate: Optional[NDArray] = None, activation: Optional[Activation] = None, gate_before: bool = False, round_before_gate: bool = False,
            sum_out: Optional[NDArray] = None, gamma_plus_one: bool = False, eps_outside: bool = False, scale: float = 0, zero_point: int = 0,
            scales: Optional[NDArray] = None, pool: Optional[Executor] = None) -> NDArray:
    """y = (x + residual) / sqrt(sum of its squares + eps) * gamma, times act(gate); the arguments are those of layer_norm()"""
    return _forward(_abi.L2NORM, x, gamma, None, eps=eps, axis=axis, out=out, residual=residual, gate=gate, activation=activation,
                    gate_before=gate_before, round_before_gate=round_before_gate, sum_out=sum_out, gamma_plus_one=gamma_plus_one,
                    eps_outside=eps_outside, scale=scale, zero_point=zero_point, scales=scales, pool=pool)


def _backward(norm, dy, x, gamma, beta, *, eps, axis, gate, pool, **flags):
    x, dy = np.asanyarray(x), np.asanyarray(dy)
    # dx and dgate have the strides of x and gate, so these have no gaps.
    call = Call(norm, _abi.BackwardTensors(), x, axis, eps, _flags(gate, **flags), dense=True)
    call.rows("dy", call.turned(same_shape("dy", dy, x.shape)), "y")
    gate = call.gate(gate)
    gamma = call.parameter("gamma", gamma)
    beta = call.parameter("beta", beta if gate is not None or flags["activation"] else None)
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
                        activation: Optional[Activation] = None, gate_before: bool = False, round_before_gate: bool = False,
                        gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of layer_norm() from dy, that at y: dx, dgamma, dbeta and, with a gate, dgate

    x is what was normalised: with a residual the sum; with gate_before it is x itself. dgamma and dbeta are float32, float64 where x is;
    statistics are computed again.
    """
    return _backward(_abi.LAYERNORM, dy, x, gamma, beta, eps=eps, axis=axis, gate=gate, activation=activation, gate_before=gate_before,
                     round_before_gate=round_before_gate, gamma_plus_one=gamma_plus_one, eps_outside=eps_outside, pool=pool)


def rms_norm_backward(dy, x, gamma=None, *, eps: float = 1e-5, axis: Axis = -1, gate: Optional[NDArray] = None,
                      activation: Optional[Activation] = None, gate_before: bool = False, round_before_gate: bool = False,
                      gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of rms_norm() from dy, as those of layer_norm_backward()"""
    return _backward(_abi.RMSNORM, dy, x, gamma, None, eps=eps, axis=axis, gate=gate, activation=activation, gate_before=gate_before,
                     round_before_gate=round_before_gate, gamma_plus_one=gamma_plus_one, eps_outside=eps_outside, pool=pool)


def l2_norm_backward(dy, x, gamma=None, *, eps: float = 1e-6, axis: Axis = -1, gate: Optional[NDArray] = None,
                     activation: Optional[Activation] = None, gate_before: bool = False, round_before_gate: bool = False,
                     gamma_plus_one: bool = False, eps_outside: bool = False, pool: Optional[Executor] = None) -> Gradients:
    """The gradients of l2_norm() from dy, as those of layer_norm_backward()"""
    return _backward(_abi.L2NORM, dy, x, gamma, None, eps=eps, axis=axis, gate=gate, activation=activation, gate_before=gate_before,
                     round_before_gate=round_before_gate, gamma_plus_one=gamma_plus_one, eps_outside=eps_outside, pool=pool)


def group_norm(x, groups: int, gamma=None, beta=None, *, eps: float = 1e-5, pool: Optional[Executor] = None) -> NDArray:
    """Group norm of x, N x C x ...: each group of C / groups channels is normalised with all that comes after; gamma and beta have C elements

    groups = C is instance norm.
    """
    x = contiguous(x)
    if x.ndim < 2 or groups < 1 or x.shape[1] % groups:
        raise ValueError(f"libln: x has shape {x.shape}, whose second dimension is not a multiple of groups, {groups}")
    n, channels, place = x.shape[0], x.shape[1], math.prod(x.shape[2:])
    call = Call(_abi.LAYERNORM, _abi.ForwardTensors(), x.reshape(n * groups, channels // groups * place), -1, eps)
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
