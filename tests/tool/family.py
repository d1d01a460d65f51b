#!/usr/bin/env python3
"""family.py - make and judge .npy files of every type and norm, in decimal arithmetic; nothing but the standard library

make FILE TYPE SHAPE [SEED]         random numbers (offset 3, deviation 2); TYPE is float16, float32 or float64; SHAPE as in 4x384
convert IN OUT TYPE                 the same numbers, where the type holds them
type FILE                           prints type and shape
verify X Y [KEY=VALUE...]           Y is the norm of X, within the bound of ln.h. Keys: norm, eps, cols, flags (plus-one, outside, before), act
                                    (silu, sigmoid); files: gamma, beta, residual, gate, sum, mean, rstd
"""
import decimal
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
from npy import MAGIC, header, numbers, pad, shape_text, write  # noqa: E402

D = decimal.Decimal
decimal.getcontext().prec = 60
TYPES = {"float16": ("<f2", "e", 11, -24), "float32": ("<f4", "f", 24, -149), "float64": ("<f8", "d", 53, -1074)}


def save(path, name, shape, values):
    descr, letter, _, _ = TYPES[name]
    head = header(pad(f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape_text(shape)}, }}"))
    write(path, head + struct.pack(f"<{len(values)}{letter}", *values))


def load(path):
    """Type, shape and values; the file must be as lnorm and NumPy write it."""
    import ast

    with open(path, "rb") as f:
        content = f.read()
    assert content[:8] == MAGIC + b"\1\0", "magic"
    end = 10 + struct.unpack("<H", content[8:10])[0]
    assert end % 64 == 0, "padding"
    entries = ast.literal_eval(content[10:end].decode("latin1"))
    name = {descr: name for name, (descr, *_) in TYPES.items()}[entries["descr"]]
    letter = TYPES[name][1]
    count = (len(content) - end) // struct.calcsize("<" + letter)
    return name, entries["shape"], struct.unpack(f"<{count}{letter}", content[end:])


def rounded(value, name):
    return struct.unpack("<" + TYPES[name][1], struct.pack("<" + TYPES[name][1], value))[0]


def half_step(value, name):
    """Half the distance of two neighbours, at most."""
    _, _, digits, smallest = TYPES[name]
    return max(abs(value) * D(2) ** -digits, D(2) ** smallest / 2)


def make(path, name, shape, seed="1"):
    import math
    import random

    rng = random.Random(int(seed))
    save(path, name, numbers(shape), [rng.gauss(3, 2) for _ in range(math.prod(numbers(shape)))])


def convert(source, path, name):
    _, shape, values = load(source)
    save(path, name, shape, values)


def print_type(path):
    name, shape, _ = load(path)
    print(name, shape)


def statistics(row, norm, eps, outside):
    mean = sum(row) / len(row) if norm == "layernorm" else D(0)
    var = sum((v - mean) ** 2 for v in row) / (1 if norm == "l2norm" else len(row))
    return mean, 1 / (var.sqrt() + eps if outside else (var + eps).sqrt())


def activated(value, act):
    sigma = 1 / (1 + (-value).exp())
    return sigma if act == "sigmoid" else value * sigma


def close(found, exact, allowed, what):
    assert abs(D(found) - exact) <= allowed, f"{what}: {found}, exact {exact:.20}, allowed {allowed:.3}"


def verify(x_path, y_path, *settings):
    given = dict(setting.split("=") for setting in settings)
    files = {key: load(given[key]) for key in ("gamma", "beta", "residual", "gate", "sum", "mean", "rstd") if key in given}
    x_type, shape, x = load(x_path)
    y_type, y_shape, y = load(y_path)
    assert y_shape == shape, f"shape {y_shape}, not {shape}"
    wide, cols, flags = "float64" if x_type == "float64" else "float32", int(given.get("cols", shape[-1])), given.get("flags", "")
    u = D(2) ** -TYPES[wide][2]
    s = [rounded(a + b, wide) for a, b in zip(x, files["residual"][2])] if "residual" in files else x
    act, before, gate = given.get("act", "silu"), "before" in flags, files["gate"][2] if "gate" in files else None
    if before:
        s = [D(a) * activated(D(g), act) for a, g in zip(x, gate)]
        for found, exact in zip(files["sum"][2], s):
            close(found, exact, 8 * u * abs(exact) + half_step(exact, files["sum"][0]), "product")
    elif "sum" in files:
        assert list(files["sum"][2]) == [rounded(v, files["sum"][0]) for v in s] and files["sum"][1] == shape, "sum"
    for at in range(0, len(x), cols):
        row = [D(v) for v in s[at:at + cols]]
        mean, rstd = statistics(row, given.get("norm", "layernorm"), D(float(given.get("eps", "1e-5"))), "outside" in flags)
        for key, exact in ("mean", mean), ("rstd", rstd):
            if key in files:
                close(files[key][2][at // cols], exact, 16 * u * max(abs(exact), 1), key)
        for i, v in enumerate(row):
            gamma = D(files["gamma"][2][i]) if "gamma" in files else D(1)
            gamma = D(rounded(1 + float(gamma), wide)) if "plus-one" in flags else gamma
            beta = D(files["beta"][2][i]) if "beta" in files else D(0)
            xhat = (v - mean) * rstd
            exact, allowed = xhat * gamma + beta, (24 if before else 8) * u * (abs(gamma) * max(1, abs(xhat)) + abs(beta))
            if not before and (gate or "act" in given):
                factor = activated(D(gate[at + i]) if gate else exact, act)
                exact, allowed = (exact * factor if gate else factor), (allowed + 8 * u * abs(exact)) * max(1, abs(factor))
            close(y[at + i], exact, allowed + half_step(exact, y_type) * D("1.01"), f"element {at + i}")


COMMANDS = {"make": make, "convert": convert, "type": print_type, "verify": verify}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
