# Builds for arm64 on another machine: Debian's cross compiler, and a folder with the libraries of that architecture
# (scripts/make_arm64_root). Programs that the build runs, such as tests that are asked for their names, run by QEMU. They
# are static: QEMU's `-L`, which finds libraries of the other architecture, has them see other folders, "/" among them.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WWS_ROOT)
set(WWS_ROOT "${CMAKE_CURRENT_LIST_DIR}/../build/roots/arm64" CACHE PATH "Debian's libraries for arm64")
file(REAL_PATH "${WWS_ROOT}" CMAKE_SYSROOT)

set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
