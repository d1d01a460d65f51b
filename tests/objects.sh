# objects.sh - to be sourced: test_objects BUILD finds what is linked with another build of the library to test it: in `tests` the objects of the
# test program, in `libraries` what they need
test_objects() {
	mapfile -t tests < <(find "$1/tests/CMakeFiles/lntest.dir" "$1"/tests/CMakeFiles/vocabulary_*.dir -name '*.o')
	read -ra libraries <<< "$(pkg-config --libs check) -lm -lpthread"
	[ ${#tests[@]} -gt 50 ] || { echo "the test program is not built in $1"; exit 1; }
}
