# The third parties that the SDK and the libraries below it link. Installed beside millraceConfig.cmake,
# so that a project that uses the SDK finds the same targets as this build.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)

# millrace_import(NAME header LIBRARY): the imported target millrace::NAME from a header and, unless
# it is empty, a library, looked for where the system keeps them.
function(millrace_import name header library)
  if(TARGET millrace::${name})
    return()
  endif()
  find_path(MILLRACE_${name}_INCLUDE "${header}" REQUIRED)
  mark_as_advanced(MILLRACE_${name}_INCLUDE)
  add_library(millrace::${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(millrace::${name} INTERFACE "${MILLRACE_${name}_INCLUDE}")
  if(library)
    find_library(MILLRACE_${name}_LIBRARY "${library}" REQUIRED)
    mark_as_advanced(MILLRACE_${name}_LIBRARY)
    target_link_libraries(millrace::${name} INTERFACE "${MILLRACE_${name}_LIBRARY}")
  endif()
endfunction()

millrace_import(flatbuffers flatbuffers/flatbuffers.h "")  # what generated code needs is header-only
millrace_import(simdjson simdjson.h simdjson)
millrace_import(xxhash xxhash.h xxhash)

# millrace_alias(NAME targets...): millrace::NAME for targets that another package defines.
function(millrace_alias name)
  if(NOT TARGET millrace::${name})
    add_library(millrace::${name} INTERFACE IMPORTED GLOBAL)
    target_link_libraries(millrace::${name} INTERFACE ${ARGN})
  endif()
endfunction()

millrace_alias(threads Threads::Threads)
millrace_alias(openssl_crypto OpenSSL::Crypto)
