// SPDX-License-Identifier: Apache-2.0
//
// Rules narrow what is permitted or advise; none of them picks a grade.
#include "grading/case.h"

static void fire(struct evx_permitted *out, const struct evx_rule *rule)
{
    out->fired[out->fired_n++] = (struct evx_fired){rule->info.id, rule->info.source, rule->info.effect,
                                                    rule->info.on, rule->info.message};
}

// Advice is about a judgement still to be made; once a grade is given, the
// inspector has departed from it or not.
static bool indicate(const struct evx_case *c, const struct evx_rule *rule, struct evx_permitted *out)
{
    if (c->grade[rule->on] != EVX_GRADE_OPEN) return false;
    out->advised[rule->on] |= rule->mask;
    if (rule->same_as < 0) return true;
    int8_t g = c->grade[rule->same_as];
    if (g < 0 || g >= (int8_t)c->f->grades) return false;
    out->advised[rule->on] |= 1u << g;
    return true;
}

// A judgement that others precede is out of order as long as one is open.
static bool out_of_order(const struct evx_case *c, const struct evx_rule *rule)
{
    if (c->grade[rule->on] == EVX_GRADE_OPEN) return false;
    for (size_t j = 0; j < c->f->judgements; j++)
        if ((rule->after >> j & 1) && c->grade[j] == EVX_GRADE_OPEN) return true;
    return false;
}

static bool apply(const struct evx_case *c, const struct evx_rule *rule, const struct evx_situation *now,
                  struct evx_permitted *out)
{
    switch (rule->effect) {
    case EVX_EFFECT_LIMIT:
    case EVX_EFFECT_CAP: out->permitted[rule->on] &= rule->mask; return true;
    case EVX_EFFECT_INDICATE: return indicate(c, rule, out);
    case EVX_EFFECT_REQUIRE: return evx_condition_holds(c->f, &rule->needs, now) != EVX_TRUE;
    case EVX_EFFECT_ORDER: return out_of_order(c, rule);
    case EVX_EFFECT_TRIGGER:
    case EVX_EFFECT_GUARD: return true;
    }
    return false;
}

void evx_case_evaluate(const struct evx_case *c, const bool *skip, struct evx_permitted *out)
{
    const struct evx_framework *f = c->f;
    struct evx_situation now = evx_case_situation(c);
    uint32_t all = f->graded ? (1u << f->grades) - 1 : 0;
    out->fired_n = 0;
    for (size_t j = 0; j < EVX_LIMIT_GRADING_JUDGEMENTS; j++) {
        out->permitted[j] = j < f->judgements ? all : 0;
        out->advised[j] = 0;
    }
    for (size_t i = 0; i < f->rules; i++) {
        if (skip && skip[i]) continue;
        const struct evx_rule *rule = &f->rule[i];
        if (evx_condition_holds(f, &rule->when, &now) != EVX_TRUE) continue;
        if (apply(c, rule, &now, out)) fire(out, rule);
    }
    for (size_t j = 0; j < f->judgements; j++)
        out->advised[j] &= out->permitted[j];
}

enum evx_status evx_case_permitted(const struct evx_case *c, struct evx_permitted *out)
{
    evx_case_evaluate(c, NULL, out);
    return EVX_OK;
}
