# The addon itself: build/Release/jetson-vla.node. Works with and without cmake-js, which prebuildify's shim uses.
set(JETSON_VLA_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/Release")
# Debug and Release trees would otherwise both hold an addon, and node-gyp-build takes the first.
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${JETSON_VLA_OUTPUT_DIRECTORY}")

set(JETSON_VLA_NODE "" CACHE FILEPATH "The node program that resolves the header packages")
if(NOT JETSON_VLA_NODE)
  find_program(NODE_PROGRAM NAMES node nodejs)
  if(NOT NODE_PROGRAM)
    message(FATAL_ERROR "node is not on the PATH; pass -DJETSON_VLA_NODE=<path of the node program>")
  endif()
  set(JETSON_VLA_NODE "${NODE_PROGRAM}")
endif()

function(jetson_vla_header_package name output)
  # Asked of Node because package managers differ in where they put a dependency.
  execute_process(
    COMMAND "${JETSON_VLA_NODE}" -p "require('path').resolve(require('${name}').include_dir)"
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    OUTPUT_VARIABLE directory OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE status ERROR_VARIABLE reason)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "The npm package ${name} is not installed: run npm ci (or npm install) first.\n${reason}")
  endif()
  set(${output} "${directory}" PARENT_SCOPE)
endfunction()

if(NOT CMAKE_JS_INC)
  jetson_vla_header_package(node-addon-api node_addon_api_include)
  jetson_vla_header_package(node-api-headers node_api_include)
  # The name that cmake-js gives it.
  set(CMAKE_JS_INC "${node_addon_api_include}" "${node_api_include}")
endif()

file(GLOB addon_sources CONFIGURE_DEPENDS native/addon.cpp native/binding/*.cpp)
add_library(jetson_vla MODULE ${addon_sources})
set_target_properties(jetson_vla PROPERTIES PREFIX "" OUTPUT_NAME jetson-vla SUFFIX .node)
target_include_directories(jetson_vla SYSTEM PRIVATE ${CMAKE_JS_INC})
target_link_libraries(jetson_vla PRIVATE jetson_vla_core)
# Both exception macros: without _ALL a std::exception that leaves a callback aborts Node. The third: a promise cannot
# be settled in a worker thread that is being terminated, and the exception about it must not abort Node either.
target_compile_definitions(jetson_vla PRIVATE
  NAPI_VERSION=8 NODE_ADDON_API_CPP_EXCEPTIONS NODE_ADDON_API_CPP_EXCEPTIONS_ALL
  NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
  JETSON_VLA_VERSION="${JETSON_VLA_VERSION}")
