#!/usr/bin/env bash
# run.sh - the emulation against its witness: each intrinsic gives what witness.txt says, here, and by the hardware where that has AVX-512
#
# scripts/bochs runs the same program on a CPU with AVX-512 that others emulate.
set -u
cd "$(dirname "$0")" || exit
out=${1:-../../build/test}
mkdir -p "$out"

compile() { # compile NAME FLAG...
	local name=$1
	shift
	${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -Werror -ffp-contract=off -mavx2 -mfma -mf16c -mpopcnt "$@" witness.c -o "$out/$name"
}

# A name that is emulated and has no line would go unseen.
lacking=$(sed -n 's/^#define \(_mm[a-z0-9_]*\).*/\1/p' avx512/*.h | sort -u | while read -r name; do
	grep -q "$name(" witness.txt || echo "$name"
done)
[ -z "$lacking" ] || { echo "no line in witness.txt: $lacking"; exit 1; }

compile witness-emulated -isystem . && "$out/witness-emulated" | diff witness.txt - || exit
if grep -m1 -E '^flags' /proc/cpuinfo | grep avx512f | grep avx512bw | grep avx512dq | grep -q avx512vl; then
	compile witness -mavx512f -mavx512bw -mavx512dq -mavx512vl && "$out/witness" | diff witness.txt -
else
	echo "skipped: the emulation of AVX-512 is not compared with this CPU, which has none"
fi
