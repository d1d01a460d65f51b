# riscv64.cmake - cross-build for 64-bit RISC-V
set(ln_cross riscv64)
set(ln_cross_triplet riscv64-linux-gnu)
set(ln_cross_processor riscv64)
set(ln_cross_qemu qemu-riscv64)
include(${CMAKE_CURRENT_LIST_DIR}/debian.cmake)
