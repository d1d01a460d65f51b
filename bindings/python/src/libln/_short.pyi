from typing import Callable, TypeVar

_Norm = TypeVar("_Norm", bound=Callable)

def wrap(function: _Norm, norm: int, name: str, module: str, doc: str, has_beta: bool, eps: float, f32: int, f64: int, f16: int, bf16: int) -> _Norm: ...
