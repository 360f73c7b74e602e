// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/sender.h"

#include <string.h>

void scene_begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    rig_new(&s->r);
    rig_hello(&s->r, 1, POLICE);
    s->stream = rig_stream(POLICE, 7);
}

void scene_end(struct scene *s)
{
    evx_buf_free(&s->bytes);
    rig_free(&s->r);
}

enum evx_status scene_post(struct scene *s)
{
    rig_post(&s->r, 1, &s->stream, &s->bytes, &s->id);
    return rig_verdict(&s->r, 1, evx_buf_bytes(&s->bytes));
}
