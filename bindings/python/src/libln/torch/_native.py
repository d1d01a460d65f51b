"""_native.py - torch_kernels.cc bound to libtorch: the kernels that need no interpreter, with a torch that exports what they call (2.13)"""

import ctypes
from ctypes import c_int64, c_void_p

import torch

from .. import _abi
from ._tensors import TYPES
from ._threads import libtorch

# In the order of Functions; the last is libln's.
_FUNCTIONS = ("aoti_torch_get_dim", "aoti_torch_get_sizes", "aoti_torch_get_strides", "aoti_torch_get_dtype", "aoti_torch_is_contiguous",
              "aoti_torch_get_data_ptr", "aoti_torch_empty_strided", "aoti_torch_delete_tensor_object", "torch_list_size", "torch_list_get_item",
              "torch_delete_list", "torch_delete_stable_ivalue", "torch_call_dispatcher", "torch_get_num_threads",
              "torch_exception_get_what_without_backtrace", "torch_parallel_for")
_VERSION = 2 << 56 | 13 << 48
KERNELS = ("layer_norm", "rms_norm")


class _Settings(ctypes.Structure):
    _fields_ = [("functions", c_void_p * (len(_FUNCTIONS) + 1)), ("version", c_int64), ("cpu", c_int64), ("types", c_int64 * 5)]


def _address(function):
    return ctypes.cast(function, c_void_p).value


def _settings(torch_library):
    """None where a function is missing."""
    functions = [getattr(torch_library, name, None) for name in _FUNCTIONS]
    if None in functions:
        return None
    settings = _Settings(version=_VERSION, cpu=torch_library.aoti_torch_device_type_cpu())
    settings.functions[:] = [_address(function) for function in (*functions, _abi.forward)]
    for dtype, number in TYPES.items():
        settings.types[number] = getattr(torch_library, f"aoti_torch_dtype_{str(dtype).removeprefix('torch.')}")()
    return settings


def _bound():
    """The library with the kernels and libtorch; None where there are none."""
    path, torch_library = _abi.beside("ln_torch"), libtorch()
    settings = _settings(torch_library) if path and torch_library else None
    if settings is None:
        return None
    own = ctypes.CDLL(path)
    own.ln_torch_settings(ctypes.byref(settings))
    return own, torch_library


_both = _bound()


def has(name):
    """Whether there is a kernel for this operator."""
    return _both is not None and name in KERNELS


def register(name):
    own, torch_library = _both
    handle = c_void_p()
    call = torch_library.torch_library_impl
    if torch_library.aoti_torch_library_init_impl(b"ln", b"CPU", __file__.encode(), 0, ctypes.byref(handle)) or call(
            handle, name.encode(), getattr(own, f"ln_torch_{name}"), ctypes.c_uint64(_VERSION)):
        raise RuntimeError(f"libln: PyTorch {torch.__version__} does not take the kernel of ln::{name}")
