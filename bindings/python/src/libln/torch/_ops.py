"""_ops.py - torch.ops.ln.*: schemas, kernels for a CPU, fake kernels and gradients

Autocast leaves these operators alone: arithmetic is in float whatever the types are, and rounded once, so a cast to a wider type before
would change nothing, and one to a narrower type would lose digits. y has the type of x, in autocast and out of it; parameters may be wider.
"""

import inspect

import torch

from .. import _abi
from . import _calls, _native
from ._norm import Norm

_library = torch.library.Library("ln", "FRAGMENT")


def _flags(gamma_plus_one, cast_before_gamma=False):
    return _abi.GAMMA_PLUS_ONE * gamma_plus_one | _abi.CAST_BEFORE_GAMMA * cast_before_gamma


def _layer_norm(x, normalized_shape, gamma=None, beta=None, eps=1e-5, *, gamma_plus_one=False):
    return Norm("layer_norm", _abi.LAYERNORM, x, normalized_shape, gamma, beta, eps, flags=_flags(gamma_plus_one))


def _rms_norm(x, normalized_shape, gamma=None, eps=None, *, gamma_plus_one=False, cast_before_gamma=False):
    return Norm("rms_norm", _abi.RMSNORM, x, normalized_shape, gamma, None, eps, flags=_flags(gamma_plus_one, cast_before_gamma))


def _add_rms_norm(x, residual, normalized_shape, gamma=None, eps=None, *, gamma_plus_one=False, cast_before_gamma=False):
    return Norm("add_rms_norm", _abi.RMSNORM, x, normalized_shape, gamma, None, eps, residual=residual,
                flags=_flags(gamma_plus_one, cast_before_gamma))


def _l2_norm(x, normalized_shape, gamma=None, eps=1e-6, *, gamma_plus_one=False):
    return Norm("l2_norm", _abi.L2NORM, x, normalized_shape, gamma, None, eps, flags=_flags(gamma_plus_one))


def _group_norm(x, groups, gamma=None, beta=None, eps=1e-5):
    return Norm("group_norm", _abi.LAYERNORM, x, (), gamma, beta, eps, groups=groups)


_ROWS = "SymInt[] normalized_shape, Tensor? gamma=None"
_RMS = "float? eps=None, *, bool gamma_plus_one=False, bool cast_before_gamma=False"
# For each operator its schema, and the function of those arguments that makes the call of them.
OPERATORS = {
    "layer_norm": (f"(Tensor x, {_ROWS}, Tensor? beta=None, float eps=1e-05, *, bool gamma_plus_one=False) -> Tensor", _layer_norm),
    "rms_norm": (f"(Tensor x, {_ROWS}, {_RMS}) -> Tensor", _rms_norm),
    "add_rms_norm": (f"(Tensor x, Tensor residual, {_ROWS}, {_RMS}) -> (Tensor y, Tensor sum)", _add_rms_norm),
    "l2_norm": (f"(Tensor x, {_ROWS}, float eps=1e-06, *, bool gamma_plus_one=False) -> Tensor", _l2_norm),
    "group_norm": ("(Tensor x, SymInt groups, Tensor? gamma=None, Tensor? beta=None, float eps=1e-05) -> Tensor", _group_norm),
}
_BACKWARD = ("(Tensor dy, Tensor? dsum, Tensor x, Tensor? gamma, Tensor? beta, int norm, SymInt[] normalized_shape, SymInt groups, float eps, "
             "int flags, bool[3] wanted) -> (Tensor dx, Tensor dgamma, Tensor dbeta)")


def _result(outputs):
    y, total = outputs
    return y if total is None else outputs


def _register(name, schema, norm_of):
    names = tuple(inspect.signature(norm_of).parameters)

    def setup_context(ctx, inputs, keyword_only_inputs, output):
        norm = norm_of(*inputs, **keyword_only_inputs)
        # With a residual it is the sum that was normalised.
        ctx.save_for_backward(norm.x if norm.residual is None else output[1], norm.gamma, norm.beta)
        ctx.norm = (norm.norm, norm.normalized_shape, norm.groups, norm.eps, norm.flags)
        ctx.types = {name: tensor.dtype for name, tensor in (("x", norm.x), ("residual", norm.residual)) if tensor is not None}

    def setup_context_without_keywords(ctx, inputs, output):
        setup_context(ctx, inputs, {}, output)

    def backward(ctx, dy, dsum=None):
        return _backward_of(names, ctx, dy, dsum)

    qualified = f"ln::{name}"
    torch.library.define(qualified, schema, lib=_library, tags=torch.Tag.pt2_compliant_tag)
    general = qualified
    if _native.has(name):
        general = f"{qualified}_general"
        torch.library.define(general, schema, lib=_library)
        _native.register(name)
    torch.library.impl(general, "cpu", lambda *a, **k: _result(norm_of(*a, **k).computed()), lib=_library)
    torch.library.register_fake(qualified, lambda *a, **k: _result(norm_of(*a, **k).outputs()), lib=_library)
    torch.library.register_autograd(qualified, backward, setup_context=setup_context if "*" in schema else setup_context_without_keywords,
                                    lib=_library)


def _backward_of(names, ctx, dy, dsum):
    """A gradient for each argument that was given by position; None for those that have none."""
    x, gamma, beta = ctx.saved_tensors
    needs = dict(zip(names, ctx.needs_input_grad))
    wanted = [needs["x"] or needs.get("residual", False), needs.get("gamma", False), needs.get("beta", False)]
    norm, shape, groups, eps, flags = ctx.norm
    dx, dgamma, dbeta = torch.ops.ln.backward(dy, dsum, x, gamma, beta, norm, shape, groups, eps, flags, wanted)
    gradients = {"gamma": dgamma, "beta": dbeta} | {name: dx.to(type) for name, type in ctx.types.items()}
    return tuple(gradients[name] if need else None for name, need in needs.items())


def _no_second_derivative(ctx, *gradients):
    raise NotImplementedError("libln: the gradients of ln::backward are not there: torch.ops.ln can be differentiated once")


for _name, (_schema, _norm_of) in OPERATORS.items():
    _register(_name, _schema, _norm_of)
torch.library.define("ln::backward", _BACKWARD, lib=_library, tags=torch.Tag.pt2_compliant_tag)
torch.library.impl("ln::backward", "cpu", _calls.backward, lib=_library)
torch.library.register_fake("ln::backward", lambda dy, dsum, x, gamma, beta, *_: _calls.gradients(x, gamma, beta, _[-1]), lib=_library)
torch.library.register_autograd("ln::backward", _no_second_derivative, lib=_library)
