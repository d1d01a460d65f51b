#!/bin/sh
# run.sh BUILD - install the build BUILD into a folder of its own, whose name has spaces, then build and run programs against what is
# there: by pkg-config and by find_package, C and C++, shared and static; lnorm; and take it back
set -eu
build=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)/with\ spaces
mkdir "$work"
trap 'rm -rf "$(dirname "$work")"' EXIT

cmake --install "$build" --prefix "$work/prefix" > /dev/null
libdir=$(dirname "$(find "$work/prefix" -name 'libln.so' -print)")
export PKG_CONFIG_PATH="$libdir/pkgconfig"

echo "lnorm starts, with nothing said about where libraries are"
(unset LD_LIBRARY_PATH; "$work/prefix/bin/lnorm" info > /dev/null)

export LD_LIBRARY_PATH="$libdir"
# link COMPILER --libs ARGUMENT...: what pkg-config prints is for a shell to read, which then sees a prefix with spaces as one word
link() {
	compiler=$1 libs=$2
	shift 2
	eval "$compiler $(pkg-config --cflags ln) \"\$@\" $(pkg-config "$libs" ln)"
}
echo "pkg-config, version $(pkg-config --modversion ln)"
link cc --libs "$here/program.c" -o "$work/c"
"$work/c"
cp "$here/program.c" "$work/program.cc"
link c++ --libs "$work/program.cc" -o "$work/cxx"
"$work/cxx"
eval "cc $(pkg-config --cflags ln) \"\$here/program.c\" -o \"\$work/static\" $(pkg-config --libs --static ln | sed 's/-lln/-l:libln.a/')"
"$work/static"

echo "the program in README.md"
awk '/^```$/ && inside { exit } inside { print } /^```c$/ { inside = 1 }' "$here/../../README.md" > "$work/readme.c"
link cc --libs -Wall -Werror "$work/readme.c" -o "$work/readme"
"$work/readme" > "$work/printed"
sed -n 's|^.*printf.*/\* \(.*\) \*/$|\1|p' "$work/readme.c" | diff - "$work/printed"	# what its comment says
[ -s "$work/printed" ]

echo "find_package"
cmake -G Ninja -S "$here" -B "$work/user" -DCMAKE_PREFIX_PATH="$work/prefix" > /dev/null
cmake --build "$work/user" > /dev/null
ctest --test-dir "$work/user" --output-on-failure

moved=$work/moved
mv "$work/prefix" "$moved"
echo "the CMake package still works where it was moved to"
cmake -G Ninja -S "$here" -B "$work/user2" -DCMAKE_PREFIX_PATH="$moved" > /dev/null
cmake --build "$work/user2" > /dev/null
"$moved/bin/lnorm" info > /dev/null

echo "and where a packager has left out the static library, or the shared one"
cp -r "$moved" "$work/shared"
find "$work/shared" -name libln.a -delete
mkdir "$work/project"
cat > "$work/project/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.16)
project(shared C)
find_package(ln 0.1 REQUIRED)
add_executable(program ${PROGRAM})
target_link_libraries(program PRIVATE ln::ln)
END
for left in shared static; do
	[ $left = shared ] || { cp -r "$moved" "$work/static-only"; find "$work/static-only" -name 'libln.so*' -delete -o -name 'lnShared*' -delete; }
	[ $left = shared ] && at=$work/shared || at=$work/static-only
	cmake -G Ninja -S "$work/project" -B "$work/$left-build" -DPROGRAM="$here/program.c" -DCMAKE_PREFIX_PATH="$at" > /dev/null
	cmake --build "$work/$left-build" > /dev/null
	LD_LIBRARY_PATH="$at/lib:$(dirname "$(find "$at" -name ln.pc)")/.." "$work/$left-build/program"
done

echo "uninstall leaves no file"
cmake --install "$build" --prefix "$work/prefix" > /dev/null
cmake --build "$build" --target uninstall > /dev/null
[ -z "$(find "$work/prefix" ! -type d)" ]

"$here/folders.sh"
