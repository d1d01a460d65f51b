# cpuinfo.cmake - LN_USE_CPUINFO: who asks libcpuinfo, and what that needs

set(ln_cpuinfo_found OFF)
if(NOT LN_USE_CPUINFO STREQUAL "AUTO")	# any of CMake's words for yes and no
	if(LN_USE_CPUINFO)
		set(LN_USE_CPUINFO ON)
	else()
		set(LN_USE_CPUINFO OFF)
	endif()
endif()
if(LN_USE_CPUINFO)
	find_package(PkgConfig QUIET)
	if(PkgConfig_FOUND)
		pkg_check_modules(CPUINFO QUIET libcpuinfo)	# Debian's .pc has no version to ask for
	endif()
	if(CPUINFO_FOUND)
		set(ln_cpuinfo_found ON)
	elseif(LN_USE_CPUINFO STREQUAL "ON")
		message(FATAL_ERROR "libcpuinfo is not found by pkg-config; with LN_USE_CPUINFO=OFF libln does without")
	endif()
endif()

# ln_ask_cpuinfo(TARGET): let src/dispatch/cpu.c in it ask libcpuinfo, where that is found.
function(ln_ask_cpuinfo target)
	if(ln_cpuinfo_found)
		target_compile_definitions(${target} PRIVATE LN_USE_CPUINFO=1)
		target_include_directories(${target} SYSTEM PRIVATE ${CPUINFO_INCLUDE_DIRS})
		target_link_directories(${target} PUBLIC "$<BUILD_INTERFACE:${CPUINFO_LIBRARY_DIRS}>")
		target_link_libraries(${target} PRIVATE cpuinfo)
	endif()
endfunction()
