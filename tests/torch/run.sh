#!/bin/sh
# run.sh LIBRARY - samples.py on libln.so, if python3 has PyTorch: pip install torch numpy expecttest
set -eu
python3 -c 'import torch, numpy, expecttest' 2> /dev/null || { echo "skipped: torch: python3 has no torch, numpy and expecttest"; exit 0; }
LIBLN_LIBRARY=$(realpath "$1") PYTHONPATH=$(dirname "$0")/../../bindings/python/src exec python3 -B "$(dirname "$0")/samples.py"
