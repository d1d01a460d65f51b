#!/bin/sh
# run.sh - build the example, and run it on 1, 2, 3 and 4 ranks; fails if a bit differs from one process, or between two runs
set -eu
cd "$(dirname "$0")/../.."
scripts/need gcc g++ libc6-dev cmake ninja-build pkg-config libcpuinfo-dev libsimde-dev openmpi-bin libopenmpi-dev
cmake --preset examples > /dev/null
cmake --build --preset examples --target ln_mpi -- --quiet

# Open MPI refuses root without being told, and more ranks than cores.
options=--oversubscribe
[ "$(id -u)" != 0 ] || options="$options --allow-run-as-root"
status=0
for ranks in 1 2 3 4; do
	echo "$ranks ranks"
	# shellcheck disable=SC2086 # a list of words
	mpirun $options -n $ranks build/examples/examples/mpi/ln_mpi > build/examples/mpi-$ranks.txt || status=1
	cat build/examples/mpi-$ranks.txt
	cmp build/examples/mpi-1.txt build/examples/mpi-$ranks.txt || status=1
done
[ $status = 0 ] && echo "the same bits on any number of ranks" || echo "DIFFERENT bits"
exit $status
