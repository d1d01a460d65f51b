#!/bin/sh
# source.sh - rules of the house that a command can check; CONTRIBUTING.md says why
set -u
cd "$(dirname "$0")/.."
bad=0
rule() { # rule TEXT: the lines on standard input break it
	rows=$(cat)
	[ -z "$rows" ] && { echo "ok      $1"; return; }
	bad=1
	echo "BROKEN  $1"
	echo "$rows"
}
operations() { ls src/kernels/*.h | grep -vE '/(vec|vec_[a-z0-9]+|kernels)\.h$'; }
words() { sed -n 's/^LN_INLINE [^(]*[ *]\(vec_[a-z0-9_]*\)(.*/\1/p' "$1"; }
vocabulary() { sed -n '/^ \*   vec/p' src/kernels/vec.h | grep -oE 'vec_[a-z0-9_]+\(' | tr -d '('; }
build_files() { find . \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json \) -not -path './build/*'; }

[ "$(operations | wc -l)" -ge 3 ] && [ "$(vocabulary | wc -l)" -ge 15 ] && [ "$(build_files | wc -l)" -ge 5 ] ||
	echo "the lists of files and words are too short to be true" | rule "there is something to check"
operations | xargs grep -nE '\b_mm|\bv[a-z0-9]+q_(f|u|s)(16|32|64)\b|__m(128|256|512)' | rule "no intrinsic in an operation"
operations | xargs grep -nE '^ *# *if' | grep -v '#ifndef LN_' | rule "no preprocessor branch in an operation"
opponent() { grep -vE '/bench/CMakeLists.txt:[0-9]+:target_compile_options\(fastmath PRIVATE '; } # not of the library, and alone
build_files | grep -v '/cmake/isa.cmake$' | xargs grep -nE -- '-m(avx|sse|fma|popcnt|f16c|arch)' | opponent | rule "flags of an ISA in cmake/isa.cmake alone"
build_files | xargs grep -nE -- '-ffast-math|-Ofast|-funsafe-math' | opponent | rule "no fast-math"
for file in src/kernels/vec_*.h; do
	for word in $(vocabulary); do
		words "$file" | grep -qx "$word" || echo "$file lacks $word"
	done
done | rule "every vocabulary defines every word"
find include src tools bench tests -name '*.[ch]' -o -name '*.cc' | xargs awk 'FNR == 1 && !/^\/[*\/]/ { print FILENAME } FNR == 1 && /^\/\*$/ { next }' |
	rule "every file begins with what it is for"
find include src tools bench tests -name '*.[ch]' -o -name '*.cc' | xargs wc -l | awk '$2 != "total" && $2 != "include/ln.h" && $1 > 300 { print $2": "$1" lines" }' |
	rule "no file over 300 lines"
{ cc -std=c99 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c include/ln.h
  c++ -std=c++11 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c++ include/ln.h; } 2>&1 | rule "ln.h alone is C99 and C++11"
exit $bad
