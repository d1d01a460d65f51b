#!/usr/bin/env python3
"""npy.py - make, break and judge .npy files with nothing but the standard library

make FILE SHAPE [SEED]              random numbers (offset 3, deviation 2); SHAPE as in 4x384
sparse FILE ROWS COLS               zeros that take no space on disk
hostile FILE                        8 x 40, with a NaN in row 2, an infinity in row 5 and row 6 constant
slice IN OUT FROM TO                some rows of a matrix
reshape IN OUT SHAPE                the same numbers
corpus FOLDER                       malformed files; prints one line each: name, tab, what the error must say
valid FOLDER                        the same matrix under unusual but valid headers; prints their names
verify X Y COLS EPS [G|- [B|-]]     Y is the layer norm of X, within the bound of ln.h
layout FILE                         header: version 1.0, padded with spaces to a multiple of 64, newline; prints the shape
same A B                            the same shape and bits of data
floats FILE ROW COLS                prints the bits of a row, in hexadecimal
pty SIGNAL COMMAND...               run with stderr on a terminal, COLUMNS wide; print what it shows. SIGNAL is sent when a '%' appears; NONE: never
kill SIGNAL FOLDER COMMAND...       run, and send SIGNAL once the temporary file is in FOLDER; print the name of what ended the command

It is started some two hundred times: what only one command needs, that command imports.
"""
import ast
import math
import os
import struct
import sys

MAGIC = b"\x93NUMPY"


def header(text, version=(1, 0)):
    length = struct.pack("<H" if version[0] == 1 else "<I", len(text))
    return MAGIC + bytes(version) + length + text.encode("latin1")


def shape_text(shape):
    return "(" + "".join(f"{n}, " for n in shape).rstrip() + ")"


def pad(text, prefix=10):
    return text + " " * (-(len(text) + prefix + 1) % 64) + "\n"


def plain(shape):
    return header(pad(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape_text(shape)}, }}"))


def pack(values):
    return struct.pack(f"<{len(values)}f", *values)


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def read(path):
    """The shape and the raw bytes of the data."""
    with open(path, "rb") as f:
        content = f.read()
    assert content[:6] == MAGIC, "magic"
    size = struct.unpack("<H", content[8:10])[0] if content[6] == 1 else struct.unpack("<I", content[8:12])[0]
    begin = 10 if content[6] == 1 else 12
    entries = ast.literal_eval(content[begin:begin + size].decode("latin1"))
    assert entries["descr"] == "<f4" and entries["fortran_order"] is False
    data = content[begin + size:]
    assert len(data) == 4 * math.prod(entries["shape"]), "size of the data"
    return entries["shape"], data


def floats(data):
    return struct.unpack(f"<{len(data) // 4}f", data)


def numbers(text):
    return tuple(int(n) for n in text.split("x") if n)


def make(path, shape, seed="1"):
    import random

    rng = random.Random(int(seed))
    write(path, plain(numbers(shape)) + pack([rng.gauss(3, 2) for _ in range(math.prod(numbers(shape)))]))


def sparse(path, rows, cols):
    head = plain((int(rows), int(cols)))
    write(path, head)
    os.truncate(path, len(head) + 4 * int(rows) * int(cols))


def hostile(path):
    import random

    rng = random.Random(7)
    rows = [[rng.gauss(0, 1) for _ in range(40)] for _ in range(8)]
    rows[2][20], rows[5][39], rows[6] = math.nan, math.inf, [0.1] * 40
    write(path, plain((8, 40)) + pack(sum(rows, [])))


def slice_rows(source, path, begin, end):
    shape, data = read(source)
    row = 4 * shape[1]
    write(path, plain((int(end) - int(begin), shape[1])) + data[int(begin) * row:int(end) * row])


def reshape(source, path, shape):
    write(path, plain(numbers(shape)) + read(source)[1])


