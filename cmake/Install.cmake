# What `cmake --install` puts where. The binary is installed by the server's folder with
#   install(TARGETS millrace RUNTIME COMPONENT server)
# and the SDK by its own folder with
#   millrace_install_library(millrace_base engine/base)      # once for each library the SDK stands on
#   millrace_install_library(millrace_sdk sdk)
#   install(DIRECTORY include/millrace DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT sdk)
#   millrace_install_package()
# An outside project then says find_package(millrace) and links millrace::sdk.

include(CMakePackageConfigHelpers)

# Headers of ours that the SDK's public headers lean on; users include <millrace/...> only.
set(MILLRACE_INSTALL_DETAIL "${CMAKE_INSTALL_INCLUDEDIR}/millrace/detail")
set(MILLRACE_INSTALL_CMAKE "${CMAKE_INSTALL_LIBDIR}/cmake/millrace")

# Installs a library into the package, with the headers directly in `folder` (not those of sub-folders).
function(millrace_install_library target folder)
  install(TARGETS ${target} EXPORT millraceTargets ARCHIVE COMPONENT sdk)
  file(GLOB headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/${folder}/*.h"
    "${PROJECT_SOURCE_DIR}/${folder}/*.def")
  install(FILES ${headers} DESTINATION "${MILLRACE_INSTALL_DETAIL}/${folder}" COMPONENT sdk)
endfunction()

function(millrace_install_package)
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/millraceConfig.cmake.in"
    "${PROJECT_BINARY_DIR}/millraceConfig.cmake" INSTALL_DESTINATION "${MILLRACE_INSTALL_CMAKE}")
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/millraceConfigVersion.cmake"
    COMPATIBILITY SameMinorVersion)
  install(EXPORT millraceTargets NAMESPACE millrace:: DESTINATION "${MILLRACE_INSTALL_CMAKE}"
    COMPONENT sdk)
  install(FILES "${PROJECT_BINARY_DIR}/millraceConfig.cmake"
    "${PROJECT_BINARY_DIR}/millraceConfigVersion.cmake"
    "${PROJECT_SOURCE_DIR}/cmake/SdkDependencies.cmake"
    DESTINATION "${MILLRACE_INSTALL_CMAKE}" COMPONENT sdk)
endfunction()
