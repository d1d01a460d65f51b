"""_shortcut.py - a norm whose most common calls do without the interpreter: short.c"""

import ctypes
import inspect
from typing import Callable, TypeVar

from . import _abi

try:
    from ._short import wrap
except ImportError:  # a checkout that was not built as a wheel
    wrap = None

_Norm = TypeVar("_Norm", bound=Callable)


def _address(name):
    return ctypes.cast(getattr(_abi.lib, name), ctypes.c_void_p).value


def shortcut(norm: int, name: str, has_beta: bool) -> Callable[[_Norm], _Norm]:
    """A decorator of the function that can do all that the plain calls ln_{name}_* do, and more; its signature and text stay."""

    def decorate(function):
        if wrap is None:
            return function
        parameters = inspect.signature(function).parameters.values()
        signature = inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters])
        doc = f"{function.__name__}{signature}\n--\n\n{inspect.getdoc(function)}"
        eps = inspect.signature(function).parameters["eps"].default
        return wrap(function, norm, function.__name__, function.__module__, doc, has_beta, eps,
                    *(_address(f"ln_{name}_{dtype}") for dtype in ("f32", "f64", "f16", "bf16")))

    return decorate
