"""_call.py - one call of the C library: a descriptor and the tensors that it describes, out of NumPy arrays"""

import ctypes
import math

import numpy as np

from . import _abi
from ._arrays import Rows, contiguous, placed, rows_of, type_of


# Powers of two are bytes, as OCP's MX has them; ml_dtypes has a type for these.
_SCALES = {"float32": _abi.F32, "uint8": _abi.E8M0, "float8_e8m0fnu": _abi.E8M0}


class LnError(ValueError):
    """libln refused a call: the message names the argument and what is wrong with it; `status` is the LN_ERR_ value."""

    def __init__(self, status: int, message: str):
        super().__init__(f"libln: {message}")
        self.status = status


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


class Call:
    """A descriptor and a struct of tensors, with the arrays whose memory they point to; `dense`: inputs that are views are copied."""

    def __init__(self, norm, tensors, x, axis, eps, flags=0, dense=False):
        self.axes = _axes_of(axis, x.ndim)
        self.shape = x.shape
        self.normalised = len(self.axes)
        self.is_last = self.axes == tuple(range(x.ndim - self.normalised, x.ndim))
        self.dense, self.like = dense, Rows(0)
        self.tensors = tensors
        self.kept, self.failure = [], []
        x = self.turned(x)
        split = x.ndim - self.normalised
        self.row_shape, self.batch_shape = x.shape[split:], x.shape[:split]
        self.desc = _abi.Desc(norm=norm, flags=flags, rows=math.prod(self.batch_shape), cols=math.prod(self.row_shape), eps=eps)
        self.x = self.rows("x", x)

    def turned(self, array):
        """The normalised axes last, the others in their order."""
        return array if self.is_last else np.moveaxis(array, self.axes, range(-self.normalised, 0))

    def turned_back(self, array):
        return array if self.is_last else np.moveaxis(array, range(-self.normalised, 0), self.axes)

    def point(self, tensor, array):
        self.kept.append(array)
        setattr(self.tensors, tensor, array.ctypes.data)

    def _describe(self, field, array, rows):
        self.like = rows
        self.desc.heads, self.desc.cols_per_run = rows.heads, rows.run
        setattr(self.desc, f"{field}_type", type_of(field, array))
        for name in ("stride", "head_stride", "col_stride", "run_stride"):
            setattr(self.desc, f"{field}_{name}", getattr(rows, name))

    def rows(self, name, array, field=None):
        """An input of x's shape."""
        if array.shape != self.batch_shape + self.row_shape:
            raise ValueError(f"libln: {name} has another shape than x")
        array, rows = placed(contiguous(array) if self.dense else array, self.normalised, self.like)
        self._describe(field or name, array, rows)
        self.point(name, array)
        return array

    def gate(self, gate):
        if gate is not None:
            return self.rows("gate", self.turned(same_shape("gate", gate, self.shape)))
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
        """Where an output of x's shape goes: out, or a new array; and a function that gives it back in that shape."""
        out = np.empty(self.shape, dtype) if out is None else same_shape("out", out, self.shape)
        if not out.flags.writeable:
            raise ValueError("libln: out is read-only")
        wanted = self.turned(out)
        rows = rows_of(wanted, self.normalised, self.like)
        array = wanted if rows and _abi.BROADCAST not in rows else np.empty(wanted.shape, wanted.dtype)
        self._describe(field or name, array, rows_of(array, self.normalised, self.like))
        self.point(name, array)

        def finish():
            if array is not wanted:
                np.copyto(wanted, array)
            return out

        return finish

    def scales(self, scales):
        """Where the scales of a quantised y go: one for each row, or, with one dimension more, several."""
        groups = scales.shape[-1] if scales.ndim == len(self.batch_shape) + 1 else 1
        if scales.shape[:len(self.batch_shape)] != self.batch_shape or not groups or self.desc.cols % groups:
            raise ValueError(f"libln: scales has shape {scales.shape}, not {self.batch_shape}, or that and a divisor of {self.desc.cols}")
        if scales.dtype.name not in _SCALES or not scales.flags.c_contiguous or not scales.flags.writeable:
            raise ValueError(f"libln: scales is not a writeable array without gaps of {' or '.join(_SCALES)}")
        self.desc.flags |= _abi.ROW_SCALE
        self.desc.cols_per_scale, self.desc.scale_type = self.desc.cols // groups, _SCALES[scales.dtype.name]
        self.point("y_scale", scales)

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


def same_shape(name, array, shape):
    if array.shape != shape:
        raise ValueError(f"libln: {name} has shape {array.shape}, x {shape}")
    return array
