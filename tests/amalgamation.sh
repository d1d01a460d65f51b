#!/usr/bin/env bash
# amalgamation.sh BUILD [COMPILER...] - what scripts/amalgamate writes, alone in a folder, by `cc -O2 -c *.c`: no warning, and the golden bits.
# BUILD has the test program, whose objects are linked with each.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- gcc clang
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$here/objects.sh"
test_objects "$build"

for compiler; do
	rm -rf "${work:?}"/*
	"$here/../scripts/amalgamate" "$work"
	cd "$work"
	[ -z "$(find . -mindepth 1 -type d)" ] && [ "$(ls ./*.c | wc -l)" -ge 7 ] || { echo "not the flat folder that was promised:"; ls; exit 1; }
	ls ./*.c | xargs -P "$(nproc)" -n 1 "$compiler" -O2 -Wall -Wextra -Werror -c
	# as a part of a program in C++: the header in C++, the rest in C
	printf '%s\n' '#include "ln.h"' 'int main() { float x[2] = { 1, 3 }; return ln_layernorm_f32(1, 2, x, nullptr, nullptr, 0, x) || x[1] != 1; }' > main.cc
	g++ -c main.cc -o main.out && g++ main.out ./*.o -o program && ./program
	"$compiler" "${tests[@]}" ./*.o "${libraries[@]}" -o lntest
	CK_FORK=no LN_TEST_SMALL=1 LN_TEST_ROWS=500 ./lntest expected golden backward_golden cell_golden bits
	echo "$compiler: $(cat ./*.c ln.h | wc -c) bytes of source, the golden bits"
done
