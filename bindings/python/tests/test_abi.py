"""The structs and constants of _abi.py are those of ln.h, as a C compiler lays them out."""

import ctypes
import pathlib
import re
import subprocess

from libln import _abi

HEADER = pathlib.Path(__file__).resolve().parents[3] / "include/ln.h"
STRUCTS = {"ln_desc": _abi.Desc, "ln_forward_tensors": _abi.ForwardTensors, "ln_backward_tensors": _abi.BackwardTensors}


def test_layout(tmp_path):
    lines = [f'printf("{name} %zu\\n", sizeof({name}));' for name in STRUCTS]
    lines += [f'printf("{name}.{field[0]} %zu\\n", offsetof({name}, {field[0]}));' for name, struct in STRUCTS.items() for field in struct._fields_]
    source, program = tmp_path / "layout.c", tmp_path / "layout"
    source.write_text("#include <ln.h>\n#include <stdio.h>\nint main(void) {\n" + "\n".join(lines) + "\nreturn 0; }\n")
    subprocess.run(["cc", "-I", HEADER.parent, source, "-o", program], check=True)
    found = dict(line.split() for line in subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines())
    for name, struct in STRUCTS.items():
        assert int(found[name]) == ctypes.sizeof(struct)
        for field in struct._fields_:
            assert int(found[f"{name}.{field[0]}"]) == getattr(struct, field[0]).offset


def test_constants():
    defined = dict(re.findall(r"#define LN_(\w+) \(?(-?(?:0x)?[0-9A-Fa-f]+)u?\)?", HEADER.read_text()))
    checked = 0
    for name, text in defined.items():
        if hasattr(_abi, name):
            assert getattr(_abi, name) == int(text, 0), name
            checked += 1
    assert checked >= 22
