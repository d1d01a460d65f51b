# debian.cmake - cross-build for one of Debian's other processors and run what was built under qemu-user; NAME.cmake sets, for each,
#
#   ln_cross           as Debian calls it, such as arm64
#   ln_cross_triplet   of its tools, such as aarch64-linux-gnu, and of its folders but for i686's
#   ln_cross_processor as uname -m calls it
#   ln_cross_qemu      the emulator
#   ln_cross_flags     what the compiler needs there, if anything
#
# Libraries come from the sysroot that scripts/sysroot unpacks; development packages of two processors cannot be installed side by side.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR ${ln_cross_processor})
set(CMAKE_C_COMPILER ${ln_cross_triplet}-gcc)
set(CMAKE_CXX_COMPILER ${ln_cross_triplet}-g++)
set(CMAKE_C_FLAGS_INIT "${ln_cross_flags}")

string(REPLACE i686 i386 ln_cross_folder ${ln_cross_triplet})
set(ln_cross_prefix /usr/${ln_cross_triplet})
set(ln_sysroot ${CMAKE_CURRENT_LIST_DIR}/../../build/sysroot-${ln_cross})
set(CMAKE_FIND_ROOT_PATH ${ln_sysroot} ${ln_cross_prefix})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

set(ENV{PKG_CONFIG_SYSROOT_DIR} ${ln_sysroot})
set(ENV{PKG_CONFIG_LIBDIR} ${ln_sysroot}/usr/lib/${ln_cross_folder}/pkgconfig)

set(CMAKE_CROSSCOMPILING_EMULATOR
	${ln_cross_qemu};-L;${ln_cross_prefix};-E;LD_LIBRARY_PATH=${ln_sysroot}/usr/lib/${ln_cross_folder})
