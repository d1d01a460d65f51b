#!/usr/bin/env bash
# manual.sh BUILD - the manual pages that the build BUILD installs: one for each function, whose synopsis a compiler takes, and what linters say
set -u
build=$(realpath "$1")
cd "$(dirname "$0")/.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
failed() { bad=1; echo "FAILED  $1"; }

cmake --install "$build" --prefix "$work/prefix" > /dev/null || exit
man=$(find "$work/prefix" -type d -name man)
[ -d "$man/man3" ] || { echo "no manual pages of ln.h were installed: $man"; exit 1; }
functions=$(sed -nE 's/^\t(ln_[a-z0-9_]+);$/\1/p' cmake/ln.map)
[ "$(wc -w <<< "$functions")" -ge 20 ] || failed "too few functions to be true: $functions"
pages=$(find "$man" -type f -name '*.[13]' | sort)

# What a reader sees, without overstriking.
shown() { mandoc -T ascii "$1" | sed 's/.\x08//g'; }
section() { shown "$1" | sed -n "/^$2\$/,/^[A-Z]/{/^[A-Z]/d;p}"; }

echo "each exported function has a page, which declares it"
for function in $functions; do
	[ -e "$man/man3/$function.3" ] && section "$man/man3/$function.3" SYNOPSIS | grep -qE "^ +$function\(" || failed "$function has no page"
done

echo "each synopsis is C, and says what ln.h says: the same declarations, and structs of the same size"
for page in "$man"/man3/*.3; do
	[ -L "$page" ] && continue
	name=$(basename "$page" .3)
	section "$page" SYNOPSIS | sed -E 's/typedef struct (ln_[a-z_]+) \{/typedef struct page_\1 {/; s/^( *\}) (ln_[a-z_]+);/\1 page_\2; \
_Static_assert(sizeof(page_\2) == sizeof(\2), "\2");/' > "$work/$name.c"
	{ grep -q '#include <ln.h>' "$work/$name.c" && cc -std=c11 -Wall -Wextra -Werror -pedantic -Iinclude -fsyntax-only "$work/$name.c"; } ||
		failed "the synopsis of $name"
done

echo "each word of ln.h is on a page, but for what marks and guards its declarations"
words() { grep -oE '[A-Za-z0-9]{3,}' | sort -fu; }
for page in "$man"/man3/*.3; do
	[ -L "$page" ] || shown "$page"
done | words > "$work/words"
[ "$(wc -l < "$work/words")" -ge 500 ] || failed "too few words to be true"
lost=$(sed '/^\/\* Marks what/,/^#endif/d; /^#[^d]/d; /^extern "C"/d; s/LN_API//' include/ln.h | words | join -iv 1 - "$work/words" | grep -vxE 'LN|define')
[ -z "$lost" ] || failed "lost on the way to the pages: $lost"

echo "each type and constant of ln.h is on a page"
for word in $(cc -E -P -dD include/ln.h | sed -nE 's/^#define (LN_[A-Z0-9_]+) .+/\1/p' | grep -v '^LN_API$') \
	$(sed -nE 's/^typedef struct (ln_[a-z_]+) .*/\1/p; s/^typedef .*\(\*(ln_[a-z_]+)\).*/\1/p' include/ln.h); do
	grep -qw -- "$word" "$man"/man3/*.3 || failed "$word is on no page"
done

echo "each page that another names is there"
sed -nE 's/^\.(Xr|BR) ((ln_[a-z0-9_]*|libln|lnorm) \(?[13]).*/\2/p' $pages | tr -d '(' | sort -u > "$work/named"
[ "$(wc -l < "$work/named")" -ge 20 ] || failed "too few references to be true"
while read -r name number; do
	[ -e "$man/man$number/$name.$number" ] || failed "$name($number) is named, and is not there"
done < "$work/named"

echo "mandoc and man find nothing in $(wc -w <<< "$pages") pages"
for page in $pages; do
	# These pages are not where mandoc looks for those that are named; that they are there has been seen above.
	findings=$(mandoc -T lint "$page" | grep -v 'referenced manual not found: Xr [a-z0-9_]* [13]\( ([0-9]* times)\)\?$'
		MANWIDTH=80 LC_ALL=C.UTF-8 man --warnings=w -l "$page" 2>&1 > /dev/null)
	[ -z "$findings" ] || failed "$page: $findings"
done

echo "lnorm(1) has each option that lnorm --help lists, and no other"
options() { grep -oE -- '--[a-z][a-z-]+' | sort -u; }
for command in info norm check selftest bench; do
	"$build/tools/lnorm" $command --help
done | options > "$work/help"
sed 's/\\-/-/g' "$man/man1/lnorm.1" | options > "$work/page"
[ "$(wc -l < "$work/help")" -ge 15 ] || failed "too few options to be true"
diff "$work/help" "$work/page" || failed "options of lnorm(1)"
exit $bad
