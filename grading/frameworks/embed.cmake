# SPDX-License-Identifier: Apache-2.0
# Writes OUT, a C file that holds the text of FILES.
set(arrays "")
set(rows "")
set(n 0)
foreach(file ${FILES})
  get_filename_component(id ${file} NAME_WE)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char text${n}[] = {${bytes}0};\n")
  string(APPEND rows "    {\"${id}\", (const char *)text${n}, sizeof text${n} - 1},\n")
  math(EXPR n "${n} + 1")
endforeach()
file(WRITE ${OUT} "#include \"grading/frameworks/builtin.h\"\n\n${arrays}
const struct evx_builtin evx_builtins[] = {\n${rows}};
const size_t evx_builtins_n = ${n};\n")
