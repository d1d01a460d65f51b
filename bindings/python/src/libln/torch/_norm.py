"""_norm.py - what a call of an operator asks for, checked: the same for its kernel, its fake kernel and its gradients"""

import torch

from .. import _abi
from . import _calls
from ._tensors import TYPES


def _demand(fits, error, name, text):
    if not fits:
        raise error(f"libln: {name}: {text()}")


class Norm:
    """The arguments of torch.ops.ln.NAME as a call of the C library has them; groups is 0 where the last dimensions of x are a row."""

    def __init__(self, name, norm, x, normalized_shape, gamma, beta, eps, *, residual=None, groups=0, flags=0):
        self.x, self.residual, self.gamma, self.beta = x, residual, gamma, beta
        self.norm, self.normalized_shape, self.groups = norm, tuple(normalized_shape), groups
        self.flags = flags | _abi.ROUND_SUM * (residual is not None)
        # torch.nn.functional.rms_norm has the epsilon of the type that it computes in.
        self.eps = eps if eps is not None else 2.0**-52 if x.dtype == torch.float64 else 2.0**-23
        _demand(x.dtype in TYPES, TypeError, name, lambda: f"x has dtype {x.dtype}")
        self._check_parameters(name, self._parameter_shape(name))
        if residual is not None:
            _demand(residual.dtype in TYPES, TypeError, name, lambda: f"residual has dtype {residual.dtype}")
            # The C library takes doubles with nothing else.
            _demand((residual.dtype == torch.float64) == (x.dtype == torch.float64), TypeError, name,
                    lambda: f"x and residual are {x.dtype} and {residual.dtype}")
            _demand(residual.shape == x.shape, ValueError, name, lambda: f"residual has shape {list(residual.shape)}, x {list(x.shape)}")

    def _parameter_shape(self, name):
        x, shape = self.x, self.normalized_shape
        if name == "group_norm":
            fits = self.groups > 0 and x.dim() >= 2 and x.shape[1] % self.groups == 0
            _demand(fits, ValueError, name, lambda: f"x has shape {list(x.shape)}, whose channels do not make {self.groups} groups")
            return x.shape[1:2]
        fits = 0 < len(shape) <= x.dim() and x.shape[-len(shape):] == shape
        _demand(fits, ValueError, name, lambda: f"x has shape {list(x.shape)}, which does not end in {list(shape)}")
        return shape

    def _check_parameters(self, name, shape):
        for own, tensor in (("gamma", self.gamma), ("beta", self.beta)):
            if tensor is not None:
                _demand(tensor.dtype in TYPES, TypeError, name, lambda: f"{own} has dtype {tensor.dtype}")
                _demand(tensor.shape == shape, ValueError, name, lambda: f"{own} has shape {list(tensor.shape)}, not {list(shape)}")

    def outputs(self):
        """y and the sum x + residual, None without a residual, with nothing in them."""
        x, residual = self.x, self.residual
        total = None if residual is None else x.new_empty(x.shape, dtype=torch.promote_types(x.dtype, residual.dtype))
        return x.new_empty(x.shape), total

    def computed(self):
        outputs = self.outputs()
        _calls.forward(self, *outputs)
        return outputs
