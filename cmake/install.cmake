# install.cmake - cmake --install: header, libraries, pkg-config file, CMake package; and how that is taken back
include(cmake/pkgconfig.cmake)

set(ln_package ${CMAKE_INSTALL_LIBDIR}/cmake/ln)
set(ln_archive ${CMAKE_INSTALL_LIBDIR}/${CMAKE_STATIC_LIBRARY_PREFIX}ln${CMAKE_STATIC_LIBRARY_SUFFIX})
configure_package_config_file(cmake/lnConfig.cmake.in lnConfig.cmake INSTALL_DESTINATION ${ln_package} PATH_VARS ln_archive
	NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/lnConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(FILES include/ln.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Each library has an export set of its own, so that a package may hold one without the other.
if(ln_shared)
	install(TARGETS ln EXPORT lnSharedTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
		RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
	install(EXPORT lnSharedTargets NAMESPACE ln:: DESTINATION ${ln_package})
endif()
if(ln_static)
	install(TARGETS ln_static EXPORT lnStaticTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
	install(EXPORT lnStaticTargets NAMESPACE ln:: DESTINATION ${ln_package})
endif()
install(FILES ${PROJECT_BINARY_DIR}/lnConfig.cmake ${PROJECT_BINARY_DIR}/lnConfigVersion.cmake DESTINATION ${ln_package})
install(FILES ${PROJECT_BINARY_DIR}/ln.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# Programs in prefix/bin find the library in prefix/lib wherever the prefix is moved to. The system's folders need no such help, and
# distributions allow none there.
if(NOT CMAKE_INSTALL_FULL_LIBDIR MATCHES "^/(usr/)?lib")
	file(RELATIVE_PATH ln_lib_from_bin /at/${CMAKE_INSTALL_FULL_BINDIR} /at/${CMAKE_INSTALL_FULL_LIBDIR})
	if(APPLE)
		set(CMAKE_INSTALL_RPATH @loader_path/${ln_lib_from_bin})
	else()
		set(CMAKE_INSTALL_RPATH $ORIGIN/${ln_lib_from_bin})
	endif()
endif()

if(ln_alone)
	add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${PROJECT_SOURCE_DIR}/cmake/uninstall.cmake
		WORKING_DIRECTORY ${PROJECT_BINARY_DIR} VERBATIM)
endif()
