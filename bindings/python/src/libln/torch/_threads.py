"""_threads.py - the threads of PyTorch for a call: as many as torch.get_num_threads() says, the caller's among them"""

import ctypes
import functools
import pathlib
from concurrent.futures import ThreadPoolExecutor

import torch

from .. import _abi
from .._call import pool_of

_NONE = _abi.ParallelFor(), None


@functools.lru_cache(maxsize=None)
def libtorch():
    """The library of PyTorch that exports functions to C; None if it is not where wheels have it."""
    folder = pathlib.Path(torch.__file__).parent / "lib"
    path = next((folder / name for name in ("libtorch_cpu.so", "libtorch_cpu.dylib", "torch_cpu.dll") if (folder / name).exists()), None)
    return path and ctypes.CDLL(str(path))


def _of_torch():
    """PyTorch's own threads, by what the wheel has of torch_pool.c; None with a torch before 2.10, or without that library."""
    library = _abi.beside("ln_torch")
    parallel_for = getattr(libtorch(), "torch_parallel_for", None)
    if not library or not parallel_for:
        return None
    return _abi.ParallelFor(("ln_torch_pool", ctypes.CDLL(library))), ctypes.cast(parallel_for, ctypes.c_void_p).value


@functools.lru_cache(maxsize=None)
def _of_python(count):
    """As many threads of Python's, for where PyTorch's cannot be had."""
    return pool_of(ThreadPoolExecutor(count))[0], None


_own = _of_torch()


def kind() -> str:
    """Whose threads share the rows of a call: "torch" or "python"."""
    return "torch" if _own else "python"


def threads():
    """parallel_for and pool of a call."""
    count = torch.get_num_threads()
    return _NONE if count == 1 else _own or _of_python(count)
