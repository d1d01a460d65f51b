#!/bin/sh
# version.sh - what says libln's version, and cannot read it in ln.h as all else does, says the same
set -u
cd "$(dirname "$0")/.."
version=$(scripts/version)
bad=0
says() { # says FILE: each line of standard input is a version that FILE says, and there is one
	found=$(sort -u)
	[ "$found" = "$version" ] && { echo "ok      $1 says $version"; return; }
	bad=1
	echo "BROKEN  ln.h says $version, $1:" $found
}

echo "$version" | grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' || { echo "BROKEN  ln.h says no version: $version"; exit 1; }
sed -nE 's/^## ([0-9.]+) .*/\1/p' NEWS.md | head -n 1 | says NEWS.md
if [ -d bindings/rust ]; then
	sed -nE '/^\[workspace\.package\]/,/^\[/s/^version = "(.*)"/\1/p' bindings/rust/Cargo.toml | says bindings/rust/Cargo.toml
	sed -nE 's/^ln-sys = .*version = "([^"]*)".*/\1/p' bindings/rust/ln/Cargo.toml | says bindings/rust/ln/Cargo.toml
fi
# A node is named after the version that its functions came with, which is this one or an earlier one.
node=$(sed -nE 's/^LN_([0-9.]+) \{/\1/p' cmake/ln.map | sort -V | tail -n 1)
if [ -n "$node" ] && printf '%s\n' "$node" "$version" | sort -VC; then
	echo "ok      the newest node of ln.map is $node"
else
	bad=1
	echo "BROKEN  ln.h says $version, the newest node of ln.map is $node"
fi
exit $bad