def corpus(folder):
    def dict_text(descr="'<f4'", order="False", shape="(2, 3)"):
        return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}"

    data = pack([1, 2, 3, 4, 5, 6])
    good = header(pad(dict_text()))
    no_rows = {f"no-rows-{descr[2:4]}-{width}": header(pad(dict_text(descr, shape=f"(0, {width})")))
               for descr, width in (("'<f4'", 2 ** 62), ("'<f2'", 2 ** 63), ("'<f8'", 2 ** 61), ("'<f4'", 2 ** 60))}
    cases = {
        **{name: (content, "has more rows or columns than memory can hold") for name, content in no_rows.items()},
        "empty": (b"", "empty"),
        "short": (MAGIC, "too short for an .npy file: 6 bytes"),
        "magic": (b"PK\x03\x04" + good[4:] + data, "not an .npy file: it begins with the bytes 50 4b 03 04"),
        "version-0.0": (good[:6] + b"\0\0" + good[8:] + data, "version 0.0; supported are 1.0, 2.0 and 3.0"),
        "version-4.0": (good[:6] + b"\4\0" + good[8:] + data, "version 4.0; supported are 1.0, 2.0 and 3.0"),
        "version-1.1": (good[:6] + b"\1\1" + good[8:] + data, "version 1.1; supported are 1.0, 2.0 and 3.0"),
        "header-cut": (good[:50], "the header claims 118 bytes, the file has 40 after its first 10"),
        "header-cut-v2": (MAGIC + b"\2\0\1\0", "too short for an .npy file|truncated in the header"),
        "header-cut-v3": (MAGIC + b"\3\0\1\0\0", "truncated in the header: 11 bytes"),
        "header-length": (MAGIC + b"\1\0\xff\xff" + good[10:] + data, "the header claims 65535 bytes, the file has 142"),
        "header-length-v2": (MAGIC + b"\2\0\xff\xff\xff\xff" + good[10:] + data, "the header claims 4294967295 bytes"),
        "header-zero": (MAGIC + b"\1\0\0\0" + data, "malformed header: it ends where '{' is expected"),
        "data-cut": (good + data[:-1], r"truncated: shape \(2, 3\) needs 24 bytes of data, the file has 23"),
        "data-none": (good, r"truncated: shape \(2, 3\) needs 24 bytes of data, the file has 0"),
        "data-more": (good + data + b"x", r"1 bytes too many: shape \(2, 3\) needs 24 bytes of data, the file has 25"),
    }
    texts = {
        "big-endian": (dict_text("'>f4'"), r"dtype '>f4' \(big-endian float32\); supported are '<f2', '<f4' and '<f8' \(little-endian float16, "
                       "float32 and float64\)"),
        "big-endian-float64": (dict_text("'>f8'"), r"dtype '>f8' \(big-endian float64\); supported are"),
        "long-double": (dict_text("'<f16'"), r"dtype '<f16' \(little-endian long double\); supported are"),
        "bfloat16": (dict_text("'<V2'"), r"dtype '<V2' \(little-endian 2 raw bytes, perhaps bfloat16\); supported are"),
        "float64-cut": (dict_text("'<f8'"), r"truncated: shape \(2, 3\) needs 48 bytes of data, the file has 24"),
        "float16-more": (dict_text("'<f2'"), r"12 bytes too many: shape \(2, 3\) needs 12 bytes of data, the file has 24"),
        "int64": (dict_text("'<i8'"), r"dtype '<i8' \(little-endian int64\); supported are '<f2', '<f4' and '<f8'"),
        "bool": (dict_text("'|b1'"), r"dtype '\|b1' \(bool\); supported are '<f2', '<f4' and '<f8'"),
        "object": (dict_text("'|O'"), r"dtype '\|O' \(Python objects\); supported are '<f2', '<f4' and '<f8'"),
        "unknown-dtype": (dict_text("'wonder'"), r"dtype 'wonder' \(unknown\); supported are '<f2', '<f4' and '<f8'"),
        "no-dtype": (dict_text("''"), r"dtype '' \(unknown\); supported are '<f2', '<f4' and '<f8'"),
        "escape": (dict_text("'\x1b[31m'"), r"dtype '\?\[31m' \(unknown\)"),
        "long-dtype": (dict_text("'" + "A" * 300 + "'"), r"dtype 'A{40}\.\.\.' \(unknown\)"),
        "structured": (dict_text("[('a', '<f4')]"), "structured dtype"),
        "fortran": (dict_text(order="True"), "Fortran order.*supported is C order"),
        "fortran-number": (dict_text(order="0"), "True or False for 'fortran_order' expected at"),
        "0-d": (dict_text(shape="()"), "0 dimensions"),
        "negative": (dict_text(shape="(2, -3)"), "a dimension that is not negative expected at \"-3"),
        "float-dim": (dict_text(shape="(2, 3.0)"), "',' or '\\)' in the shape expected at"),
        "number-shape": (dict_text(shape="6"), r"'\(' of the shape expected at"),
        "no-comma": (dict_text(shape="(6)"), r"one dimension needs a comma"),
        "two-commas": (dict_text(shape="(2,, 3)"), "a dimension expected at"),
        "only-comma": (dict_text(shape="(,)"), "a dimension expected at"),
        "list-shape": (dict_text(shape="[2, 3]"), r"'\(' of the shape expected at"),
        "huge-dim": (dict_text(shape=f"({10 ** 30}, 3)"), "a dimension of the shape is too large"),
        "overflow": (dict_text(shape=f"({2 ** 62}, {2 ** 62})"), f"shape \\({2 ** 62}, {2 ** 62}\\) has more elements than memory"),
        "overflow-bytes": (dict_text(shape=f"({2 ** 62}, 1)"), "more elements than memory"),
        "overflow-to-24": (dict_text(shape=f"({2 ** 62 + 3}, 2)"), "more elements than memory"),
        "65-dims": (dict_text(shape="(" + "1, " * 65 + ")"), "more than 64 dimensions"),
        "open-dict": (dict_text()[:-1], "ends where a quoted string is expected"),
        "open-shape": ("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3", r"ends where ',' or '\)' in the shape is expected"),
        "open-string": ("{'descr': '<f4", "a string with a closing quote expected at"),
        "garbage": ("hello", "'{' expected at \"hello"),
        "after": (dict_text() + "x", "nothing but padding after the '}' expected at \"x"),
        "key-unknown": (dict_text()[:-2] + "'extra': 1}", "unknown key 'extra'"),
        "key-twice": (dict_text()[:-2] + "'shape': (2, 3)}", "key 'shape' twice"),
        "key-number": ("{1: 2}", "a quoted string expected at \"1: 2"),
        "colon": (dict_text().replace("':", "'="), "':' after a key expected at"),
        "comma": (dict_text().replace("4',", "4'"), "',' or '}' expected at"),
        "no-descr": ("{'fortran_order': False, 'shape': (2, 3)}", "key 'descr' is missing"),
        "no-order": ("{'descr': '<f4', 'shape': (2, 3)}", "key 'fortran_order' is missing"),
        "no-shape": ("{'descr': '<f4', 'fortran_order': False}", "key 'shape' is missing"),
        "empty-dict": ("{}", "key 'descr' is missing"),
    }
    cases.update({name: (header(pad(text)) + data, say) for name, (text, say) in texts.items()})
    for name, (content, say) in cases.items():
        write(f"{folder}/{name}.npy", content)
        print(f"{name}\t{say}")


