#!/usr/bin/env bash
# check.sh - the wheel, built and installed as its README says in a fresh virtual environment, the README's program, and the tests
set -eu
cd "$(dirname "$0")/../.."
here=bindings/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

python3 -m venv "$work/venv" 2> "$work/log" || { echo "skipped: python: python3 makes no virtual environment: python3-venv"; exit 0; }
pip=("$work/venv/bin/python" -m pip --quiet --disable-pip-version-check)
"${pip[@]}" install pytest hypothesis ml_dtypes numpy scikit-build-core ninja 2> "$work/log" || { echo "skipped: python: pip reaches no packages"; exit 0; }

cp -r $here "$work/python"	# nothing is left in the tree
scripts/amalgamate "$work/python/csrc"
"${pip[@]}" wheel --no-deps --no-build-isolation --wheel-dir "$work/wheels" "$work/python"
"${pip[@]}" install --no-deps "$work"/wheels/*.whl
ls "$work/wheels"

sed -n '/^```python$/,/^```$/p' $here/README.md | grep -v '^```' > "$work/readme.py"
diff <(cd "$work" && venv/bin/python readme.py) <(sed -n 's/^print.*  # //p' "$work/readme.py")
"$work/venv/bin/python" $here/tests/speed.py
"$work/venv/bin/python" -B -m pytest -q -p no:cacheprovider $here/tests
