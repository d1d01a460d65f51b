#!/usr/bin/env bash
# release.sh - what a release would hold, made of this commit by a dry run; and in a clone, what a release refuses, and that one comes out twice alike
set -eu
cd "$(dirname "$0")/.."
tree=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
version=$(scripts/version)
fail() { echo "FAILED  $1"; exit 1; }

echo "the parts of a release of this commit"
scripts/release --dry-run "$work/dry"
(cd "$work/dry" && sha256sum --quiet --check SHA256SUMS)
[ "$(wc -l < "$work/dry/SHA256SUMS")" = "$(find "$work/dry" -type f ! -name SHA256SUMS | wc -l)" ] || fail "SHA256SUMS does not list each file"
diff <(git ls-tree -r --name-only HEAD | sort) <(tar -tf "$work/dry/libln-$version.tar.gz" | grep -v '/$' | sed 's|^[^/]*/||' | sort) ||
	fail "the archive does not hold what is committed"
scripts/amalgamate "$work/fresh"
tar -xf "$work/dry/libln-$version-amalgamation.tar.gz" -C "$work"
# What is not committed may be newer than the archive.
[ -n "$(git status --porcelain include src)" ] || diff -r -x LICENSE "$work/fresh" "$work/libln-$version-amalgamation" || fail "the amalgamation"

echo "and of each binding"
held() { # held FILE PATTERN...: what the archive FILE holds
	[ -f "$work/dry/$1" ] || fail "there is no $1"
	python3 -c 'import sys, tarfile, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist() if zipfile.is_zipfile(sys.argv[1]) else tarfile.open(sys.argv[1]).getnames()
print(*names, sep="\n")' "$work/dry/$1" > "$work/names"
	for pattern in "${@:2}"; do
		grep -qE "$pattern" "$work/names" || fail "$1 holds no $pattern"
	done
}
for binding in bindings/*/; do
	case $binding:$(command -v cargo || true) in
	bindings/rust/:) echo "skipped: crates of the release: there is no cargo" ;;
	bindings/rust/:*) held "rust/ln-sys-$version.crate" 'vendor/ln\.c$' 'vendor/ln_avx2\.c$' LICENSE && held "rust/ln-$version.crate" 'src/lib\.rs$' 'README\.md$' LICENSE ;;
	bindings/python/:*)
		held "python/libln-$version.tar.gz" 'csrc/ln\.c$' 'csrc/ln\.h$' 'src/libln/__init__\.py$'
		held "$(cd "$work/dry" && ls "python/libln-$version"-*.whl)" '^libln/libln\.so$' '^libln/_short\.abi3\.so$' '^libln/__init__\.py$'
		;;
	bindings/go/:*) grep -qx "bindings/go/v$version" "$work/dry/go/tag.txt" || fail "go/tag.txt" ;;
	*) fail "no part of a release is known for $binding" ;;
	esac
done

git clone --quiet "$tree" "$work/clone"
cd "$work/clone"
git config user.name nobody
git config user.email nobody@localhost
git rm -rq bindings	# what it holds has been seen; this is quick
git grep -lE 'example[.]invalid' | xargs sed -i 's/example[.]invalid/example.org/g'
sed -i "s/^## ${version//./[.]} .*/## $version (2026-12-01)/" NEWS.md
git commit -qam "ready"
refused() { # refused REASON: for this one, and no other; and nothing is made
	if scripts/release "$work/refused" > "$work/out" 2>&1; then fail "not refused: $1"; fi
	[ "$(cat "$work/out")" = "release: refused: $1" ] && [ ! -e "$work/refused" ] || { cat "$work/out"; fail "refused, but not as: $1"; }
}
echo "a release that nothing stands against, twice"
for folder in one two; do
	scripts/release "$work/$folder" > "$work/out" 2>&1 || { cat "$work/out"; fail "refused"; }
	touch include/ln.h	# what is no part of the commit changes nothing
done
diff "$work/one/SHA256SUMS" "$work/two/SHA256SUMS" || fail "two releases of one commit differ"

echo "and each reason to refuse one"
printf 'SUPPORT="https://example.%s/"\n' invalid >> packaging/addresses
git commit -qam "a placeholder"
refused "packaging/addresses holds an address that does not exist"
git reset -q --hard HEAD^
echo >> NEWS.md
refused "changes are not committed"
git reset -q --hard
sed -i "s/^## ${version//./[.]} .*/## $version (not yet released)/" NEWS.md
git commit -qam "no date"
refused "NEWS.md gives no date for $version"
git reset -q --hard HEAD^
sed -i 's/^\(#define LN_VERSION_PATCH\) .*/\1 77/' include/ln.h
git commit -qam "another version"
if scripts/release "$work/refused" > "$work/out" 2>&1; then fail "not refused: two versions"; fi
grep -q "NEWS.md: $version" "$work/out" || { cat "$work/out"; fail "the versions differ"; }
git reset -q --hard HEAD^
git tag "v$version"
refused "there is a tag v$version already"