def valid(folder):
    data = pack([1, 2, 3, 4, 5, 7])
    usual = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
    cases = {
        "usual": header(pad(usual)),
        "version-2": header(pad(usual, 12), (2, 0)),
        "version-3": header(pad(usual, 12), (3, 0)),
        "order-of-keys": header(pad("{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}")),
        "double-quotes": header(pad(usual.replace("'", '"'))),
        "spaces": header(pad(" \t{ 'descr'\n: '<f4' ,'fortran_order' :False,  'shape' : (\n2 ,3 , ) } ")),
        "tight": header("{'descr':'<f4','fortran_order':False,'shape':(2,3)}"),
        "misaligned-1": header(usual + " " * (1 + -(len(usual) + 10) % 4)),
        "misaligned-2": header(usual + " " * (2 + -(len(usual) + 10) % 4)),
        "python-2": header(pad(usual.replace("2, 3", "2L, 3L"))),
        "long-header": header(usual + " " * 70000, (2, 0)),
    }
    for name, head in cases.items():
        write(f"{folder}/{name}.npy", head + data)
        print(name)


def verify(x_path, y_path, cols, eps, gamma="-", beta="-"):
    cols, u = int(cols), 2.0 ** -24
    (x_shape, x), (y_shape, y) = read(x_path), read(y_path)
    assert x_shape == y_shape, f"shape {y_shape}, not {x_shape}"
    gamma = floats(read(gamma)[1]) if gamma != "-" else [1.0] * cols
    beta = floats(read(beta)[1]) if beta != "-" else [0.0] * cols
    x, y = floats(x), floats(y)
    for at in range(0, len(x), cols):
        row = x[at:at + cols]
        mean = math.fsum(row) / cols
        var = math.fsum((v - mean) ** 2 for v in row) / cols + float(eps)
        rstd = 1 / math.sqrt(var) if var > 0 else 0.0
        for i, v in enumerate(row):
            xhat = (v - mean) * rstd
            exact = xhat * gamma[i] + beta[i]
            bound = 8 * u * (abs(gamma[i]) * max(1, abs(xhat)) + abs(beta[i])) + u * abs(exact)
            if math.isnan(exact):
                assert math.isnan(y[at + i]), f"element {at + i}: {y[at + i]}, not NaN"
            else:
                assert abs(y[at + i] - exact) <= bound, f"element {at + i}: {y[at + i]}, exact {exact}"


