"""The bits of the library's own golden files, from Python, on every kernel."""

import ctypes
import pathlib
import re
import subprocess

import ml_dtypes
import numpy as np
import pytest

import libln

TESTS = pathlib.Path(__file__).resolve().parents[3] / "tests"
LINE = re.compile(r"\w{16} (?P<unfused>\w{16}) (?P<fused>\w{16})  (?P<rows>\d+) x (?P<cols>\d+), eps [^,]*, (?P<kind>.*)")
DTYPES = {"f32": (1, np.float32), "f64": (2, np.float64), "bf16": (3, ml_dtypes.bfloat16), "f16": (4, np.float16)}
NORMS = {
    "layernorm": lambda x, gamma, beta, eps: libln.layer_norm(x, gamma, beta, eps=eps),
    "rmsnorm": lambda x, gamma, beta, eps: libln.rms_norm(x, gamma, eps=eps),
    "l2norm": lambda x, gamma, beta, eps: libln.l2_norm(x, gamma, eps=eps),
}
FUSED = {"avx2", "avx512", "neon", "sve"}


@pytest.fixture(scope="module")
def golden(tmp_path_factory):
    library = tmp_path_factory.mktemp("golden") / "golden.so"
    sources = [pathlib.Path(__file__).with_name("golden.c"), TESTS / "support/rows.c", TESTS / "support/types.c"]
    subprocess.run(["cc", "-std=gnu11", "-O2", "-ffp-contract=off", "-shared", "-fPIC", "-I", TESTS / "support", "-I", TESTS.parent / "include",
                    *sources, "-o", library, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.golden_eps.restype, loaded.golden_hash.restype = ctypes.c_double, ctypes.c_uint64
    loaded.golden_fill.argtypes = [ctypes.c_size_t, ctypes.c_uint32, ctypes.c_size_t, ctypes.c_size_t, *[ctypes.c_void_p] * 3]
    loaded.golden_kind.restype, loaded.golden_kind.argtypes = ctypes.c_size_t, [ctypes.c_char_p]
    loaded.golden_eps.argtypes, loaded.golden_hash.argtypes = [ctypes.c_size_t], [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    return loaded


@pytest.mark.parametrize("norm", ["layernorm", "rmsnorm", "l2norm"])
@pytest.mark.parametrize("name", DTYPES)
def test_golden(golden, norm, name):
    type_, dtype = DTYPES[name]
    lines = [line for line in (TESTS / f"golden/{norm}_{name}.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 100
    try:
        for isa in libln.isas():
            libln.set_isa(isa)
            for line in lines:
                case = LINE.fullmatch(line)
                kind, rows, cols = golden.golden_kind(case["kind"].encode()), int(case["rows"]), int(case["cols"])
                x, gamma, beta = np.empty((rows, cols), dtype), np.empty(cols, dtype), np.empty(cols, dtype)
                golden.golden_fill(kind, type_, rows, cols, x.ctypes.data, gamma.ctypes.data, beta.ctypes.data)
                eps = golden.golden_eps(kind)
                y = NORMS[norm](x, gamma, beta, eps)
                found = golden.golden_hash(y.ctypes.data, y.nbytes, y.itemsize)
                assert f"{found:016x}" == case["fused" if isa in FUSED else "unfused"], f"{isa}: {line}"
    finally:
        libln.set_isa(None)
