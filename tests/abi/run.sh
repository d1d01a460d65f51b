#!/bin/sh
# run.sh LIBRARY - what programs of earlier versions rely on in the built libln.so is still there; --accept writes today's lists.
# The rule that says what may change is in CONTRIBUTING.md, "The ABI".
set -eu
accept=
[ "$1" != --accept ] || { accept=yes; shift; }
library=$(realpath "$1")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
failed() { bad=1; echo "FAILED  $1"; }

symbols() { # NODE NAME of each function
	nm -D --defined-only --with-symbol-versions "$library" | sed -n 's/^[0-9a-f]* T \([^@]*\)@@*\(.*\)$/\2 \1/p' | LC_ALL=C sort
}
baseline() { # the types and functions of ln.h in the library, without what depends on the machine
	abidw --headers-dir include --drop-private-types --exported-interfaces-only --type-id-style hash --no-corpus-path --no-comp-dir-path \
		--no-show-locs --no-elf-needed "$library" | sed "s|path='[^']*/src/|path='src/|"
}
if [ "$accept" ]; then
	symbols > tests/abi/symbols.txt
	baseline > tests/abi/amd64.abi
	exit
fi

echo "each function has its version node, and there is no other"
symbols > "$work/symbols"
[ "$(wc -l < "$work/symbols")" -ge 20 ] || failed "too few symbols to be true"
diff tests/abi/symbols.txt "$work/symbols" || failed "symbols by version node"

echo "members of public structs are where they were"
cc -std=c11 -Wall -Wextra -Werror -Iinclude -fsyntax-only tests/abi/layout.c || failed "layout"

echo "a program of the first version, linked to the first library's symbols, runs on this one"
# What it is linked to has the functions of that version and no code; each is resolved when the program starts.
sed -n 's/^LN_0\.1 \(.*\)$/void \1(void); void \1(void) {}/p' tests/abi/symbols-0.1.txt > "$work/stub.c"
{ echo 'LN_0.1 { global:'; sed -n 's/^LN_0\.1 \(.*\)$/\1;/p' tests/abi/symbols-0.1.txt; echo 'local: *; };'; } > "$work/stub.map"
mkdir "$work/then" "$work/now"
cc -shared -fPIC -Wl,-soname,libln.so.0 -Wl,--version-script="$work/stub.map" "$work/stub.c" -o "$work/then/libln.so"
# Every function of then is named, so that one which is gone is missed.
{ sed -n 's/^LN_0\.1 \(.*\)$/extern void \1(void);/p' tests/abi/symbols-0.1.txt
  echo 'extern void (*const ln_all[])(void); void (*const ln_all[])(void) = {'
  sed -n 's/^LN_0\.1 \(.*\)$/\1,/p' tests/abi/symbols-0.1.txt
  echo '};'; } > "$work/all.c"
cc -std=c11 -Wall -Wextra -Werror -Itests/abi tests/abi/program-0.1.c "$work/all.c" -o "$work/program" -L"$work/then" -lln -Wl,-z,now
cp "$library" "$work/now/libln.so.0"
LD_LIBRARY_PATH="$work/now" "$work/program" || failed "program of the first version"

if [ "$(uname -m)" = x86_64 ]; then
	echo "libabigail sees no difference from the baseline, members of one type that changed places among them"
	# Two texts made alike: compared with a library, of which only the header is to count, abidiff passes over changed members.
	baseline > "$work/now.abi"
	abidiff --harmless tests/abi/amd64.abi "$work/now.abi" || failed "abidiff"
else
	echo "skipped: abidiff, whose baseline is of amd64"
fi
exit $bad
