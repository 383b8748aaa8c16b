# SPDX-License-Identifier: Apache-2.0
# The public library lentil::lentil (all folders the C API needs, in one file),
# the optional shared one, and install/export.

if(NOT TARGET lentil_capi)
  return()
endif()
get_target_property(capi_type lentil_capi TYPE)
if(capi_type STREQUAL "INTERFACE_LIBRARY")
  return()  # no C API sources yet
endif()

set(public_objects "")
foreach(folder base coder format kernels weights tokenize data model
        imported mixing codec capi)
  get_target_property(type lentil_${folder} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND public_objects $<TARGET_OBJECTS:lentil_${folder}>)
  endif()
endforeach()

# Gives a public library its headers, dependencies and place in the package.
function(lentil_make_public target)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
    $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  set_target_properties(${target} PROPERTIES
    OUTPUT_NAME lentil LINKER_LANGUAGE CXX
    VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
  install(TARGETS ${target} EXPORT lentil-targets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

add_library(lentil_static STATIC ${public_objects})
target_link_libraries(lentil_static
  PUBLIC lentil::zstd lentil::xxhash lentil::pcre2-8 Threads::Threads)
set_target_properties(lentil_static PROPERTIES EXPORT_NAME lentil)
lentil_make_public(lentil_static)
add_library(lentil::lentil ALIAS lentil_static)

if(LENTIL_BUILD_SHARED)
  target_compile_definitions(lentil_capi PRIVATE LENTIL_SHARED)
  add_library(lentil_shared SHARED ${public_objects})
  target_link_libraries(lentil_shared
    PRIVATE lentil::zstd lentil::xxhash lentil::pcre2-8 Threads::Threads)
  target_link_options(lentil_shared PRIVATE
    -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/lentil.map
    -Wl,--no-undefined)
  set_target_properties(lentil_shared PROPERTIES
    LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/lentil.map)
  lentil_make_public(lentil_shared)
  add_library(lentil::lentil_shared ALIAS lentil_shared)
endif()

include(CMakePackageConfigHelpers)
write_basic_package_version_file(lentilConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
file(RELATIVE_PATH pc_to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
configure_file(cmake/lentil.pc.in lentil.pc @ONLY)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/lentil)
install(EXPORT lentil-targets NAMESPACE lentil:: DESTINATION ${config_dir})
install(FILES cmake/lentilConfig.cmake cmake/LentilThirdParty.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/lentilConfigVersion.cmake
  DESTINATION ${config_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/lentil.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY include/lentil DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(TARGET lentil)
  install(TARGETS lentil RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
