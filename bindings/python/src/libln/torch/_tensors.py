"""_tensors.py - tensors of PyTorch as the rows of a descriptor: without a copy where two strides can say how the rows lie"""

import functools
import math
from typing import NamedTuple

import torch

from .. import _abi
from .._arrays import Rows, rows_of_steps

TYPES = {torch.float32: _abi.F32, torch.float64: _abi.F64, torch.bfloat16: _abi.BF16, torch.float16: _abi.F16}


class Layout(NamedTuple):
    """The rows of a tensor, and which parameters they have, as in ln_desc."""

    rows: int
    cols: int
    normalised: int  # how many of the last dimensions are a row; 0: rows take no whole dimensions, and the tensor has no gaps
    rows_per_param: int = 0
    param_rows: int = 0
    cols_per_param: int = 0


def layout_of(x, normalized_shape, groups):
    """groups 0: rows are the last dimensions of x; else x is N x C x ..., and a row is one of the groups of channels."""
    if groups:
        place = math.prod(x.shape[2:])
        return Layout(x.shape[0] * groups, x.shape[1] // groups * place, 0, 1, groups, place)
    cols = math.prod(normalized_shape)
    return Layout(x.numel() // cols, cols, len(normalized_shape))


def placed(tensor, normalised, heads=0):
    """The tensor, or a contiguous copy of it, and its Rows, whose elements lie side by side."""
    if normalised and not tensor.is_contiguous():
        dims = list(zip(tensor.shape, tensor.stride()))
        rows = rows_of_steps(dims[-normalised:], dims[:-normalised], Rows(heads))
        if rows is not None and rows.dense:
            return tensor, rows
    return tensor.contiguous(), Rows(heads or 1)


def parameters_of(x, *parameters):
    """gamma and beta as the C library takes them: without gaps, of one type, and that a double where x is."""
    given = [p for p in parameters if p is not None]
    types = {p.dtype for p in given}
    if x.dtype == torch.float64 or torch.float64 in types:
        types = {x.dtype}
    one = types.pop() if len(types) == 1 else torch.float32
    return [p if p is None else p.to(one).contiguous() for p in parameters]


def address(tensor):
    return None if tensor is None else tensor.data_ptr()


def type_of(tensor):
    return 0 if tensor is None else TYPES[tensor.dtype]


@functools.lru_cache(maxsize=1024)
def descriptor(norm, flags, eps, layout, types, strides):
    """The ln_desc of a call; calls of one shape share it, and none writes to it."""
    fields = dict(zip(("x_type", "residual_type", "param_type", "y_type", "sum_type"), types))
    for name, rows in zip(("x", "residual", "y", "sum"), strides):
        fields[f"{name}_stride"], fields[f"{name}_head_stride"] = rows.stride, rows.head_stride
    return _abi.Desc(norm=norm, flags=flags, eps=eps, rows=layout.rows, cols=layout.cols, heads=strides[0].heads,
                     rows_per_param=layout.rows_per_param, param_rows=layout.param_rows, cols_per_param=layout.cols_per_param, **fields)
