# i386.cmake - cross-build for 32-bit x86 with SSE2
set(ln_cross i386)
set(ln_cross_triplet i686-linux-gnu)
set(ln_cross_processor i686)
set(ln_cross_qemu qemu-i386)
set(ln_cross_flags "-msse2 -mfpmath=sse")
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
