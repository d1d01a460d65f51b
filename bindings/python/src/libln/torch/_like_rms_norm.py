"""_like_rms_norm.py - whether a module of another library is an RMSNorm, and of which form, by trying it

Every model of transformers has an RMSNorm class of its own. They have the same names and differ in what is scaled, 1 + gamma or gamma, and in
where 16-bit values are rounded; so a copy of the module, with random parameters, is asked what it makes of a few rows.
"""

import copy
import inspect
import math
from typing import NamedTuple, Optional

import torch

from . import _ops  # noqa: F401 - registers torch.ops.ln


class RmsNormForm(NamedTuple):
    """How a class of RMSNorms computes, and the names of its attributes."""

    gamma: Optional[str]
    eps: str
    gamma_plus_one: bool
    cast_before_gamma: bool
    promotes: bool  # y has the wider of the types of x and gamma, not that of x

    def suffix(self):
        """How a report tells the forms apart."""
        flags = [name for name in ("gamma_plus_one", "cast_before_gamma") if getattr(self, name)]
        return f" ({', '.join(flags)})" if flags else ""


def _attributes(module):
    """The names of gamma (None: there is none) and eps, or a reason."""
    parameters = dict(module.named_parameters(recurse=False))
    if len(parameters) > 1 or any(p.dim() != 1 for p in parameters.values()):
        return None, "it is no RMSNorm: its parameters are not one gamma"
    if len(inspect.signature(type(module).forward).parameters) != 2:
        return None, "its forward takes more than x"
    numbers = [name for name in ("variance_epsilon", "eps", "epsilon", "norm_eps") if isinstance(getattr(module, name, None), float)]
    if len(numbers) != 1:
        return None, "it is no RMSNorm: it has no eps, or more than one"
    return (next(iter(parameters), None), numbers[0]), None


def _filled(module, gamma, dtype, generator):
    """A copy on the CPU, with gammas that tell 1 + gamma from gamma."""
    probe = copy.deepcopy(module).to_empty(device="cpu").to(dtype)
    if gamma is not None:
        parameter = getattr(probe, gamma)
        parameter.data.copy_(torch.rand(parameter.shape, generator=generator) + 0.5)
    return probe


def _candidates(x, gamma, eps):
    for plus_one in (False, True)[: 1 if gamma is None else 2]:
        for cast in (False, True):
            yield plus_one, cast, torch.ops.ln.rms_norm(x, x.shape[-1:], gamma, eps, gamma_plus_one=plus_one, cast_before_gamma=cast)


def _nearest(probe, gamma, eps, x):
    """(largest difference in the size of an element, plus_one, cast) of the candidate that comes nearest to what the module gives."""
    got = probe(x)
    if not torch.is_tensor(got) or got.shape != x.shape:
        return math.inf, False, False
    parameter = None if gamma is None else getattr(probe, gamma)
    return min(((y.double() - got.double()).abs().div(got.double().abs() + 1e-3).mean().item(), plus_one, cast)
               for plus_one, cast, y in _candidates(x, parameter, getattr(probe, eps)))


def _try(module, gamma, eps):
    """The form that fits in float32 and, as to roundings, in bfloat16."""
    generator = torch.Generator().manual_seed(1)
    cols = 64 if gamma is None else getattr(module, gamma).shape[0]
    x = torch.randn(8, cols, generator=generator) * 3 + 0.5
    x[0] *= 1e-4  # so small a row that eps counts
    wide = _filled(module, gamma, torch.float32, generator)
    error, plus_one, _ = _nearest(wide, gamma, eps, x)
    if not error < 1e-5:
        return None, f"it is not the RMSNorm that it looks like: {error:.1e} off"
    error, narrow_plus_one, cast = _nearest(_filled(module, gamma, torch.bfloat16, generator), gamma, eps, x.bfloat16())
    if not error < 2.0**-8 or narrow_plus_one != plus_one:
        return None, f"it is not the RMSNorm that it looks like in bfloat16: {error:.1e} off"
    return RmsNormForm(gamma, eps, plus_one, cast, gamma is not None and wide(x.bfloat16()).dtype == torch.float32), None


_forms = {}


@torch.no_grad()
def form_of(module):
    """(form, None), or (None, why it is none); tried once for each class with these attributes."""
    names, reason = _attributes(module)
    if names is None:
        return None, reason
    key = (type(module), names, getattr(module, names[1]))
    if key not in _forms:
        try:
            _forms[key] = _try(module, *names)
        except Exception as exception:  # whatever a stranger's forward() has against eight rows
            _forms[key] = None, f"it could not be tried: {type(exception).__name__}"
    return _forms[key]
