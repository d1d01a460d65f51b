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
operations() { ls src/kernels/*.h | grep -vE '/(vec|vec_[a-z0-9_]+|isa_[a-z]+|kernels)\.h$'; }
vocabularies() { ls src/kernels/vec_*.h | grep -v '/vec_.*_'; } # a second _ is in the name of what two have in common
words() { sed -nE 's/^LN_INLINE [^(]*[ *]((vec|wide)_[a-z0-9_]*)\(.*/\1/p' "$1"; }
vocabulary() { sed -nE '/^ \*   (size_t )?(vec|wide)/p' src/kernels/vec.h | grep -oE '(vec|wide)_[a-z0-9_]+\(' | tr -d '(' | sort -u; }
tested() { sed -nE 's/^(LANEWISE|WIDEWISE|LOAD|STORE|WORD)\(([a-z0-9_]+),.*/vec_\2/p' tests/vocabulary/words.def | sed 's/^vec_wide_/wide_/' | sort; }
unlike_vocabulary() { # unlike_vocabulary NAME: what the sorted words on standard input lack and what they have too much
	{ vocabulary | diff - /dev/fd/3; } 3<&0 | sed -n "s|^< |$1 lacks |p; s|^> |$1 alone has |p"
}
named() { # each function that is in one file alone and each struct of src/, with its file; a vocabulary's are those of every other
	for file in $(ls src/*.h src/*/*.[ch] | grep -v '/vec_'); do
		sed -nE 's/__attribute__\(\([^ ]*\)\) //; s/LN_NAME\(([a-z0-9_]+)\)/\1/; s/^(struct|enum|union) ([a-z0-9_]+) \{.*/\2/p
			/^(static|LN_INLINE) [^=;(]*\(/s/^[^(]*[ *]([a-z0-9_]+)\(.*/\1/p' "$file" | sort -u | sed "s|$| $file|"
	done | sort
}
build_files() { find . \( -name CMakeLists.txt -o -name '*.cmake' -o -name CMakePresets.json \) -not -path './build/*'; }

[ "$(operations | wc -l)" -ge 3 ] && [ "$(vocabulary | wc -l)" -ge 15 ] && [ "$(build_files | wc -l)" -ge 5 ] ||
	echo "the lists of files and words are too short to be true" | rule "there is something to check"
operations | xargs grep -nE '\b_mm|\bv[a-z0-9]+q_(f|u|s)(16|32|64)\b|__m(128|256|512)' | rule "no intrinsic in an operation"
operations | xargs grep -nE '^ *# *if' | grep -v '#ifndef LN_' | rule "no preprocessor branch in an operation"
opponent() { grep -vE '/bench/CMakeLists.txt:[0-9]+:target_compile_options\(fastmath PRIVATE '; } # not of the library, and alone
build_files | grep -vE '/cmake/(isa.cmake|cross/)' | xargs grep -nE -- '-m(avx|sse|fma|popcnt|f16c|arch)' | opponent | rule "flags of an ISA in cmake/isa.cmake alone"
build_files | xargs grep -nE -- '-ffast-math|-Ofast|-funsafe-math' | opponent | rule "no fast-math"
for file in $(vocabularies); do
	words "$file" | sort -u | unlike_vocabulary "$file"
done | rule "every vocabulary defines every word, and no other"
tested | unlike_vocabulary tests/vocabulary/words.def | rule "every word is tested"
[ "$(named | wc -l)" -ge 500 ] || echo "too few to be true" | rule "functions and structs are found"
named | grep -vE '^gradient_(rows|sums) ' |	# a function of the kernels and its arguments
	awk '$1 == name { print name ": " file ", " $2 } { name = $1; file = $2 }' | rule "no name of a function or struct in two files of src/"
ls src/*/*.[ch] | awk -F / 'seen[$3]++' | rule "no name of a file in two rooms of src/"
for file in src/*.c src/*/*.c; do
	cc -MM -Iinclude -Isrc "$file" | grep -q 'src/.*build\.h' || echo "$file"
done | rule "every source includes build.h"
find include src tools bench tests -name '*.[ch]' -o -name '*.cc' | xargs awk 'FNR == 1 && !/^\/[*\/]/ { print FILENAME } FNR == 1 && /^\/\*$/ { next }' |
	rule "every file begins with what it is for"
find include src tools bench tests -name '*.[ch]' -o -name '*.cc' | xargs wc -l | awk '$2 != "total" && $2 != "include/ln.h" && $1 > 300 { print $2": "$1" lines" }' |
	rule "no file over 300 lines"
{ cc -std=c99 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c include/ln.h
  c++ -std=c++11 -Wall -Wextra -pedantic -Werror -fsyntax-only -x c++ include/ln.h; } 2>&1 | rule "ln.h alone is C99 and C++11"
exit $bad
