#!/bin/sh
# run.sh LIBRARY - libln called from Go, with the checks of cgo on; LIBRARY is libln.a, of the build whose dependencies pkg-config knows
set -eu
command -v go > /dev/null || { echo "skipped: cgo: there is no go"; exit 0; }
library=$(realpath "$1")
cd "$(dirname "$0")"
CGO_CFLAGS="-I$PWD/../../include" CGO_LDFLAGS="$library $(pkg-config --libs libcpuinfo)" GODEBUG=cgocheck=1 GOFLAGS=-mod=mod GOTOOLCHAIN=local \
	go test -count=1 -v .
