// SPDX-License-Identifier: Apache-2.0
#include "agents/client/answers.h"

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"

#define ANSWER "answer/"

static void name_of(char out[sizeof ANSWER + 32], const struct evx_item_id *request)
{
    for (size_t i = 0; i < sizeof ANSWER; i++)
        out[i] = ANSWER[i];
    evx_hex(out + sizeof ANSWER - 1, request->b, sizeof request->b);
}

enum evx_status evx_agent_answer(struct evx_agent *a, const struct evx_item_id *request,
                                 struct evx_answer *out)
{
    char name[sizeof ANSWER + 32];
    struct evx_buf value = {0};
    *out = (struct evx_answer){0};
    name_of(name, request);
    enum evx_status s = evx_outbox_get(a->outbox, name, &value);
    if (!s && value.n == 16)
        *out = (struct evx_answer){evx_get_be64(value.p), evx_get_be64(value.p + 8)};
    else if (!s && value.n)
        s = EVX_E_STORE_DAMAGED;
    evx_buf_free(&value);
    return s;
}

enum evx_status evx_agent_note_answer(struct evx_agent *a, const struct evx_item_id *request, size_t items)
{
    char name[sizeof ANSWER + 32];
    struct evx_answer answer;
    uint8_t value[16];
    enum evx_status s = evx_agent_answer(a, request, &answer);
    if (s) return s;
    name_of(name, request);
    evx_put_be64(value, answer.items + items);
    evx_put_be64(value + 8, evx_clock_wall_ms());
    s = evx_agent_begin(a);
    if (!s) s = evx_outbox_put(a->outbox, name, evx_bytes(value, sizeof value));
    if (!s) s = evx_outbox_commit(a->outbox);
    if (s) evx_outbox_rollback(a->outbox);
    return s;
}
