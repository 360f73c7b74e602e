// SPDX-License-Identifier: Apache-2.0
//
// Cases in short: "help-and-protection=inadequate any-child-missing=yes
// weeks-without-registered-manager=30 28a:not-met".
#ifndef EVX_TESTS_UNIT_GRADING_SCENE_H
#define EVX_TESTS_UNIT_GRADING_SCENE_H

#include "grading/grading.h"

struct evx_framework *evx_scene_framework(const char *id);
// Resets the case and fills it; fails the test on a word that is not known.
void evx_scene(const struct evx_framework *f, struct evx_case *c, const char *words);
struct evx_permitted evx_scene_permitted(const struct evx_framework *f, const char *words);
bool evx_scene_fired(const struct evx_permitted *p, const char *rule);
// "overall" permits exactly these: letters O G R I (position in the scale).
uint32_t evx_scene_set(const struct evx_framework *f, const char *grades);
// ../shared/data/NAME beside the source tree; NULL (and a visible line) when it is not there.
const char *evx_scene_data(const char *name);

#endif
