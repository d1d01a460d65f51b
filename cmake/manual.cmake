# manual.cmake - the manual pages of ln.h, which scripts/manual makes of its comments
find_package(Python3 3.9 COMPONENTS Interpreter QUIET)
if(UNIX AND Python3_Interpreter_FOUND)
	set(ln_man_default ON)
else()
	set(ln_man_default OFF)
endif()
option(LN_BUILD_MAN "Make and install the manual pages of ln.h (needs Python 3.9)" ${ln_man_default})

if(LN_BUILD_MAN)
	if(NOT Python3_Interpreter_FOUND)
		message(FATAL_ERROR "LN_BUILD_MAN needs Python 3.9")
	endif()
	set(ln_manual ${CMAKE_CURRENT_BINARY_DIR}/man3)
	add_custom_command(OUTPUT ${ln_manual}/libln.3
		COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/scripts/manual ${ln_manual} DEPENDS scripts/manual include/ln.h VERBATIM)
	add_custom_target(ln_manual ALL DEPENDS ${ln_manual}/libln.3)
	install(DIRECTORY ${ln_manual} DESTINATION ${CMAKE_INSTALL_MANDIR})
endif()
