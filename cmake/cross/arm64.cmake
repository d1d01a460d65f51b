# arm64.cmake - cross-build for AArch64
set(ln_cross arm64)
set(ln_cross_triplet aarch64-linux-gnu)
set(ln_cross_processor aarch64)
set(ln_cross_qemu qemu-aarch64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
