# SPDX-License-Identifier: Apache-2.0
# One folder of src/, one static library, its tests and its benchmarks.

# lentil_add_folder(coder DEPS base [LIBS lentil::zstd] [TEST_DEPS format])
#   *.cc        -> static library lentil_<name>
#   *_test.cc   -> lentil_<name>_test, each TEST registered with label "fast"
#   *_bench.cc  -> lentil_<name>_bench, if Google Benchmark is installed
# DEPS are folders, LIBS are targets. A folder without sources is still a target,
# so that others can name it.
function(lentil_add_folder name)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS;TEST_DEPS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_bench)\\.cc$")
  list(TRANSFORM ARG_DEPS PREPEND lentil_)
  list(TRANSFORM ARG_TEST_DEPS PREPEND lentil_)

  if(sources)
    add_library(lentil_${name} STATIC ${sources})
    lentil_use_precompiled(lentil_${name} lentil_precompiled)
    set(scope PUBLIC)
  else()
    add_library(lentil_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_include_directories(lentil_${name} ${scope} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(lentil_${name} ${scope} ${ARG_DEPS} ${ARG_LIBS})

  if(LENTIL_BUILD_TESTS AND tests)
    lentil_add_test_program(lentil_${name}_test SOURCES ${tests}
                            LIBS lentil_${name} ${ARG_TEST_DEPS})
  endif()
  if(LENTIL_BUILD_TESTS AND benches AND benchmark_FOUND)
    add_executable(lentil_${name}_bench ${benches})
    target_link_libraries(lentil_${name}_bench
      PRIVATE lentil_${name} benchmark::benchmark_main)
  endif()
endfunction()

# A GoogleTest program; every TEST becomes a ctest with label "fast". Tests find
# the checkout through LENTIL_SOURCE_DIR.
function(lentil_add_test_program program)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  add_executable(${program} ${ARG_SOURCES})
  target_include_directories(${program} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(${program} PRIVATE ${ARG_LIBS} GTest::gtest_main)
  lentil_use_precompiled(${program} lentil_precompiled_test GTest::gtest)
  target_compile_definitions(${program} PRIVATE
    LENTIL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  gtest_discover_tests(${program} DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS fast TIMEOUT 600)
endfunction()
