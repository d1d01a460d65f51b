#!/usr/bin/env bash
# check_torch.sh - libln.torch from the wheel, beside the PyTorch that python3 has: the program of README and the tests
#	pip install torch pytest, and transformers diffusers for the models; no PyTorch is installed here, since it is large
set -eu
cd "$(dirname "$0")/../.."
here=bindings/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -c 'import torch, pytest' 2> /dev/null || { echo "skipped: torch_ops: python3 has no torch and pytest"; exit 0; }
pip=(python3 -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install --target "$work/tools" scikit-build-core ninja 2> "$work/log" || { echo "skipped: torch_ops: pip reaches no packages"; exit 0; }
cp -r $here "$work/python"	# nothing is left in the tree
scripts/amalgamate "$work/python/csrc"
PYTHONPATH=$work/tools PATH=$work/tools/bin:$PATH "${pip[@]}" wheel --no-deps --no-build-isolation --wheel-dir "$work/wheels" "$work/python"
"${pip[@]}" install --no-deps --target "$work/site" "$work"/wheels/*.whl

export PYTHONPATH=$work/site
sed -n '/^```py$/,/^```$/p' $here/README.md | grep -v '^```' > "$work/readme.py"
diff <(cd "$work" && python3 readme.py) <(sed -n 's/^print.*  # //p' "$work/readme.py")
python3 -c 'import transformers, diffusers' 2> /dev/null || echo "skipped: torch_ops: python3 has no transformers and diffusers: no model is tried"
python3 -B -m pytest -q -p no:cacheprovider $here/tests_torch
