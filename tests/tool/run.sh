#!/bin/bash
# run.sh - test the command-line tool: run.sh [EMULATOR...] LNORM
#
# Prints one line for each check, `ok NAME`, `FAIL NAME` with what was seen, or `skipped: NAME: why`, then the totals. Fails if
# a check does. Needs bash, the POSIX tools and python3 without any package. CC names a compiler for the checks that break the library.
# ONLY, an extended regular expression, runs the checks whose names match it: ONLY='^signal' run.sh LNORM
set -u
if [ $# -eq 0 ]; then
	echo "usage: $0 [EMULATOR...] LNORM" >&2
	exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
command=("$@")
last=$((${#command[@]} - 1))
command[last]=$(realpath "${command[last]}")	# the checks run in a folder of their own
unset LN_ISA
export LC_ALL=C

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
cd "$work" || exit 1
mkdir scratch
passed=0 failed=0 skipped=0

lnorm() { "${command[@]}" "$@"; }
npy() { python3 -I -S "$here/npy.py" "$@"; }

# check NAME COMMAND... - the check passes if the command does; what it prints is shown only if it fails
check() {
	local name=$1
	shift
	[[ $name =~ ${ONLY:-} ]] || return 0
	if ("$@") >"$work/log" 2>&1; then
		echo "ok $name"
		passed=$((passed + 1))
	else
		echo "FAIL $name"
		sed 's/^/    /' "$work/log"
		failed=$((failed + 1))
		find scratch -type f -delete	# what one check leaves is no fault of the next
	fi
}

skip() {
	[[ $1 =~ ${ONLY:-} ]] || return 0
	echo "skipped: $1: $2"
	skipped=$((skipped + 1))
}

# refused STATUS PATTERN ARGUMENT... - lnorm ends with this status, prints nothing, and says on stderr what matches the pattern
refused() {
	local want=$1 pattern=$2 status
	shift 2
	lnorm "$@" >out.txt 2>err.txt
	status=$?
	cat out.txt err.txt
	[ $status -eq "$want" ] && [ ! -s out.txt ] && grep -qE -- "$pattern" err.txt
}

# fails FILE PATTERN ARGUMENT... - the job fails with exactly one line, "lnorm: FILE: PATTERN", and leaves nothing in scratch/
fails() {
	local file=$1 pattern=$2
	shift 2
	refused 1 "^lnorm: $file: .*($pattern)" "$@" && [ "$(wc -l <err.txt)" -eq 1 ] && clean
}

# clean - no output and no temporary file in scratch/
clean() {
	[ -z "$(ls -A scratch)" ] || { ls -lA scratch; return 1; }
}

for group in usage files norm family atomic reports; do
	. "$here/$group.sh"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
