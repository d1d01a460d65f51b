# uninstall.cmake - run in the build folder: removes what cmake --install has put there last
if(NOT EXISTS install_manifest.txt)
	message(FATAL_ERROR "nothing has been installed from here: there is no install_manifest.txt")
endif()
file(STRINGS install_manifest.txt files)
foreach(file IN LISTS files)
	message(STATUS "Removing: $ENV{DESTDIR}${file}")
	file(REMOVE "$ENV{DESTDIR}${file}")
endforeach()
