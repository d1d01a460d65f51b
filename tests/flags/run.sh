#!/usr/bin/env bash
# run.sh BUILD [COMPILER...] - all of src by `cc FLAGS -Iinclude -Isrc -c`, for each set of sets.txt and each compiler: the golden bits, or an
# error of src/build.h that names the flag. BUILD has the test program, whose objects are linked with each such library.
#
# The short form tries the sets that are marked; LN_TEST_LONG=1 tries all, LN_TEST_FLAGS=TEXT those that match it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(realpath "$1")
shift
compilers=("$@")
[ $# -gt 0 ] || mapfile -t compilers < <(compgen -c | grep -xE 'gcc(-[0-9]+)?|clang-[0-9]+' | sort -u)
cd "$here/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

least=12
sets() { sed -n 's/^+ //p' "$here/sets.txt"; }
if [ -n "${LN_TEST_FLAGS:-}" ]; then
	least=1
	sets() { sed -n 's/^[ +] //p' "$here/sets.txt" | grep -e "$LN_TEST_FLAGS"; }
elif [ -n "${LN_TEST_LONG:-}" ]; then
	least=20
	sets() { sed -n 's/^[ +] //p' "$here/sets.txt"; }
fi

. "$here/../objects.sh"
test_objects "$build"

compile() { # compile COMPILER FLAG...: all of src into $work, build.c first, which says most; stderr to $work/log
	rm -f "$work"/*.o
	"$@" -w -Iinclude -Isrc -c src/build.c -o "$work/build.o" > "$work/log" 2>&1 || return
	printf '%s\n' src/*.c src/*/*.c |
		xargs -P "${LN_TEST_JOBS:-$(nproc)}" -I{} sh -c 'source=$1; shift; o=$1/$(basename "$source" .c).o; shift; "$@" -w -Iinclude -Isrc -c "$source" -o "$o"' \
			sh {} "$work" "$@" > "$work/log" 2>&1
}
link() { # link COMPILER FLAG...: with those of the flags that a linker needs. Those of arithmetic would change MXCSR in the program, which
	# is its own affair.
	local flag needed=()
	for flag; do
		case $flag in -O[0-3gs] | -flto | -fsanitize=*) needed+=("$flag") ;; esac
	done
	"$1" "${needed[@]}" "${tests[@]}" "$work"/*.o "${libraries[@]}" -o "$work/lntest" > "$work/log" 2>&1
}
same_bits() {
	CK_FORK=no LN_TEST_SMALL=1 LN_TEST_ROWS="${LN_TEST_ROWS:-500}" ASAN_OPTIONS=detect_leaks=0 \
		"$work/lntest" expected golden backward_golden cell_golden > "$work/log" 2>&1
}

# try COMPILER FLAG...: says on one line what came of it; false if that is neither the golden bits nor a clear error
try() {
	if ! compile "$@"; then
		if grep -qE 'unrecognized|unknown argument|unknown FP unit|not supported|unsupported|disabled' "$work/log" && ! grep -q 'libln' "$work/log"; then
			echo "not known to it"
		elif grep -q 'error.*build libln' "$work/log"; then
			echo "an error: $(grep -m1 -oE '(-f|float must)[^"]*build libln[^"]*' "$work/log")"
			return 0
		else
			echo "NO CLEAR ERROR"
			head -n 5 "$work/log"
			return 1
		fi
	elif ! link "$@"; then
		echo "NOT LINKED"
		head -n 5 "$work/log"
		return 1
	elif same_bits; then
		echo "the golden bits: $(sed -n 's/^usable: //p' "$work/log" | tr '\n' ' ')"
	elif grep -q 'build libln with' "$work/log"; then
		echo "an error at the first call: $(grep -m1 -o 'build libln with.*' "$work/log")"
	else
		echo "OTHER BITS"
		tail -n 5 "$work/log"
		return 1
	fi
}

bad=0
for compiler in "${compilers[@]}"; do
	count=0
	while read -ra set; do
		printf '%-9s %-70s ' "$compiler" "${set[*]}"
		result=$(try "$compiler" "${set[@]}") || bad=1
		echo "$result"
		[ "$result" = "not known to it" ] || count=$((count + 1))
	done < <(sets)
	echo "$compiler: $count sets tried"
	[ "$count" -ge $least ] || { echo "too few to be true"; bad=1; }
done
exit $bad
