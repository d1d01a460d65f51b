#!/bin/sh
# migrate.sh PROGRAM - docs/migrate.md has the functions of examples/migrate word for word, and PROGRAM finds that they give what they should
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The page's blocks, and the files from their first function on: the same text, in the same order, but for empty lines between functions.
awk '/^```c$/ { code = 1; next } /^```$/ { code = 0 } code' docs/migrate.md > "$work/page"
for name in pytorch huggingface vllm onnxruntime ggml images; do
	awk '/^int / { code = 1 } code; /^}$/ { code = 0 }' "examples/migrate/$name.c"
done > "$work/files"
[ "$(grep -c '^int ' "$work/files")" -ge 18 ] || { echo "too few functions to be true"; exit 1; }
diff "$work/page" "$work/files" || { echo "docs/migrate.md is not what examples/migrate has"; exit 1; }

# Each of them is called by the check.
sed -nE 's/^int ([a-z0-9_]+)\(.*/\1/p' "$work/files" | while read -r name; do
	grep -q "[^\"]\b$name(" examples/migrate/check.c || { echo "$name is not checked"; exit 1; }
done
exec "$1"
