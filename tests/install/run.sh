#!/bin/sh
# run.sh BUILD - install the build BUILD into a folder of its own, then build and run programs against what is there: by pkg-config
# and by find_package, C and C++, shared and static
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/prefix" > /dev/null
libdir=$(dirname "$(find "$work/prefix" -name 'libln.so' -print)")
export PKG_CONFIG_PATH="$libdir/pkgconfig" LD_LIBRARY_PATH="$libdir"

echo "pkg-config, version $(pkg-config --modversion ln)"
cc $(pkg-config --cflags ln) "$here/program.c" -o "$work/c" $(pkg-config --libs ln)
"$work/c"
c++ -x c++ $(pkg-config --cflags ln) "$here/program.c" -o "$work/cxx" $(pkg-config --libs ln)
"$work/cxx"
cc $(pkg-config --cflags ln) "$here/program.c" -o "$work/static" -L"$libdir" -l:libln.a $(pkg-config --libs --static ln | sed 's/-lln//')
"$work/static"

echo "the program in README.md"
sed -n '/^```c$/,/^```$/p' "$here/../../README.md" | sed '/^```/d' > "$work/readme.c"
cc -Wall -Werror "$work/readme.c" -o "$work/readme" $(pkg-config --cflags --libs ln)
"$work/readme"

echo "find_package"
cmake -G Ninja -S "$here" -B "$work/user" -DCMAKE_PREFIX_PATH="$work/prefix" > /dev/null
cmake --build "$work/user" > /dev/null
ctest --test-dir "$work/user" --output-on-failure

moved=$work/moved
mv "$work/prefix" "$moved"
echo "the CMake package still works where it was moved to"
cmake -G Ninja -S "$here" -B "$work/user2" -DCMAKE_PREFIX_PATH="$moved" > /dev/null
cmake --build "$work/user2" > /dev/null
