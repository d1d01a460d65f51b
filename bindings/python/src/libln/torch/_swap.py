"""_swap.py - swap(model): the norms of a model computed by libln

A module stays the object that it is, with its parameters, hooks and place in the state dict: its class becomes one that is derived from what it
was, with another forward(). Others than PyTorch's own are known by what they do, not by their names, see _like_rms_norm.py.
"""

import functools
from typing import NamedTuple

import torch

from ._like_rms_norm import RmsNormForm, form_of
from ._tensors import TYPES


class Line(NamedTuple):
    """One module: its name in the model, its class, and what was done with it, or why nothing."""

    name: str
    kind: str
    text: str


class Swapped(NamedTuple):
    """What swap() did: print it, or read the lines."""

    replaced: list
    left: list

    def __str__(self):
        counts = {}
        for verb, lines in (("replaced", self.replaced), ("left", self.left)):
            for line in lines:
                counts.setdefault(f"{verb} {{}} {line.kind}: {line.text}", []).append(line.name)
        text = [key.format(len(names)) + f" ({names[0] or 'the model'}{', ...' if len(names) > 1 else ''})" for key, names in counts.items()]
        return "\n".join(text or ["no norm found"])


def _call(operator, *arguments, **keywords):
    """Past the autograd kernel where nothing is to be differentiated: it is in Python, and takes longer than a short row."""
    if torch.is_grad_enabled() or torch.compiler.is_compiling():
        return operator(*arguments, **keywords)
    with torch._C._AutoDispatchBelowAutograd():  # what torch.library itself does there
        return operator(*arguments, **keywords)


def _layer_norm(self, input):
    return _call(torch.ops.ln.layer_norm, input, self.normalized_shape, self.weight, self.bias, self.eps)


def _rms_norm(self, input):
    return _call(torch.ops.ln.rms_norm, input, self.normalized_shape, self.weight, self.eps)


def _group_norm(self, input):
    return _call(torch.ops.ln.group_norm, input, self.num_groups, self.weight, self.bias, self.eps)


_OF_TORCH = {torch.nn.LayerNorm: ("layer_norm", _layer_norm), torch.nn.RMSNorm: ("rms_norm", _rms_norm),
             torch.nn.GroupNorm: ("group_norm", _group_norm)}


@functools.lru_cache(maxsize=None)
def _derived(kind, operator, forward):
    """The class that a module of this kind gets; kind.forward remains what it was."""
    return type(f"Ln{kind.__name__}", (kind,), {"forward": forward, "ln_operator": operator, "__module__": __name__})


@functools.lru_cache(maxsize=None)
def _forward_of(form: RmsNormForm):
    def forward(self, *inputs, **by_name):
        x, = *inputs, *by_name.values()  # under whatever name the class has for it
        gamma = None if form.gamma is None else getattr(self, form.gamma)
        if form.promotes and gamma.dtype != x.dtype:
            x = x.to(torch.promote_types(x.dtype, gamma.dtype))
        return _call(torch.ops.ln.rms_norm, x, x.shape[-1:] if gamma is None else gamma.shape, gamma, getattr(self, form.eps),
                     gamma_plus_one=form.gamma_plus_one, cast_before_gamma=form.cast_before_gamma)

    return forward


def _obstacle(module):
    """Why a norm cannot be replaced, whichever it is; None where nothing stands against it."""
    if "forward" in vars(module):
        return "its forward has been set on the module"
    for tensor in module.parameters():
        if tensor.device.type not in ("cpu", "meta"):
            return f"its parameters are on {tensor.device.type}"
        if tensor.dtype not in TYPES:
            return f"its parameters are {tensor.dtype}"
    return None


def _replacement(module):
    """(operator, forward) for a module, or why there is none."""
    kind = type(module)
    obstacle = _obstacle(module)
    if obstacle:
        return None, obstacle
    for base, found in _OF_TORCH.items():
        if isinstance(module, base):
            return (found, None) if kind.forward is base.forward else (None, f"its forward is not {base.__name__}'s")
    form, reason = form_of(module)
    return (("rms_norm" + form.suffix(), _forward_of(form)), None) if form else (None, reason)


def _is_norm(module):
    return isinstance(module, tuple(_OF_TORCH)) or ("norm" in type(module).__name__.lower() and not any(module.children()))


def swap(model: torch.nn.Module) -> Swapped:
    """Let libln compute every LayerNorm, RMSNorm and GroupNorm of a model, and say which, and which norms are left as they were and why

    RMSNorms of other libraries (Hugging Face's Llama, Gemma, Qwen and their like) are recognised by trying them on a few rows. Parameters, hooks
    and the state dict stay as they are. A norm that is computed in a function, not in a module of its own, is not seen. unswap() takes it back.
    """
    replaced, left = [], []
    for name, module in model.named_modules():
        kind = type(module)
        if not _is_norm(module) or hasattr(kind, "ln_operator"):
            continue
        found, reason = _replacement(module)
        if found is None:
            left.append(Line(name, kind.__name__, reason))
            continue
        module.__class__ = _derived(kind, *found)
        replaced.append(Line(name, kind.__name__, f"torch.ops.ln.{found[0]}"))
    return Swapped(replaced, left)


def unswap(model: torch.nn.Module) -> int:
    """Give each norm that swap() replaced its own forward() again; returns how many there were."""
    modules = [module for module in model.modules() if hasattr(type(module), "ln_operator")]
    for module in modules:
        module.__class__ = type(module).__bases__[0]
    return len(modules)
