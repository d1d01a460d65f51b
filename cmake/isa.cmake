# isa.cmake - the sources of the kernels, and what only tunes them: each says its own instruction set, src/build.h which there are

# A kernel is always optimised (a distribution builds with -O2 and no build type): the wide ones for speed, the others for size. gcc
# takes that from the sources, clang from here.
set(ln_fast $<$<NOT:$<C_COMPILER_ID:GNU>>:-O3>)
set(ln_small $<$<NOT:$<C_COMPILER_ID:GNU>>:-O2>)

# ln_isa(NAME FLAG...): build src/kernels/isa_NAME.c with these flags. A kernel takes no part in link-time optimisation, which has
# nothing to gain here.
function(ln_isa name)
	set(source src/kernels/isa_${name}.c)
	target_sources(ln_objects PRIVATE ${source})
	set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-fno-lto;${ARGN}")
	set(ln_isas ${ln_isas} ${name} PARENT_SCOPE)
	set(ln_flags_${name} -fno-lto ${ARGN} PARENT_SCOPE)	# the tests compile it once more
endfunction()

ln_isa(scalar ${ln_small})

# Where src/build.h does without the portable kernels, their file and its tests are left out.
include(TestBigEndian)
test_big_endian(ln_big_endian)
if(ln_big_endian OR (CMAKE_SYSTEM_PROCESSOR MATCHES "^arm" AND CMAKE_SIZEOF_VOID_P EQUAL 4))
	set(LN_WITH_PORTABLE OFF)
endif()
if(LN_WITH_PORTABLE)
	find_path(SIMDE_INCLUDE_DIR simde/x86/sse4.1.h)
	if(NOT SIMDE_INCLUDE_DIR AND ln_alone)
		message(FATAL_ERROR "SIMDe is not found (Debian: libsimde-dev); with LN_WITH_PORTABLE=OFF libln does without")
	endif()
endif()
if(LN_WITH_PORTABLE AND SIMDE_INCLUDE_DIR)
	target_include_directories(ln_objects SYSTEM PRIVATE ${SIMDE_INCLUDE_DIR})
	target_compile_definitions(ln_objects PRIVATE LN_WITH_PORTABLE=1)
	ln_isa(portable ${ln_small})
else()
	target_compile_definitions(ln_objects PRIVATE LN_WITH_PORTABLE=0)
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
	ln_isa(sse41 ${ln_small})
	ln_isa(avx2 ${ln_fast})
	if(LN_WITH_EMULATED_AVX512)
		target_compile_definitions(ln_objects PRIVATE LN_WITH_EMULATED_AVX512)
		ln_isa(avx512 ${ln_fast} -isystem ${PROJECT_SOURCE_DIR}/tests/emulated)
	else()
		ln_isa(avx512 ${ln_fast})
	endif()
	if(LN_WITH_SIMDE_NEON)	# SIMDe goes by the macros of the file's flags: its emulated FMA is fused only where the hardware's is allowed
		find_path(SIMDE_INCLUDE_DIR simde/arm/neon.h)
		target_include_directories(ln_objects SYSTEM PRIVATE ${SIMDE_INCLUDE_DIR})
		target_compile_definitions(ln_objects PRIVATE LN_WITH_NEON=1)
		ln_isa(neon ${ln_small} -mavx2 -mfma -mf16c -mpopcnt)
	endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
	ln_isa(neon ${ln_fast})
	include(CheckCSourceCompiles)	# src/build.h knows which compilers and systems have SVE's
	set(CMAKE_REQUIRED_INCLUDES ${PROJECT_SOURCE_DIR}/src)
	check_c_source_compiles("#include \"build.h\"
		_Static_assert(LN_WITH_SVE, \"\"); int main(void) { return 0; }" ln_has_sve)
	unset(CMAKE_REQUIRED_INCLUDES)
	if(ln_has_sve)
		ln_isa(sve ${ln_fast})
	endif()
endif()
