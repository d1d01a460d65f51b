"""_abi.py - ln.h for ctypes: the library, its structs and its constants

tests/test_abi.py compares the layout of the structs, and the constants, with those that a C compiler finds in ln.h.
"""

import ctypes
import ctypes.util
import os
import pathlib
from ctypes import c_char_p, c_double, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

OK = 0
ERR_PARALLEL = -11
LAYERNORM, RMSNORM, L2NORM = 0, 1, 2
F32, F64, BF16, F16, I8, U8, F8_E4M3, F8_E5M2, E8M0 = range(1, 10)
(GAMMA_PLUS_ONE, EPS_OUTSIDE, ROUND_SUM, CAST_BEFORE_GAMMA, STATS_GIVEN, ROW_SCALE, ACCUMULATE, RUNNING, GRADS_AS_PARAMS, GATE_SIGMOID, GATE_SELF,
 ROUND_BEFORE_GATE, GATE_BEFORE) = (1 << i for i in range(13))
BROADCAST = 2**64 - 1
EXPLANATION = 200

Task = ctypes.CFUNCTYPE(None, c_void_p, c_size_t)
ParallelFor = ctypes.CFUNCTYPE(c_int, c_void_p, c_size_t, c_void_p, c_void_p)


class _Struct(ctypes.Structure):
    """A struct whose first member is its own size."""

    def __init__(self, **values):
        super().__init__(**values)
        self.struct_size = ctypes.sizeof(self)


class Desc(_Struct):
    _fields_ = (
        [(name, c_uint32) for name in ("struct_size", "norm", "flags", "x_type", "residual_type", "param_type", "gate_type", "y_type", "sum_type")]
        + [("y_zero_point", c_int32)]
        + [(name, c_uint64) for name in ("rows", "cols", "heads", "x_stride", "x_head_stride", "residual_stride", "residual_head_stride",
                                         "gate_stride", "gate_head_stride", "y_stride", "y_head_stride", "sum_stride", "sum_head_stride",
                                         "rows_per_param", "param_rows", "param_stride", "cols_per_param")]
        + [("eps", c_double), ("y_scale", c_double)]
        + [(name, c_uint64) for name in ("x_col_stride", "residual_col_stride", "gate_col_stride", "y_col_stride", "sum_col_stride",
                                         "cols_per_run", "x_run_stride", "residual_run_stride", "gate_run_stride", "y_run_stride",
                                         "sum_run_stride", "cols_per_scale")]
        + [(name, c_uint32) for name in ("scale_type", "reserved")]
    )


def _tensors(*names):
    return [("struct_size", c_size_t)] + [(name, c_void_p) for name in names]


class ForwardTensors(_Struct):
    _fields_ = _tensors("x", "residual", "gamma", "beta", "gate", "moments", "y", "y_scale", "sum", "mean", "rstd") + [
        ("parallel_for", ParallelFor), ("pool", c_void_p)]


class BackwardTensors(_Struct):
    _fields_ = _tensors("x", "dy", "dsum", "gamma", "beta", "gate", "mean", "rstd", "dx", "dgamma", "dbeta", "dgate", "workspace") + [
        ("workspace_size", c_size_t), ("parallel_for", ParallelFor), ("pool", c_void_p)]


def beside(stem):
    """The path of a library that lies beside this file, as in a wheel; None if there is none."""
    paths = (pathlib.Path(__file__).with_name(name) for name in (f"lib{stem}.so", f"lib{stem}.dylib", f"{stem}.dll"))
    return next((str(path) for path in paths if path.exists()), None)


def _load():
    """The library that LIBLN_LIBRARY names; the one that lies beside this file; or the system's."""
    name = os.environ.get("LIBLN_LIBRARY") or beside("ln") or ctypes.util.find_library("ln")
    if not name:
        raise ImportError("libln: there is no library: neither in the package nor on the system, nor does LIBLN_LIBRARY name one")
    return ctypes.CDLL(name)  # a call releases the interpreter's lock


lib = _load()


def _declare(name, result, *arguments):
    function = getattr(lib, name)
    function.restype, function.argtypes = result, arguments
    return function


_desc = ctypes.POINTER(Desc)
forward = _declare("ln_forward", c_int, _desc, ctypes.POINTER(ForwardTensors))
backward = _declare("ln_backward", c_int, _desc, ctypes.POINTER(BackwardTensors))
backward_workspace_size = _declare("ln_backward_workspace_size", c_size_t, _desc)
explain_forward = _declare("ln_explain_forward", c_int, _desc, ctypes.POINTER(ForwardTensors), c_char_p, c_size_t)
explain_backward = _declare("ln_explain_backward", c_int, _desc, ctypes.POINTER(BackwardTensors), c_char_p, c_size_t)
strerror = _declare("ln_strerror", c_char_p, c_int)
isa = _declare("ln_isa", c_char_p)
set_isa = _declare("ln_set_isa", c_int, c_char_p)
isa_name = _declare("ln_isa_name", c_char_p, c_size_t)
version = _declare("ln_version", c_uint32)
