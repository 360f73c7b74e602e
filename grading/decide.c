// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "grading/case.h"

static bool can_be_passed(enum evx_effect effect)
{
    return effect == EVX_EFFECT_LIMIT || effect == EVX_EFFECT_CAP || effect == EVX_EFFECT_ORDER ||
           effect == EVX_EFFECT_REQUIRE;
}

static char *keep(struct evx_case *c, const char *text)
{
    return evx_arena_text(&c->text, text, strlen(text));
}

static enum evx_status record(struct evx_case *c, const struct evx_rule *rule, const struct evx_override *o)
{
    if (!c->override) c->override = calloc(EVX_LIMIT_GRADING_OVERRIDES, sizeof *c->override);
    struct evx_override copy = {rule->info.id, keep(c, o->who), keep(c, o->reason), o->time_ms};
    if (!c->override || !copy.who || !copy.reason) return EVX_E_MEMORY;
    c->override[c->overrides++] = copy;
    return EVX_OK;
}

enum evx_status evx_case_override(struct evx_case *c, const struct evx_override *o, const char **suggestion)
{
    if (suggestion) *suggestion = NULL;
    int i = evx_find_rule(c->f, o->rule, suggestion);
    if (i < 0 || !can_be_passed(c->f->rule[i].effect)) return EVX_E_RULE_UNKNOWN;
    if (!o->who || !*o->who || !o->reason || !*o->reason) return EVX_E_INCOMPLETE;
    if (c->overrides == EVX_LIMIT_GRADING_OVERRIDES) return EVX_E_MEMORY;
    return record(c, &c->f->rule[i], o);
}

size_t evx_case_overrides(const struct evx_case *c) { return c->overrides; }

const struct evx_override *evx_case_override_at(const struct evx_case *c, size_t i)
{
    return i < c->overrides ? &c->override[i] : NULL;
}

static const struct evx_override *override_of(const struct evx_case *c, const char *rule)
{
    for (size_t i = 0; i < c->overrides; i++)
        if (!strcmp(c->override[i].rule, rule)) return &c->override[i];
    return NULL;
}

// Does the fired rule stand against this grade of this judgement (-1: report)?
static bool forbids(const struct evx_rule *rule, int judgement, int grade)
{
    if (judgement < 0) return rule->effect == EVX_EFFECT_REQUIRE && rule->on < 0;
    if (rule->on != judgement) return false;
    if (rule->effect == EVX_EFFECT_LIMIT || rule->effect == EVX_EFFECT_CAP)
        return grade >= 0 && !(rule->mask >> grade & 1);
    return rule->effect == EVX_EFFECT_ORDER || rule->effect == EVX_EFFECT_REQUIRE;
}

static enum evx_status weigh(const struct evx_case *c, int judgement, int grade, struct evx_decision *out)
{
    struct evx_permitted now;
    evx_case_evaluate(c, NULL, &now);
    bool barred = false, early = false;
    out->permitted = judgement < 0 ? 0 : now.permitted[judgement];
    for (size_t i = 0; i < now.fired_n; i++) {
        const struct evx_rule *rule = &c->f->rule[evx_find_rule(c->f, now.fired[i].rule, NULL)];
        if (!forbids(rule, judgement, grade)) continue;
        const struct evx_override *by = override_of(c, rule->info.id);
        out->against[out->against_n] = now.fired[i];
        out->by[out->against_n++] = by;
        bool grade_rule = rule->effect == EVX_EFFECT_LIMIT || rule->effect == EVX_EFFECT_CAP;
        barred |= !by && grade_rule;
        early |= !by && !grade_rule;
    }
    return barred ? EVX_E_NOT_PERMITTED : early ? EVX_E_NOT_READY : EVX_OK;
}

enum evx_status evx_case_decide(const struct evx_case *c, const char *judgement, const char *grade,
                                struct evx_decision *out)
{
    memset(out, 0, sizeof *out);
    if (judgement && !strcmp(judgement, "report")) return weigh(c, -1, 0, out);
    // What would hold if it were recorded: order rules look at the judgement itself.
    struct evx_case then = *c;
    enum evx_status s = evx_case_judge(&then, judgement, grade, NULL);
    if (s) return s;
    int j = evx_find_judgement(c->f, judgement, NULL);
    return weigh(&then, j, then.grade[j] < (int)c->f->grades ? then.grade[j] : -1, out);
}
