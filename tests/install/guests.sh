#!/bin/bash
# guests.sh [NAME...] - libln inside other people's builds, one function each; by name those alone
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

none() { ! "$@"; }	# bash does not stop at a command that is negated where it stands
configure() { # configure FOLDER OPTION...: the guest's project
	local folder=$work/$1
	shift
	cmake -S "$here/guest" -B "$folder" -G Ninja -DLN_SOURCE="$source" -DCMAKE_BUILD_TYPE=Release "$@" > "$folder.log" 2>&1 || {
		cat "$folder.log"
		return 1
	}
}
build() { cmake --build "$work/$1" -- -j "${LN_TEST_JOBS:-$(nproc)}" --quiet && "$work/$1/guest"; }
reads_mxcsr() { # reads_mxcsr LIBRARY: a program that loads it finds its own floating point as it was
	cat > "$work/mxcsr.c" <<- 'END'
		#include <dlfcn.h>
		#include <stdio.h>
		#include <xmmintrin.h>
		int main(int argc, char **argv)
		{
			unsigned before = _mm_getcsr();
			if (argc != 2 || dlopen(argv[1], RTLD_NOW) == NULL)
				return 2;
			printf("MXCSR %x, then %x\n", before, _mm_getcsr());
			return _mm_getcsr() != before;
		}
	END
	cc "$work/mxcsr.c" -o "$work/mxcsr" -ldl && "$work/mxcsr" "$1"
}

# -- the guests --

guest_subdirectory() { # the library alone, static, without libcpuinfo; nothing of it is installed
	configure sub
	build sub
	[ ! -e "$work/sub/ln/libln.so" ]
	none grep -q 'Check\|benchmark\|CPUINFO' "$work/sub/CMakeCache.txt"
	readelf -d "$work/sub/guest" | none grep 'libln\|cpuinfo'
	cmake --install "$work/sub" --prefix "$work/prefix" > /dev/null
	[ "$(cd "$work/prefix" && find . -type f)" = ./bin/guest ]
}
guest_fetch() { configure fetch -DFETCH=ON && build fetch; }
guest_shared() { # BUILD_SHARED_LIBS is followed, and LN_INSTALL
	configure shared -DBUILD_SHARED_LIBS=ON -DLN_INSTALL=ON
	build shared
	[ -e "$work/shared/ln/libln.so" ]
	[ ! -e "$work/shared/ln/libln.a" ]
	cmake --install "$work/shared" --prefix "$work/asked" > /dev/null
	[ -n "$(find "$work/asked" -name ln.pc)" ]
}
guest_unity() { configure unity -DCMAKE_UNITY_BUILD=ON && build unity; }
guest_hidden() { # a plugin that contains the library exports none of it
	configure hidden -DLN_HIDDEN=ON
	build hidden
	cc -shared -o "$work/plugin.so" -Wl,--whole-archive "$work/hidden/ln/libln.a" -Wl,--no-whole-archive -lm
	nm -D --defined-only "$work/plugin.so" | none grep ' ln_'
}
guest_fast_math() { # a game's flags: libln undoes them for itself, and loads no code that changes its host's arithmetic
	local flags
	for flags in -Ofast -funsafe-math-optimizations; do
		configure "fast$flags" -DBUILD_SHARED_LIBS=ON -DCMAKE_C_FLAGS="$flags"
		build "fast$flags" || return 1
		[ "$(uname -m)" != x86_64 ] || reads_mxcsr "$work/fast$flags/ln/libln.so" || return 1
	done
}
guest_debug() { configure debug -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="-O0 -march=native" && build debug; }
guest_lto() { configure lto -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON && build lto; }
guest_asan() { configure asan -DCMAKE_C_COMPILER=clang -DCMAKE_C_FLAGS=-fsanitize=address && build asan; }
guest_multi_config() { # no configuration is chosen for a generator that has them all
	configure multi -G "Ninja Multi-Config"
	cmake --build "$work/multi" --config Debug -- --quiet
	cmake --build "$work/multi" --config Release -- --quiet
	"$work/multi/Debug/guest"
	"$work/multi/Release/guest"
}
guest_musl() { # static, with a C library that lacks what glibc alone has
	mkdir "$work/simde" && ln -s /usr/include/simde "$work/simde/simde"
	configure musl -DCMAKE_C_COMPILER=musl-gcc -DSIMDE_INCLUDE_DIR="$work/simde" -DCMAKE_EXE_LINKER_FLAGS=-static
	build musl
	LN_ISA=portable "$work/musl/guest" | grep '^portable'
}
guest_meson() { # the kernels of CPUs that are not here are not called: scalar runs on the oldest CPU that qemu has
	mkdir -p "$work/meson/subprojects/ln"
	cp "$here/meson/meson.build" "$here/program.c" "$work/meson"
	cp -r "$source/CMakeLists.txt" "$source/cmake" "$source/src" "$source/include" "$work/meson/subprojects/ln"
	(cd "$work/meson" && meson setup build && ninja -C build) > "$work/meson.log" 2>&1 || { tail -n 30 "$work/meson.log"; return 1; }
	"$work/meson/build/guest"
	! command -v qemu-x86_64 > /dev/null || [ "$(uname -m)" != x86_64 ] || LN_ISA=scalar qemu-x86_64 -cpu Conroe "$work/meson/build/guest"
}
guest_old_cmake() { # the oldest CMake that is promised, from PyPI
	python3 -m pip download -q --no-deps --python-version 38 --implementation cp --abi cp38 --platform manylinux1_x86_64 \
		--only-binary=:all: -d "$work/wheel" cmake==3.16.8 > "$work/pip.log" 2>&1 || {
		echo "skipped: CMake 3.16 could not be had"
		return
	}
	python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel"
	chmod +x "$work"/wheel/cmake/data/bin/*
	PATH="$work/wheel/cmake/data/bin:$PATH"
	cmake --version | grep 'version 3.16'
	configure old && build old
	cmake -S "$source" -B "$work/alone" -G Ninja -DLN_BUILD_BENCH=OFF > "$work/alone.log" 2>&1 || { cat "$work/alone.log"; return 1; }
}

mapfile -t all < <(sed -n 's/^guest_\([a-z_]*\)() .*/\1/p' "$0")
[ $# -gt 0 ] || set -- "${all[@]}"
for name; do
	echo "-- $name"
	"guest_$name"
done
