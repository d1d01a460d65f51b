"""times.py - how long a step of training takes with no norm and with layer norm: times.py --programs FOLDER --out FOLDER

Of each experiment a short and a longer run: the difference of their times belongs to the steps between, since both begin and end with the
same judging. The nets take turns, and the least of several rounds counts. Batch norm is left out: its loops are plain C, and libln's would
look too good beside them. Writes times.json, which claims.py reads; another run has other numbers.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess

from experiments import FULL

ROUNDS = 3
STEPS = {"mlp-128": 300, "mlp-4": 3000, "chars": 40, "embed-recipe-13": 60, "embed-recipe-42": 24, "embed-recipe-100": 10}


def seconds(program, e, norm, steps):
    """Of the processor: other processes do not count."""
    command = [program, "--norm", norm, "--batch", str(e["batch"]), "--steps", str(steps), "--every", "1000000", "--out", os.devnull]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command + e["options"], check=True, stderr=subprocess.DEVNULL)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before


def milliseconds(program, e, steps):
    """{norm: of a step}"""
    least = {}
    for _ in range(ROUNDS):
        for norm in ("none", "layer"):
            for count in (1, 1 + steps):
                key = norm, count
                least[key] = min(least.get(key, float("inf")), seconds(program, e, norm, count))
    return {norm: 1000 * (least[norm, 1 + steps] - least[norm, 1]) / steps for norm in ("none", "layer")}


def cpu():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "an unknown CPU"


def main():
    parser = argparse.ArgumentParser(description="Measure how long a step takes.")
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    options = parser.parse_args()
    ms = {x: milliseconds(options.programs / FULL[x]["program"], FULL[x], steps) for x, steps in STEPS.items()}
    ms = {x: {norm: round(value, 4) for norm, value in of.items()} for x, of in ms.items()}
    (options.out / "times.json").write_text(json.dumps({"cpu": cpu(), "ms": ms}, indent="\t") + "\n")


if __name__ == "__main__":
    main()
