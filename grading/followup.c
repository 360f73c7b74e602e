// SPDX-License-Identifier: Apache-2.0
#include "grading/followup.h"

#include <string.h>

#include "grading/case.h"
#include "grading/nearest.h"

const char *evx_followup_start(const struct evx_framework *f)
{
    return f->followup ? f->followup->start : NULL;
}
size_t evx_followup_steps(const struct evx_framework *f) { return f->followup ? f->followup->steps : 0; }

const struct evx_followup_step *evx_followup_step_at(const struct evx_framework *f, size_t i)
{
    return i < evx_followup_steps(f) ? &f->followup->step[i] : NULL;
}

static bool has_state(const struct evx_followup_rules *u, const char *state, const char **suggestion)
{
    struct evx_nearest near = evx_nearest_begin(state);
    for (size_t i = 0; i < u->states; i++) {
        if (!strcmp(u->state[i], state)) return true;
        evx_nearest_offer(&near, u->state[i]);
    }
    if (suggestion) *suggestion = near.best;
    return false;
}

static bool has_event(const struct evx_followup_rules *u, const char *event, const char **suggestion)
{
    struct evx_nearest near = evx_nearest_begin(event);
    for (size_t i = 0; i < u->steps; i++) {
        if (!strcmp(u->step[i].event, event)) return true;
        evx_nearest_offer(&near, u->step[i].event);
    }
    if (suggestion) *suggestion = near.best;
    return false;
}

static void hold_gates(const struct evx_case *c, const struct evx_followup_step *step,
                       struct evx_followup_result *out)
{
    struct evx_situation now = evx_case_situation(c);
    for (size_t i = 0; i < step->gates; i++) {
        const struct evx_gate_rule *g = (const struct evx_gate_rule *)(const void *)step->gate[i];
        enum evx_truth holds = evx_condition_holds(c->f, &g->holds, &now);
        if (holds == EVX_TRUE) continue;
        out->unanswered[out->failed_n] = holds == EVX_UNKNOWN;
        out->failed[out->failed_n++] = &g->view;
    }
}

enum evx_status evx_followup(const struct evx_case *c, const char *state, const char *event,
                             struct evx_followup_result *out, const char **suggestion)
{
    *out = (struct evx_followup_result){.state = state};
    if (suggestion) *suggestion = NULL;
    const struct evx_followup_rules *u = c->f->followup;
    if (!u) return EVX_E_FOLLOW_UP;
    if (!has_state(u, state, suggestion) || !has_event(u, event, suggestion)) return EVX_E_EVENT_UNKNOWN;
    for (size_t i = 0; i < u->steps; i++)
        if (!strcmp(u->step[i].from, state) && !strcmp(u->step[i].event, event)) out->step = &u->step[i];
    if (!out->step) return EVX_E_FOLLOW_UP;
    hold_gates(c, out->step, out);
    if (out->failed_n) return EVX_E_FOLLOW_UP;
    out->state = out->step->to;
    return EVX_OK;
}
