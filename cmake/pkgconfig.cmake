# pkgconfig.cmake - writes ln.pc
#
# It finds its prefix from where it lies, so the installed tree may be moved. Two cases are otherwise: folders that are given as absolute
# paths stay what they are, and in /usr the paths must be those that pkg-config knows for the system's own, and leaves out.
set(ln_pc_prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr")
	file(RELATIVE_PATH ln_pc_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
	string(REGEX REPLACE "/$" "" ln_pc_prefix "\${pcfiledir}/${ln_pc_prefix}")
endif()
foreach(folder LIBDIR INCLUDEDIR)
	if(IS_ABSOLUTE "${CMAKE_INSTALL_${folder}}")
		set(ln_pc_${folder} "${CMAKE_INSTALL_${folder}}")
	else()
		set(ln_pc_${folder} "\${prefix}/${CMAKE_INSTALL_${folder}}")
	endif()
endforeach()
foreach(path prefix LIBDIR INCLUDEDIR)	# pkg-config escapes what it puts in itself, and no more
	string(REPLACE " " "\\ " ln_pc_${path} "${ln_pc_${path}}")
endforeach()

# What only a static link needs is what the static library needs; where there is none, what the shared one does.
set(ln_pc_requires "")
if(ln_cpuinfo_found AND (LN_USE_CPUINFO STREQUAL "ON" OR NOT ln_static))
	set(ln_pc_requires libcpuinfo)
endif()
configure_file(cmake/ln.pc.in ln.pc @ONLY)
