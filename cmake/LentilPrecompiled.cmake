# SPDX-License-Identifier: Apache-2.0
# The standard library's headers, compiled once: reading them is a quarter of the
# time that a file of ours takes. Files with instruction sets or other flags of
# their own read them as they are (SKIP_PRECOMPILE_HEADERS), and so does all with
# -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON, by which the presets of sanitizers see
# that every file includes what it needs.
set(LENTIL_STANDARD_HEADERS <algorithm> <array> <atomic> <chrono> <cmath>
  <condition_variable> <cstddef> <cstdint> <cstring> <filesystem> <functional>
  <map> <memory> <mutex> <optional> <span> <string> <string_view> <thread>
  <utility> <variant> <vector>)
set(lentil_precompiled_test_headers <gtest/gtest.h>)

# lentil_use_precompiled(target donor [LIBS ...]): `donor` has them, with the
# flags of `target`, and <donor>_headers, which are those of LIBS; the first
# target that names a donor makes it.
function(lentil_use_precompiled target donor)
  if(NOT TARGET ${donor})
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/${donor}.cc" CONTENT
      "int main() { return 0; }\n")
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "EXECUTABLE")
      add_executable(${donor} "${PROJECT_BINARY_DIR}/${donor}.cc")
    else()
      add_library(${donor} STATIC "${PROJECT_BINARY_DIR}/${donor}.cc")
    endif()
    target_link_libraries(${donor} PRIVATE ${ARGN})
    target_precompile_headers(${donor} PRIVATE ${LENTIL_STANDARD_HEADERS}
                              ${${donor}_headers})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${donor})
endfunction()

# g++ 12 forgets in a precompiled header that it is the system's, and tells of
# dangers in std::string that there are none.
if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
  add_compile_options(
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-array-bounds>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow>
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overread>)
endif()
