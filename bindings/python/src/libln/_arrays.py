"""_arrays.py - NumPy arrays as the rows of a descriptor: without a copy where its strides can say how rows and columns lie"""

from typing import NamedTuple

import numpy as np

from . import _abi

# bfloat16 and the 8-bit floats are ml_dtypes'; their names are all that is needed of it.
_TYPES = {"float32": _abi.F32, "float64": _abi.F64, "bfloat16": _abi.BF16, "float16": _abi.F16, "int8": _abi.I8, "uint8": _abi.U8,
          "float8_e4m3fn": _abi.F8_E4M3, "float8_e5m2": _abi.F8_E5M2}


def type_of(name, array):
    """The LN_ type of an array's elements."""
    if array.dtype.name in _TYPES and array.dtype.isnative:
        return _TYPES[array.dtype.name]
    raise TypeError(f"libln: {name} has dtype {array.dtype}; supported are {', '.join(_TYPES)}")


class Rows(NamedTuple):
    """How rows lie in memory, in elements, as in ln_desc

    Row r begins at r // heads * stride + r % heads * head_stride; column c of it is c // run * run_stride + c % run * col_stride further on, or,
    where run is 0, c * col_stride. heads 0 stands for any number of them.
    """

    heads: int
    stride: int = 0
    head_stride: int = 0
    col_stride: int = 1
    run: int = 0
    run_stride: int = 0

    @property
    def dense(self):
        return self.col_stride == 1 and not self.run_stride


def _merge(dims):
    """(size, step) of dimensions from the outermost on, those of one walk as one."""
    merged = []
    for size, step in dims:
        if size == 1:
            continue
        if merged and merged[-1][1] == size * step:
            merged[-1] = (merged[-1][0] * size, step)
        else:
            merged.append((size, step))
    return merged


def _steps(array, dims):
    """The strides of these dimensions in elements, or None where one is no whole number of elements, or negative."""
    strides = [array.strides[i] for i in dims]
    if any(stride < 0 or stride % array.itemsize for stride in strides):
        return None
    return [(array.shape[i], stride // array.itemsize) for i, stride in zip(dims, strides)]


def rows_of(array, normalised, like=Rows(0)):
    """The Rows of an array whose last `normalised` dimensions are a row, with the heads and runs of `like`, if it has any; None if there are none."""
    if array.size == 0:
        return Rows(like.heads or 1, run=like.run)
    split = array.ndim - normalised
    inner, outer = _steps(array, range(split, array.ndim)), _steps(array, range(split))
    if inner is None or outer is None or not array.flags.aligned:
        return None
    return rows_of_steps(inner, outer, like)


def rows_of_steps(inner, outer, like=Rows(0)):
    """The Rows whose columns are a walk over `inner` and which follow each other as `outer` says, both (size, step); None if there are none."""
    columns, rows = _columns(_merge(inner), like.run), _rows(_merge(outer), like.heads)
    return None if columns is None or rows is None else Rows(*rows, *columns)


def _columns(walk, run):
    """col_stride, run and run_stride."""
    if len(walk) > 2 or any(step == 0 for _, step in walk):
        return None
    if len(walk) == 2:
        (_, run_stride), (size, col_stride) = walk
        return (col_stride, size, run_stride) if run in (0, size) else None
    return (walk[0][1] if walk else 1, run, 0)


def _rows(walk, heads):
    """heads, stride and head_stride."""
    if len(walk) > 2:
        return None
    if len(walk) == 2:
        (_, stride), (size, head_stride) = walk
        return (size, stride or _abi.BROADCAST, head_stride or _abi.BROADCAST) if heads in (0, size) else None
    heads = heads or 1
    if not walk:
        return (heads, 0, 0)
    step = walk[0][1]
    return (heads, heads * step, step) if step else (heads, _abi.BROADCAST, _abi.BROADCAST)


def contiguous(array):
    """The array, or a copy of it without gaps, at an address that its type asks for."""
    return np.require(array, requirements="CA")


def placed(array, normalised, like=Rows(0)):
    """The array, or a contiguous copy of it, and its Rows."""
    rows = rows_of(array, normalised, like)
    if rows is None:
        array = contiguous(array)
        rows = rows_of(array, normalised, like)
    return array, rows
