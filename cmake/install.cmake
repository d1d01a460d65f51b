# install.cmake - cmake --install: header, libraries, pkg-config file, CMake package
# The pkg-config file finds its prefix from where it lies, so the installed tree may be moved.
file(RELATIVE_PATH ln_pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" ln_pc_to_prefix ${ln_pc_to_prefix})
list(TRANSFORM ln_private_libraries PREPEND "-l" OUTPUT_VARIABLE ln_pc_private)
list(JOIN ln_pc_private " " ln_pc_private)
configure_file(cmake/ln.pc.in ln.pc @ONLY)
configure_package_config_file(cmake/lnConfig.cmake.in lnConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ln
	NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(lnConfigVersion.cmake COMPATIBILITY SameMinorVersion)

install(FILES include/ln.h TYPE INCLUDE)
install(TARGETS ln ln_static EXPORT lnTargets)
install(EXPORT lnTargets NAMESPACE ln:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ln)
install(FILES ${PROJECT_BINARY_DIR}/lnConfig.cmake ${PROJECT_BINARY_DIR}/lnConfigVersion.cmake
	DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/ln)
install(FILES ${PROJECT_BINARY_DIR}/ln.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
