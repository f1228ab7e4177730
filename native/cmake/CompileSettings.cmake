# What every target of this build is compiled with.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Symbols of the addon must not be taken from, or given to, other addons and TensorRT in the same process.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
# Nothing is found beside the addon but what it opens by its full path.
set(CMAKE_SKIP_RPATH ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# CMake's default of -O3 -DNDEBUG for Release stands.

add_compile_options(-Wall -Wextra -Wpedantic)
if(JETSON_VLA_WERROR)
  add_compile_options(-Werror)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

# libstdc++ is linked dynamically on purpose. std::string, std::function and exceptions cross the border between the
# addon and its backends, and libnvinfer and Node itself use the shared libstdc++ too: with one copy per object,
# an exception thrown by one copy would be caught by another. The price is a floor on the library's version, which
# .ci/prebuild-problems.ts asserts.

if(JETSON_VLA_SANITIZE STREQUAL "address")
  set(sanitizers -fsanitize=address,undefined -fno-sanitize-recover=undefined)
elseif(JETSON_VLA_SANITIZE STREQUAL "thread")
  set(sanitizers -fsanitize=thread)
elseif(JETSON_VLA_SANITIZE)
  message(FATAL_ERROR "JETSON_VLA_SANITIZE is \"${JETSON_VLA_SANITIZE}\"; expected address or thread")
endif()
if(sanitizers)
  # Line numbers are all that a report needs, and the rest of the debugging information takes long to write.
  add_compile_options(${sanitizers} -g1 -O1 -fno-omit-frame-pointer)
  add_link_options(${sanitizers})
endif()
