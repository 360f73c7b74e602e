// SPDX-License-Identifier: Apache-2.0
//
// The rig with one agency that sends: session 1, a stream of its own.
#ifndef EVX_TESTS_UNIT_BROKER_SENDER_H
#define EVX_TESTS_UNIT_BROKER_SENDER_H

#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"

struct scene {
    struct rig r;
    struct rig_stream stream;
    struct evx_buf bytes; // sent last
    struct evx_digest id;
};

void scene_begin(struct scene *s);
void scene_end(struct scene *s);
// Seals a small one, submits it, and gives the verdict.
enum evx_status scene_post(struct scene *s);

#endif
