"""_calls.py - a norm of tensors, and its gradients, by ln_forward() and ln_backward()"""

import ctypes

import torch

from .. import _abi
from .._call import LnError
from . import _tensors
from ._tensors import address, parameters_of, placed, type_of
from ._threads import threads


def _run(function, explain, desc, tensors):
    tensors.parallel_for, tensors.pool = threads()
    status = function(ctypes.byref(desc), ctypes.byref(tensors))
    if status == _abi.OK:
        return
    text = ctypes.create_string_buffer(_abi.EXPLANATION)
    explain(ctypes.byref(desc), ctypes.byref(tensors), text, _abi.EXPLANATION)
    raise LnError(status, text.value.decode() if status != _abi.ERR_PARALLEL else _abi.strerror(status).decode())


def forward(norm, y, total):
    """Write y, and the sum if there is a residual, of a checked Norm."""
    if y.numel() == 0:
        return
    layout = _tensors.layout_of(norm.x, norm.normalized_shape, norm.groups)
    gamma, beta = parameters_of(norm.x, norm.gamma, norm.beta)
    x, rows = placed(norm.x, layout.normalised)
    dense = _tensors.Rows(rows.heads)
    residual, residual_rows = (None, dense) if norm.residual is None else placed(norm.residual, layout.normalised, rows.heads)
    types = (type_of(x), type_of(residual), type_of(beta if gamma is None else gamma), type_of(y), type_of(total))
    desc = _tensors.descriptor(norm.norm, norm.flags, norm.eps, layout, types, (rows, residual_rows, dense, dense))
    tensors = _abi.ForwardTensors(x=address(x), residual=address(residual), gamma=address(gamma), beta=address(beta), y=address(y),
                                  sum=address(total))
    _run(_abi.forward, _abi.explain_forward, desc, tensors)


def backward(dy, dsum, x, gamma, beta, norm, normalized_shape, groups, eps, flags, wanted):
    """dx, dgamma and dbeta, in the types of x, gamma and beta; an empty tensor for what is not wanted."""
    dx, dgamma, dbeta = gradients(x, gamma, beta, wanted)
    if x.numel() == 0:
        return dx, dgamma.zero_(), dbeta.zero_()
    layout = _tensors.layout_of(x, normalized_shape, groups)
    like = parameters_of(x, gamma, beta)
    totals = [torch.empty_like(p) if want else None for p, want in zip(like, wanted[1:])]
    x = x.contiguous()  # dx has the strides of x
    dy, dy_rows = placed(dy, layout.normalised)
    dsum, dsum_rows = (None, dy_rows) if dsum is None else placed(dsum, layout.normalised, dy_rows.heads)
    dense = _tensors.Rows(dy_rows.heads)
    types = (type_of(x), 0, type_of(next((p for p in like if p is not None), None)), type_of(dy), type_of(dsum))
    desc = _tensors.descriptor(norm, flags | _abi.GRADS_AS_PARAMS, eps, layout, types, (dense, dense, dy_rows, dsum_rows))
    size = _abi.backward_workspace_size(ctypes.byref(desc)) if any(wanted[1:]) else 0
    workspace = torch.empty((size + 7) // 8, dtype=torch.float64)
    tensors = _abi.BackwardTensors(x=address(x), dy=address(dy), dsum=address(dsum), gamma=address(like[0]),
                                   dx=address(dx) if wanted[0] else None, dgamma=address(totals[0]), dbeta=address(totals[1]),
                                   workspace=address(workspace), workspace_size=workspace.nbytes)
    _run(_abi.backward, _abi.explain_backward, desc, tensors)
    for own, total in zip((dgamma, dbeta), totals):
        if total is not None:
            own.copy_(total)
    return dx, dgamma, dbeta


def gradients(x, gamma, beta, wanted):
    """Where dx, dgamma and dbeta go, with nothing in them: what the backward pass returns, and all that a fake one does."""
    return tuple(x.new_empty(like.shape if want else (0,), dtype=x.dtype if like is None else like.dtype)
                 for like, want in zip((x, gamma, beta), wanted))
