# SPDX-License-Identifier: Apache-2.0
# evx_library(name SOURCES a.c b.c DEPS evx::x PkgConfig::Y)  -> target evx_name, alias evx::name
function(evx_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_library(evx_${name} STATIC ${A_SOURCES})
  add_library(evx::${name} ALIAS evx_${name})
  target_link_libraries(evx_${name} PUBLIC evx_build ${A_DEPS})
endfunction()

# evx_program(evx-broker SOURCES main.c DEPS evx::broker)
function(evx_program name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  if(EVX_FLAVOUR STREQUAL "fuzz" OR EVX_FLAVOUR STREQUAL "tsan")
    set(excluded EXCLUDE_FROM_ALL)
  endif()
  add_executable(${name} ${excluded} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE evx_build ${A_DEPS})
endfunction()

# Environment and traps for every Criterion program (docs/testing.md).
function(evx_test_properties name)
  set_tests_properties(${name} PROPERTIES
    ENVIRONMENT "ASAN_OPTIONS=abort_on_error=1:detect_leaks=1;LSAN_OPTIONS=suppressions='${CMAKE_SOURCE_DIR}/tests/lint/lsan.supp';UBSAN_OPTIONS=print_stacktrace=1;EVX_SOURCE=${CMAKE_SOURCE_DIR};EVX_BIN=${CMAKE_BINARY_DIR}/bin"
    FAIL_REGULAR_EXPRESSION "Tested: [^0-9]*0[^0-9];LeakSanitizer;runtime error:;ERROR: AddressSanitizer"
    TIMEOUT 300)
endfunction()

# evx_unit_test(crypto/seal DEPS evx::crypto)  compiles tests/unit/crypto/seal_test.c
# In release the program exists for whoever asks for it by name; it is a test in
# dev and coverage only.
function(evx_unit_test path)
  cmake_parse_arguments(A "" "" "DEPS;SOURCES" ${ARGN})
  if(EVX_FLAVOUR STREQUAL "fuzz" OR EVX_FLAVOUR STREQUAL "tsan")
    return()
  endif()
  string(REPLACE "/" "_" target "unit_${path}")
  if(EVX_FLAVOUR STREQUAL "release")
    set(excluded EXCLUDE_FROM_ALL)
  endif()
  add_executable(${target} ${excluded} ${CMAKE_SOURCE_DIR}/tests/unit/${path}_test.c ${A_SOURCES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${target} PRIVATE evx_build ${A_DEPS} PkgConfig::CRITERION)
  target_compile_options(${target} PRIVATE -Wno-shadow -Wno-missing-prototypes -Wno-undef)
  if(EVX_FLAVOUR STREQUAL "release")
    return()
  endif()
  # One job: with more, Criterion's own runner leaks a worker. ctest runs programs side by side.
  add_test(NAME unit/${path} COMMAND ${target} --jobs 1)
  set_tests_properties(unit/${path} PROPERTIES LABELS unit)
  evx_test_properties(unit/${path})
endfunction()
