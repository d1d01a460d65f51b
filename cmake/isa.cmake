# isa.cmake - which kernels are built, and the only place where an ISA's compiler flags stand; src/isa.def lists the same kernels,
# src/cpu.c tests each of these flags at run time

# gcc collects the additions of an unrolled run behind its multiplications, keeps all that it has loaded alive, and spills; without
# these two passes it does not (measured at 512 x 768).
set(ln_keep_order $<$<C_COMPILER_ID:GNU>:-fno-tree-ter> $<$<C_COMPILER_ID:GNU>:-fno-tree-forwprop>)

# A kernel is always optimised (a distribution builds with -O2 and no build type): the wide ones for speed, the others, whose
# unrolled loops would be the larger part of the library, for a size within reason.
set(ln_fast -O3 $<$<C_COMPILER_ID:GNU>:-fno-unswitch-loops>)
set(ln_small -O2 -ftree-vectorize)

# ln_isa(NAME FLAG...): build src/kernels/isa_NAME.c with these flags. A kernel never takes part in link-time optimisation: that would
# let its instructions leak into shared code.
function(ln_isa name)
	set(source src/kernels/isa_${name}.c)
	target_sources(ln_objects PRIVATE ${source})
	set_source_files_properties(${source} PROPERTIES COMPILE_OPTIONS "-fno-lto;${ln_keep_order};${ARGN}")
endfunction()

ln_isa(scalar ${ln_small})

if(LN_WITH_PORTABLE)
	find_path(SIMDE_INCLUDE_DIR simde/x86/sse4.1.h REQUIRED)
	target_include_directories(ln_objects SYSTEM PRIVATE ${SIMDE_INCLUDE_DIR})
	target_compile_definitions(ln_objects PRIVATE LN_WITH_PORTABLE)
	ln_isa(portable ${ln_small})
endif()

if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
	target_compile_definitions(ln_objects PRIVATE LN_WITH_X86)
	ln_isa(sse41 ${ln_small} -msse4.1)
	ln_isa(avx2 ${ln_fast} -mavx2 -mfma -mf16c -mpopcnt)
	if(LN_WITH_EMULATED_AVX512)
		target_compile_definitions(ln_objects PRIVATE LN_WITH_EMULATED_AVX512)
		ln_isa(avx512 ${ln_fast} -isystem ${PROJECT_SOURCE_DIR}/tests/emulated -mavx2 -mfma -mf16c -mpopcnt)
	else()
		ln_isa(avx512 ${ln_fast} -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mpopcnt)
	endif()
	if(LN_WITH_SIMDE_NEON)	# SIMDe's emulated FMA is fused only where the file may use the hardware's
		find_path(SIMDE_INCLUDE_DIR simde/arm/neon.h REQUIRED)
		target_include_directories(ln_objects SYSTEM PRIVATE ${SIMDE_INCLUDE_DIR})
		target_compile_definitions(ln_objects PRIVATE LN_WITH_NEON)
		ln_isa(neon ${ln_small} -mavx2 -mfma -mf16c -mpopcnt)
	endif()
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
	target_compile_definitions(ln_objects PRIVATE LN_WITH_NEON)
	ln_isa(neon ${ln_fast})
endif()
