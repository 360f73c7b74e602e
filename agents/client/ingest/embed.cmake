# SPDX-License-Identifier: Apache-2.0
# evx_embed_profiles(police a.yaml b.yaml)  -> generated profiles.c that defines
# evx_police_profiles[] and evx_police_profiles_n, the files' bytes as C strings.
function(evx_embed_profiles agency)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/profiles.c)
  set(assembly)
  set(declarations)
  set(rows)
  set(files)
  set(i 0)
  foreach(name ${ARGN})
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/profiles/${name})
    list(APPEND files ${path})
    string(APPEND assembly "__asm__(\".pushsection .rodata\\nevx_${agency}_profile_${i}:\\n.incbin \\\"${path}\\\"\\n.byte 0\\n.popsection\\n\");\n")
    string(APPEND declarations "extern const char evx_${agency}_profile_${i}[];\n")
    string(APPEND rows "    {\"${name}\", evx_${agency}_profile_${i}},\n")
    math(EXPR i "${i} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${out} @ONLY CONTENT "// SPDX-License-Identifier: Apache-2.0
#include \"agents/client/ingest/ingest.h\"
${assembly}${declarations}
extern const struct evx_ingest_profile_text evx_${agency}_profiles[];
extern const size_t evx_${agency}_profiles_n;
const struct evx_ingest_profile_text evx_${agency}_profiles[] = {
${rows}};
const size_t evx_${agency}_profiles_n = ${i};
")
  set_source_files_properties(${out} PROPERTIES OBJECT_DEPENDS "${files}")
endfunction()
