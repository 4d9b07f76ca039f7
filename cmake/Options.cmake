# How every file of the project is compiled: language, warnings, build types, sanitizers, ccache, mold.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Debug)
endif()

option(MILLRACE_FUZZ "Fuzz targets as libFuzzer programs (clang; see tests/fuzz/README.md)" OFF)
set(MILLRACE_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them: address,undefined or thread")

# CHECK is compiled into every build type; NDEBUG only drops the assertions of third-party headers.
# Release keeps -g1 (functions and lines), so that a profile or a crash of a shipped binary can be read.
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1 -DNDEBUG")

add_library(millrace_options INTERFACE)
target_compile_features(millrace_options INTERFACE cxx_std_20)
target_include_directories(millrace_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(millrace_options INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror)

# x86-64-v2 (2009 and later: SSE4.2, its crc32 instruction, popcnt) is the oldest processor served.
# Anything newer (AVX2, SHA-NI) is chosen at run time by the libraries that use it.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(millrace_options INTERFACE -march=x86-64-v2)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside std::string once it optimises (GCC bugs 105651, 105329).
  target_compile_options(millrace_options INTERFACE -Wno-restrict)
  if(MILLRACE_SANITIZE)
    # The sanitizers' own instrumentation confuses the flow analysis.
    target_compile_options(millrace_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(MILLRACE_SANITIZE STREQUAL "thread")
    # Standalone fences are not modelled by TSan; third-party headers (Boost) use them.
    target_compile_options(millrace_options INTERFACE -Wno-tsan)
  endif()
endif()

if(MILLRACE_SANITIZE)
  add_compile_options(-fsanitize=${MILLRACE_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MILLRACE_SANITIZE})
endif()

if(MILLRACE_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "MILLRACE_FUZZ needs clang: cmake --preset fuzz")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# What every program links besides its own: see the generated file.
set(MILLRACE_PROGRAM_LIBS "")
if(MILLRACE_SANITIZE STREQUAL "thread")
  set(suppressions "${PROJECT_SOURCE_DIR}/tests/support/tsan.supp")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${suppressions}")
  file(READ "${suppressions}" MILLRACE_TSAN_SUPPRESSIONS)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/tsan_defaults.cc.in"
    "${PROJECT_BINARY_DIR}/tsan_defaults.cc" @ONLY)
  add_library(millrace_tsan_defaults OBJECT "${PROJECT_BINARY_DIR}/tsan_defaults.cc")
  target_compile_options(millrace_tsan_defaults PRIVATE -fno-sanitize=all)
  target_link_options(millrace_tsan_defaults INTERFACE
    -Wl,--export-dynamic-symbol=__tsan_default_options
    -Wl,--export-dynamic-symbol=__tsan_default_suppressions)
  set(MILLRACE_PROGRAM_LIBS millrace_tsan_defaults)
endif()

find_program(MILLRACE_CCACHE ccache)
if(MILLRACE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the project are hashed relative to the build directory: all build directories of one
  # depth, and all clones, share the cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${MILLRACE_CCACHE}")
endif()

find_program(MILLRACE_MOLD mold)
if(MILLRACE_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
