"""The bits of the library's own golden files, from Python, on every kernel."""

import ctypes
import pathlib
import subprocess
import sys

import ml_dtypes
import numpy as np
import pytest

import libln

TESTS = pathlib.Path(__file__).resolve().parents[3] / "tests"
COUNTS, ROWS = (1, 5, 64, 384, 768, 1025, 4097), 3
DTYPES = {"f32": (1, np.float32), "f64": (2, np.float64), "bf16": (3, ml_dtypes.bfloat16), "f16": (4, np.float16)}
FUSED = {"avx2", "avx512", "neon"}


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    library = tmp_path_factory.mktemp("golden") / "golden.so"
    sources = [pathlib.Path(__file__).with_name("golden.c"), TESTS / "support/rows.c", TESTS / "support/types.c"]
    subprocess.run(["cc", "-std=gnu11", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "-I", TESTS / "support", "-I", TESTS.parent / "include",
                    *sources, "-o", library, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.golden_eps.restype, loaded.golden_hash.restype = ctypes.c_double, ctypes.c_uint64
    loaded.golden_fill.argtypes = [ctypes.c_size_t, ctypes.c_uint32, ctypes.c_size_t, ctypes.c_size_t, *[ctypes.c_void_p] * 3]
    loaded.golden_eps.argtypes, loaded.golden_hash.argtypes = [ctypes.c_size_t], [ctypes.c_void_p, ctypes.c_size_t]
    return loaded


@pytest.mark.skipif(sys.byteorder != "little", reason="the hashes are of the lowest byte first")
@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm"])
@pytest.mark.parametrize("name", DTYPES)
def test_golden(golden, norm, name):
    type_, dtype = DTYPES[name]
    lines = [line for line in (TESTS / f"golden/{norm}_{name}.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 100
    try:
        for isa in libln.isas():
            libln.set_isa(isa)
            for i, line in enumerate(lines):
                kind, cols = i // len(COUNTS), COUNTS[i % len(COUNTS)]
                x, gamma, beta = np.empty((ROWS, cols), dtype), np.empty(cols, dtype), np.empty(cols, dtype)
                golden.golden_fill(kind, type_, ROWS, cols, x.ctypes.data, gamma.ctypes.data, beta.ctypes.data)
                eps = golden.golden_eps(kind)
                y = libln.layer_norm(x, gamma, beta, eps=eps) if norm == "layernorm" else libln.rms_norm(x, gamma, eps=eps)
                assert f"{golden.golden_hash(y.ctypes.data, y.nbytes):016x}" == line.split()[1 + (isa in FUSED)], f"{isa}: {line}"
    finally:
        libln.set_isa(None)
