#!/bin/sh
# library.sh LIBRARY - the built shared library: what it needs, what it exports, its size
set -eu
library=$(realpath "$1")
cd "$(dirname "$0")/.."

echo "it needs libc, libm and libcpuinfo only"
needed=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
for soname in $needed; do
	case $soname in
	libc.so.6 | libm.so.6 | libcpuinfo.so.0) ;;
	*) echo "unexpected: $soname"; exit 1 ;;
	esac
done

echo "it exports ln_* only, and all that ln.h declares"
exported=$(nm -D --defined-only "$library" | awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort)
# One declaration to a line, without comments, however many lines it has in the header.
declared=$(cc -E -P include/ln.h | tr '\n' ' ' | tr ';' '\n' |
	sed -n 's/.*visibility("default"))) [^(]*[ *]\(ln_[a-z0-9_]*\)(.*/\1/p' | sort)
[ "$(echo "$declared" | wc -l)" -ge 20 ] || { echo "too few declarations to be true: $declared"; exit 1; }
[ "$exported" = "$declared" ] || { echo "exported: $exported"; echo "declared: $declared"; exit 1; }
[ -z "$(nm -D --defined-only "$library" | awk '$2 != "T" && $3 !~ /^LN_[0-9]+[.][0-9]+$/')" ] || { nm -D --defined-only "$library"; exit 1; }

echo "its SONAME is libln.so.0, it has no RPATH and no executable stack"
readelf -d "$library" | grep -q 'SONAME.*\[libln.so.0\]'
if readelf -d "$library" | grep -qE 'RPATH|RUNPATH'; then exit 1; fi
readelf -lW "$library" | grep -q 'GNU_STACK.* RW '

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip -o "$stripped" "$library"
size=$(wc -c < "$stripped")
echo "stripped it has $size bytes, at most 1200000"
[ "$size" -le 1200000 ]

