"""speed.py - what a norm of one row costs from Python, beside the same call from C: python3 speed.py, where libln is installed"""

import ctypes
import pathlib
import statistics
import subprocess
import tempfile
import timeit

import numpy as np

import libln
from libln import _abi

CALLS = 20000
LOOP = """
#include <stddef.h>
typedef int call(size_t, size_t, const float *, const float *, const float *, double, float *);
void repeat(call *f, size_t times, const float *x, const float *gamma, const float *beta, float *y)
{
	for (size_t i = 0; i < times; i++)
		f(1, 768, x, gamma, beta, 1e-5, y);
}
"""


def compiled(folder):
    source, library = pathlib.Path(folder, "loop.c"), pathlib.Path(folder, "loop.so")
    source.write_text(LOOP)
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", source, "-o", library], check=True)
    return ctypes.CDLL(str(library)).repeat


def nanoseconds(function, calls=CALLS):
    return timeit.timeit(function, number=calls) / calls * 1e9


def main():
    x, y = np.random.default_rng(1).normal(size=(1, 768)).astype(np.float32), np.empty((1, 768), np.float32)
    gamma, beta = np.ones(768, np.float32), np.zeros(768, np.float32)
    addresses = [ctypes.c_void_p(array.ctypes.data) for array in (x, gamma, beta, y)]
    with tempfile.TemporaryDirectory() as folder:
        repeat = compiled(folder)
        ways = {
            "C": lambda: nanoseconds(lambda: repeat(_abi.lib.ln_layernorm_f32, ctypes.c_size_t(CALLS), *addresses), 1) / CALLS,
            "out": lambda: nanoseconds(lambda: libln.layer_norm(x, gamma, beta, out=y)),
            "new": lambda: nanoseconds(lambda: libln.layer_norm(x, gamma, beta)),
            "axis": lambda: nanoseconds(lambda: libln.layer_norm(x, gamma, beta, axis=-1), CALLS // 20),
        }
        times = {way: statistics.median(measure() for _ in range(7)) for way, measure in ways.items()}
    print(f"one row of 768 floats, {libln.isa()}, from C: {times['C']:.0f} ns")
    for way, words in (("out", "with out="), ("new", "a new array"), ("axis", "what the short way leaves")):
        print(f"{words}: {times[way]:.0f} ns, {times[way] - times['C']:.0f} more")


if __name__ == "__main__":
    main()
