# SPDX-License-Identifier: Apache-2.0
# Compiler flags that hold for every target. No -march here: kernels/ and train/
# choose instruction sets per file and dispatch at run time.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

# docs/numerics.md: every operation is rounded by itself.
add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-ffp-contract=off>
                    $<$<COMPILE_LANGUAGE:C,CXX>:-fno-math-errno>)

if(LENTIL_DEVELOPER_MODE)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Wall>
                      $<$<COMPILE_LANGUAGE:C,CXX>:-Wextra>
                      $<$<COMPILE_LANGUAGE:C,CXX>:-Werror>)
endif()

if(LENTIL_SANITIZE)
  add_compile_options(-fsanitize=${LENTIL_SANITIZE}
                      -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LENTIL_SANITIZE})
endif()
if(LENTIL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
