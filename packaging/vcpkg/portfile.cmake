# portfile.cmake - libln for vcpkg
vcpkg_download_distfile(archive URLS "@ARCHIVE@" FILENAME "libln-@VERSION@.tar.gz" SHA512 @SHA512@)
vcpkg_extract_source_archive(SOURCE_PATH ARCHIVE "${archive}")
vcpkg_check_features(OUT_FEATURE_OPTIONS features FEATURES tools LN_BUILD_TOOLS)

vcpkg_cmake_configure(SOURCE_PATH "${SOURCE_PATH}"
	OPTIONS ${features} -DLN_USE_CPUINFO=OFF -DLN_BUILD_TESTS=OFF -DLN_BUILD_BENCH=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME ln CONFIG_PATH lib/cmake/ln)
vcpkg_fixup_pkgconfig()
if("tools" IN_LIST FEATURES)
	vcpkg_copy_tools(TOOL_NAMES lnorm AUTO_CLEAN)
endif()

file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/share/man")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
