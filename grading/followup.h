// SPDX-License-Identifier: Apache-2.0
//
// What happens after an inadequate judgement: a state machine written in the
// framework file. A step may be guarded by gates; every gate that does not hold
// is named, and one that nobody has answered does not hold.
#ifndef EVX_GRADING_FOLLOWUP_H
#define EVX_GRADING_FOLLOWUP_H

#include "grading/grading.h"

struct evx_gate {
    const char *id, *source, *holds, *message; // holds: the condition as written
};
struct evx_followup_step {
    const char *id, *source, *from, *event, *to, *message;
    const struct evx_gate *const *gate;
    size_t gates;
    const char *const *duty; // what the step obliges to: "publish-report"
    size_t duties;
};
struct evx_followup_rules;
const char *evx_followup_start(const struct evx_framework *f); // NULL: the framework has no follow-up
size_t evx_followup_steps(const struct evx_framework *f);
const struct evx_followup_step *evx_followup_step_at(const struct evx_framework *f, size_t i);

#define EVX_GATES 16
struct evx_followup_result {
    const struct evx_followup_step *step; // NULL: no such step from here
    const char *state;                    // after the step; unchanged when it failed
    const struct evx_gate *failed[EVX_GATES];
    bool unanswered[EVX_GATES]; // the gate's facts are not recorded
    size_t failed_n;
};
// FOLLOW_UP when a gate does not hold or there is no such step, EVENT_UNKNOWN
// when no step has this event or state (with *suggestion).
EVX_MUST_CHECK enum evx_status evx_followup(const struct evx_case *c, const char *state, const char *event,
                                            struct evx_followup_result *out, const char **suggestion);

#endif
