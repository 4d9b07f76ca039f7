# The three shapes of target in this project, and the FlatBuffers generator.
include_guard()

# millrace_add_library(millrace_<folder> SOURCES a.cc... [LIBS public...] [PRIVATE_LIBS third parties...])
#
# A static library, also known as millrace::<folder>. LIBS are those whose headers appear in this
# folder's headers; everything else, and every third party, is private.
function(millrace_add_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS;PRIVATE_LIBS")
  millrace_refuse_unparsed(${name} "${arg_UNPARSED_ARGUMENTS}")
  add_library(${name} STATIC ${arg_SOURCES})
  string(REGEX REPLACE "^millrace_" "" short "${name}")
  add_library(millrace::${short} ALIAS ${name})
  set_target_properties(${name} PROPERTIES EXPORT_NAME ${short})
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_include_directories(${name} PUBLIC
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>"
    "$<INSTALL_INTERFACE:${MILLRACE_INSTALL_DETAIL}>")
  target_link_libraries(${name}
    PUBLIC ${arg_LIBS}
    PRIVATE $<BUILD_INTERFACE:millrace_options> ${arg_PRIVATE_LIBS})
endfunction()

# millrace_add_executable(name SOURCES a.cc... [LIBS libraries...])
#
# A program at the top of the build directory: build/release/<name>.
function(millrace_add_executable name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBS")
  millrace_refuse_unparsed(${name} "${arg_UNPARSED_ARGUMENTS}")
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE millrace_options ${arg_LIBS} ${MILLRACE_PROGRAM_LIBS})
endfunction()

# millrace_add_test(<lib>_test SOURCES a_test.cc... [LIBS libraries...] [TIMEOUT seconds])
#
# One executable for a library's unit tests; CTest sees each test in it. Quietly nothing where
# GoogleTest is missing. MILLRACE_SOURCE_DIR is the repository, for test data. The list of tests is read
# when ctest starts, so that building stays fast.
function(millrace_add_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;LIBS")
  millrace_refuse_unparsed(${name} "${arg_UNPARSED_ARGUMENTS}")
  if(NOT GTest_FOUND)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(MILLRACE_SANITIZE)
    math(EXPR arg_TIMEOUT "4 * ${arg_TIMEOUT}")
  endif()
  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/tests")
  target_compile_definitions(${name} PRIVATE MILLRACE_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
    MILLRACE_BINARY_DIR="${PROJECT_BINARY_DIR}")
  target_link_libraries(${name} PRIVATE millrace_options ${arg_LIBS} ${MILLRACE_PROGRAM_LIBS}
    GTest::gtest_main)
  gtest_discover_tests(${name}
    TEST_PREFIX "${name}." DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY "${PROJECT_BINARY_DIR}"
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS unit ENVIRONMENT "${MILLRACE_TEST_ENVIRONMENT}")
endfunction()

# millrace_flatbuffers(target file.fbs...)
#
# Generates build/<preset>/generated/<folder>/<file>_generated.h, included privately by `target` as
# "<folder>/<file>_generated.h", and links the FlatBuffers runtime. Enums are `enum class`.
function(millrace_flatbuffers target)
  foreach(schema IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH schema BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" NORMALIZE OUTPUT_VARIABLE input)
    cmake_path(RELATIVE_PATH input BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE relative)
    cmake_path(GET relative PARENT_PATH folder)
    cmake_path(GET relative STEM stem)
    set(directory "${PROJECT_BINARY_DIR}/generated/${folder}")
    set(output "${directory}/${stem}_generated.h")
    add_custom_command(OUTPUT "${output}"
      COMMAND "${MILLRACE_FLATC}" --cpp --cpp-std c++17 --scoped-enums -o "${directory}" "${input}"
      DEPENDS "${input}" COMMENT "flatc ${relative}" VERBATIM)
    target_sources(${target} PRIVATE "${output}")
  endforeach()
  target_include_directories(${target} SYSTEM PRIVATE "${PROJECT_BINARY_DIR}/generated")
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:millrace::flatbuffers>)
endfunction()

function(millrace_refuse_unparsed name unparsed)
  if(unparsed)
    message(FATAL_ERROR "${name}: not understood: ${unparsed}")
  endif()
endfunction()

if(GTest_FOUND)
  include(GoogleTest)
endif()
