# SPDX-License-Identifier: Apache-2.0
# Libraries from the system, as lentil::<name>. Nothing is downloaded. The
# installed lentilConfig.cmake includes this file too.

# lentil_find_library(zstd HEADER zstd.h PACKAGE libzstd-dev) makes lentil::zstd
# or stops. HEADER_ONLY: there is nothing to link. OPTIONAL: says what is missing
# and goes on without.
function(lentil_find_library name)
  cmake_parse_arguments(ARG "HEADER_ONLY;OPTIONAL" "HEADER;PACKAGE" "" ${ARGN})
  if(TARGET lentil::${name})
    return()
  endif()
  find_path(LENTIL_${name}_INCLUDE ${ARG_HEADER})
  if(ARG_HEADER_ONLY AND LENTIL_${name}_INCLUDE)
    add_library(lentil::${name} INTERFACE IMPORTED GLOBAL)
    set_target_properties(lentil::${name} PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${LENTIL_${name}_INCLUDE}")
    return()
  endif()
  find_library(LENTIL_${name}_LIBRARY ${name})
  mark_as_advanced(LENTIL_${name}_INCLUDE LENTIL_${name}_LIBRARY)
  if(NOT LENTIL_${name}_INCLUDE OR NOT LENTIL_${name}_LIBRARY)
    if(ARG_OPTIONAL)
      message(STATUS "without ${name}; on Debian: apt-get install ${ARG_PACKAGE}")
      return()
    endif()
    message(FATAL_ERROR "lentil needs ${name}; on Debian: apt-get install ${ARG_PACKAGE}")
  endif()
  add_library(lentil::${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(lentil::${name} PROPERTIES
    IMPORTED_LOCATION "${LENTIL_${name}_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${LENTIL_${name}_INCLUDE}")
endfunction()

find_package(Threads REQUIRED)
lentil_find_library(zstd HEADER zstd.h PACKAGE libzstd-dev)
lentil_find_library(xxhash HEADER xxhash.h PACKAGE libxxhash-dev)
lentil_find_library(pcre2-8 HEADER pcre2.h PACKAGE libpcre2-dev)
