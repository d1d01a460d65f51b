"""make_data.py - makes digits.txt and genesis.txt anew from the packages that carry them: see README.md beside this file

    pip install -r requirements.txt && apt-get install bible-kjv
    python3 make_data.py
"""

import pathlib
import re
import subprocess

from sklearn.datasets import load_digits

HERE = pathlib.Path(__file__).parent
LEVELS = "0123456789abcdefg"  # 16 is a level of its own


def digits():
    data = load_digits()
    for label, image in zip(data.target, data.data.astype(int)):
        yield f"{label} {''.join(LEVELS[level] for level in image)}\n"


def genesis():
    out = subprocess.run(["bible", "-f", "gen1:1-gen50:26"], check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    for line in out.stdout.splitlines():
        if line.strip():
            yield re.sub(r"^\S+ +", "", line).strip() + "\n"  # the reference, "Gen1:1"


(HERE / "digits.txt").write_text("".join(digits()))
(HERE / "genesis.txt").write_text("".join(genesis()))
