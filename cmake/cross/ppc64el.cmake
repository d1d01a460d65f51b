# ppc64el.cmake - cross-build for POWER, little-endian
set(ln_cross ppc64el)
set(ln_cross_triplet powerpc64le-linux-gnu)
set(ln_cross_processor ppc64le)
set(ln_cross_qemu qemu-ppc64le)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
