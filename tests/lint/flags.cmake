# SPDX-License-Identifier: Apache-2.0
# One INTERFACE target carries every flag; nothing is set globally.
add_library(evx_build INTERFACE)
target_include_directories(evx_build INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/gen)
target_compile_definitions(evx_build INTERFACE _GNU_SOURCE EVX_VERSION="${PROJECT_VERSION}")
target_compile_options(evx_build INTERFACE -Wall -Wextra -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wformat=2 -Wnull-dereference -Wundef -Werror -fno-omit-frame-pointer
  -fvisibility=hidden)

if(CMAKE_C_COMPILER_ID MATCHES "Clang") # says of callbacks with a format what gcc does not
  target_compile_options(evx_build INTERFACE -Wno-format-nonliteral)
endif()

if(EVX_FLAVOUR STREQUAL "dev")
  target_compile_options(evx_build INTERFACE -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
    -Wno-null-dereference)
  target_link_options(evx_build INTERFACE -fsanitize=address,undefined)
elseif(EVX_FLAVOUR STREQUAL "release")
  target_compile_options(evx_build INTERFACE -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong
    -fstack-clash-protection -fcf-protection)
  target_link_options(evx_build INTERFACE -pie -Wl,-z,relro,-z,now,-z,noexecstack)
elseif(EVX_FLAVOUR STREQUAL "fuzz")
  target_compile_options(evx_build INTERFACE -O1 -g -fsanitize=address,undefined,fuzzer-no-link
    -fno-sanitize-recover=all -Wno-null-dereference)
  target_link_options(evx_build INTERFACE -fsanitize=address,undefined)
elseif(EVX_FLAVOUR STREQUAL "tsan")
  target_compile_options(evx_build INTERFACE -O1 -g -fsanitize=thread -Wno-null-dereference)
  target_link_options(evx_build INTERFACE -fsanitize=thread)
elseif(EVX_FLAVOUR STREQUAL "coverage")
  target_compile_options(evx_build INTERFACE -O0 -g --coverage)
  target_link_options(evx_build INTERFACE --coverage)
endif()