def layout(path):
    with open(path, "rb") as f:
        content = f.read()
    size = struct.unpack("<H", content[8:10])[0]
    assert content[:8] == MAGIC + b"\1\0" and (10 + size) % 64 == 0
    assert content[9 + size:10 + size] == b"\n"
    shape, _ = read(path)
    assert content[10:10 + size].rstrip().decode() == f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    print(shape)


def same(a, b):
    assert read(a) == read(b), f"{a} and {b} differ"


def print_row(path, row, cols):
    row, cols = int(row), int(cols)
    print(" ".join(f"{bits:08x}" for bits in struct.unpack(f"<{cols}I", read(path)[1][4 * row * cols:4 * (row + 1) * cols])))


def on_terminal(name, *command):
    import pty
    import signal
    import subprocess
    import termios

    terminal, stderr = pty.openpty()
    if "COLUMNS" in os.environ:
        termios.tcsetwinsize(stderr, (24, int(os.environ["COLUMNS"])))
    child = subprocess.Popen(command, stderr=stderr)
    os.close(stderr)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 4096)
        except OSError:             # the other end is closed
            break
        shown += piece
        if name != "NONE" and b"%" in piece:
            child.send_signal(signal.Signals["SIG" + name])
    print(shown.decode().replace("\r", "\n").replace("\x1b[K", "") + how_it_ended(child))


def kill(name, folder, *command):
    import glob
    import resource
    import signal
    import subprocess
    import time

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    child = subprocess.Popen(command)           # a shell would make it ignore SIGINT and SIGQUIT
    while not glob.glob(folder + "/.lnorm-*"):
        assert child.poll() is None, "it ended before its temporary file was seen"
        time.sleep(0.01)
    child.send_signal(signal.Signals["SIG" + name])
    print(how_it_ended(child))


def how_it_ended(child):
    import signal

    status = child.wait()
    return signal.Signals(-status).name if status < 0 else f"status {status}"


COMMANDS = {"make": make, "sparse": sparse, "hostile": hostile, "slice": slice_rows, "reshape": reshape, "corpus": corpus,
            "valid": valid, "verify": verify, "layout": layout, "same": same, "floats": print_row, "pty": on_terminal, "kill": kill}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
