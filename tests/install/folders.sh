#!/bin/bash
# folders.sh - ln.pc and RPATH for the folders of distributions: /usr with a multiarch or a lib64 folder, Nix's split absolute ones, one
# with spaces. Nothing is built: the file is made when CMake configures.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# expect TEXT PKG-CONFIG-OPTION... : what pkg-config says of the file that was made last
expect() {
	local want=$1 got
	shift
	got=$(PKG_CONFIG_PATH="$work/build" pkg-config "$@" ln | sed 's/ *$//')
	[ "$got" = "$want" ] && { echo "ok      $* is '$got'"; return; }
	echo "BROKEN  $* is '$got', not '$want'"
	return 1
}
configure() { # configure OPTION...
	rm -rf "$work/build"
	cmake -G Ninja -S "$source" -B "$work/build" -DLN_BUILD_TESTS=OFF -DLN_BUILD_BENCH=OFF "$@" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
}
rpath() { grep -qF "RPATH \"$1\")" "$work/build/tools/cmake_install.cmake"; }	# rpath TEXT: that of lnorm, once it is installed

multiarch=$(cc -print-multiarch)
configure -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR="lib/$multiarch" -DLN_USE_CPUINFO=OFF
expect "-lln" --cflags --libs
expect "-lln -lm" --libs --static
rpath ""

configure -DCMAKE_INSTALL_PREFIX=/usr -DCMAKE_INSTALL_LIBDIR=lib64
rpath ""

configure -DCMAKE_INSTALL_PREFIX=/nix/a-ln -DCMAKE_INSTALL_LIBDIR=/nix/b-ln-lib/lib -DCMAKE_INSTALL_INCLUDEDIR=/nix/c-ln-dev/include
expect "-I/nix/c-ln-dev/include" --cflags
expect "-L/nix/b-ln-lib/lib -lln" --libs
rpath '\$ORIGIN/../../b-ln-lib/lib'

configure -DCMAKE_INSTALL_PREFIX="/opt/a b" -DCMAKE_INSTALL_LIBDIR="/opt/a b/lib"
expect '-L/opt/a\ b/lib -lln' --libs

echo "libcpuinfo is the shared library's own affair, and the static one's only where it was asked for"
configure
grep -qx 'Requires.private: ' "$work/build/ln.pc"
configure -DLN_USE_CPUINFO=ON
grep -qx 'Requires.private: libcpuinfo' "$work/build/ln.pc"
