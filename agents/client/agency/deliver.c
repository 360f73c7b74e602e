// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/client/agency/front.h"
#include "agents/client/complete.h"
#include "proto/base/clock.h"

#define WAIT_SECONDS 60

static bool waits(enum evx_status s)
{
    return s == EVX_E_UNREACHABLE || s == EVX_E_TIMEOUT || evx_error_info(s)->class == EVX_CLASS_AGAIN;
}

bool evx_front_settled(void *user, struct evx_agent *agent)
{
    struct evx_front_until *until = user;
    return until->done(NULL, agent) && evx_agent_settled(agent, &until->since_ms);
}

int evx_front_deliver(struct evx_agent *agent, uint64_t seconds)
{
    struct evx_front_until until = {.done = evx_agent_all_receipted};
    evx_cli_stop_on_signal(agent);
    enum evx_status s =
        seconds ? evx_agent_run(agent, evx_front_settled, &until, seconds * 1000) : EVX_E_TIMEOUT;
    evx_cli_stop_on_signal(NULL);
    if (s == EVX_OK && evx_agent_all_receipted(NULL, agent)) return 0;
    if (s && !waits(s)) return evx_cli_fail(s, evx_agent_organisation(agent), NULL);
    fprintf(stderr,
            "queued: nothing is lost; it is sent as soon as the broker can be reached (%s)\n"
            "  look with: %s status\n",
            seconds ? evx_error_info(s ? s : EVX_E_QUEUED)->code : "not tried", evx_front_program());
    return evx_status_exit_code(EVX_E_QUEUED);
}

enum evx_status evx_front_wait(uint64_t *seconds, const struct evx_cli_options *o)
{
    *seconds = evx_cli_has(o, "no-wait") ? 0 : WAIT_SECONDS;
    return evx_cli_number(seconds, o, "wait", 0, 86400);
}

enum evx_status evx_front_may_follow(struct evx_agent *agent, const struct evx_cli_options *o)
{
    uint64_t stated_ms = 0;
    char when[EVX_TIME_TEXT];
    enum evx_status s = evx_agent_final(agent, &stated_ms);
    if (!s && stated_ms && evx_cli_has(o, "reopen"))
        s = evx_agent_reopen(agent);
    else if (!s && stated_ms)
        s = EVX_E_FINAL_STATED;
    if (s) {
        evx_time_text(when, (int64_t)stated_ms);
        evx_cli_error(s, evx_agent_organisation(agent), stated_ms ? when : NULL);
    }
    return s;
}

int evx_front_send_one(struct evx_cli_options *o, const Evx__V1__Item *item, struct evx_agent *agent)
{
    struct evx_buf packed = {0};
    struct evx_queued queued;
    uint64_t seconds;
    enum evx_status s = evx_front_wait(&seconds, o);
    if (!s) s = evx_front_may_follow(agent, o);
    if (s) return evx_status_exit_code(s);
    s = evx_item_pack(&packed, item);
    struct evx_plain_item plain = {.content = evx_buf_bytes(&packed), .retention = 1};
    if (!s) s = evx_agent_queue(agent, &plain, 1, NULL, 0, 0, &queued);
    evx_buf_free(&packed);
    if (s) return evx_cli_fail(s, NULL, NULL);
    char hex[33];
    evx_hex(hex, queued.item_ids[0].b, sizeof queued.item_ids[0].b);
    printf("item %s\n", hex);
    evx_queued_free(&queued);
    return evx_front_deliver(agent, seconds);
}
