# s390x.cmake - cross-build for s390x, big-endian
set(ln_cross s390x)
set(ln_cross_triplet s390x-linux-gnu)
set(ln_cross_processor s390x)
set(ln_cross_qemu qemu-s390x)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
