# Language level, warnings (each an error in the preset dev; elsewhere optimiser and sanitizers raise false alarms), hardening, sanitizers, compiler cache, linker.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the source folder do not count, so that every clone shares what one of them has compiled.
  set(CACHED ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=true
    CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CACHED})
  set(CMAKE_C_COMPILER_LAUNCHER ${CACHED})
endif()
find_program(MOLD mold)
if(MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_library(turnkey_flags INTERFACE)
target_compile_options(turnkey_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Wnull-dereference
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> # g++ 12 reports it inside std::optional and std::variant of its own library
  # At -O2 g++ 12 reports these inside its own std::string (gcc.gnu.org/PR105329 and its kin); the debug builds look for them.
  "$<$<CONFIG:Release>:-Wno-null-dereference;-Wno-array-bounds;-Wno-stringop-overflow;-Wno-stringop-overread;-Wno-free-nonheap-object;-Wno-restrict>")
target_compile_options(turnkey_flags INTERFACE -fstack-protector-strong -fstack-clash-protection)
if(TURNKEY_SANITIZE)
  add_compile_options(-fsanitize=${TURNKEY_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${TURNKEY_SANITIZE})
else()
  target_compile_definitions(turnkey_flags INTERFACE $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
endif()
add_link_options(-Wl,-z,relro,-z,now)
set(THREADS_PREFER_PTHREAD_FLAG ON)
include(CheckPIESupported)
check_pie_supported()
