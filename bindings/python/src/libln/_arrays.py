"""_arrays.py - NumPy arrays as the rows of a descriptor: without a copy where two strides can say how the rows lie"""

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
    """How rows lie in memory, in elements: row r begins at r // heads * stride + r % heads * head_stride."""

    heads: int
    stride: int
    head_stride: int


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


def rows_of(array, normalised, heads=None):
    """The Rows of an array whose last `normalised` dimensions are a row, with this number of heads if it is given; None if there are none."""
    if array.size == 0:
        return Rows(heads or 1, 0, 0)
    split = array.ndim - normalised
    inner, outer = _steps(array, range(split, array.ndim)), _steps(array, range(split))
    if inner is None or outer is None or not array.flags.aligned:
        return None
    return rows_of_steps(inner, outer, heads)


def rows_of_steps(inner, outer, heads=None):
    """The Rows whose columns are a walk over `inner` and which follow each other as `outer` says, both (size, step); None if there are none."""
    columns = _merge(inner)
    if len(columns) > 1 or (columns and columns[0][1] != 1):
        return None
    return _two_strides(_merge(outer), heads)


def _two_strides(walk, heads):
    if len(walk) > 2:
        return None
    if len(walk) == 2:
        (_, stride), (size, head_stride) = walk
        return Rows(size, stride or _abi.BROADCAST, head_stride or _abi.BROADCAST) if heads in (None, size) else None
    if not walk:
        return Rows(heads or 1, 0, 0)
    step = walk[0][1]
    if step == 0:
        return Rows(heads or 1, _abi.BROADCAST, _abi.BROADCAST)
    return Rows(heads or 1, (heads or 1) * step, step)


def contiguous(array):
    """The array, or a copy of it without gaps, at an address that its type asks for."""
    return np.require(array, requirements="CA")


def placed(array, normalised, heads=None):
    """The array, or a contiguous copy of it, and its Rows."""
    rows = rows_of(array, normalised, heads)
    if rows is None:
        array = contiguous(array)
        rows = rows_of(array, normalised, heads)
    return array, rows
