# armhf.cmake - cross-build for 32-bit ARM with hardware floats
set(ln_cross armhf)
set(ln_cross_triplet arm-linux-gnueabihf)
set(ln_cross_processor armv7l)
set(ln_cross_qemu qemu-arm)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
