// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "grading/load/load.h"

struct rule {
    struct evx_text id, source, effect, message, reading;
    struct evx_text on, to, same_as, toward, when, needs, starts;
    struct evx_texts likely, after;
};
static const struct evx_field rule_fields[] = {
    EVX_KEY(rule, "id", id, TEXT, true),
    EVX_KEY(rule, "source", source, TEXT, true),
    EVX_KEY(rule, "effect", effect, TEXT, true),
    EVX_KEY(rule, "message", message, TEXT, true),
    EVX_KEY(rule, "reading", reading, TEXT, false),
    EVX_KEY(rule, "on", on, TEXT, false),
    EVX_KEY(rule, "to", to, TEXT, false),
    EVX_KEY(rule, "same-as", same_as, TEXT, false),
    EVX_KEY(rule, "toward", toward, TEXT, false),
    EVX_KEY(rule, "when", when, TEXT, false),
    EVX_KEY(rule, "needs", needs, TEXT, false),
    EVX_KEY(rule, "starts", starts, TEXT, false),
    EVX_KEY(rule, "likely", likely, TEXTS, false),
    EVX_KEY(rule, "after", after, TEXTS, false),
};
static const struct evx_shape rule_shape = EVX_SHAPE("rule", rule, rule_fields);

enum { ON = 1, TO = 2, SAME_AS = 4, TOWARD = 8, NEEDS = 16, STARTS = 32, LIKELY = 64, AFTER = 128 };
static const struct {
    const char *word, *shown;
    unsigned needs, may;
} effects[] = {
    // in the order of enum evx_effect
    {"LIMIT", "limit", ON | TO, 0},
    {"CAP", "cap", ON | TO, 0},
    {"INDICATE", "indicate", ON, SAME_AS | TOWARD | LIKELY},
    {"TRIGGER", "trigger", STARTS, 0},
    {"REQUIRE", "require", ON | NEEDS, 0},
    {"ORDER", "order", ON | AFTER, 0},
    {"GUARD", "guard", 0, ON},
};

static enum evx_status choose_effect(struct evx_loading *l, const struct rule *row, size_t *effect)
{
    const char *words[7];
    for (size_t i = 0; i < 7; i++)
        words[i] = effects[i].word;
    return evx_load_choice(l, &row->effect, words, 7, effect);
}

// Each effect has its own keys; one that means nothing for it is a mistake.
static enum evx_status check_keys(struct evx_loading *l, const struct rule *row, size_t effect)
{
    const struct {
        unsigned bit;
        const char *key;
        uint32_t line;
    } keys[] = {{ON, "on", row->on.line},
                {TO, "to", row->to.line},
                {SAME_AS, "same-as", row->same_as.line},
                {TOWARD, "toward", row->toward.line},
                {NEEDS, "needs", row->needs.line},
                {STARTS, "starts", row->starts.line},
                {LIKELY, "likely", row->likely.line},
                {AFTER, "after", row->after.line}};
    unsigned needs = effects[effect].needs, may = effects[effect].may;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].line && !((needs | may) & keys[i].bit))
            return evx_reader_fail(&l->reader, keys[i].line, keys[i].key, "a %s rule has no '%s'",
                                   row->effect.s, keys[i].key);
        if (!keys[i].line && (needs & keys[i].bit))
            return evx_reader_fail(&l->reader, row->id.line, keys[i].key,
                                   "the %s rule that begins here lacks this key", row->effect.s);
    }
    return EVX_OK;
}

static enum evx_status read_on(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    rule->on = -1;
    rule->info.on = "";
    if (rule->effect == EVX_EFFECT_TRIGGER) {
        rule->info.on = row->starts.s;
        return evx_load_word(l, &row->starts);
    }
    if (!row->on.line) return EVX_OK;
    rule->info.on = row->on.s;
    if (rule->effect == EVX_EFFECT_REQUIRE && !strcmp(row->on.s, "report")) return EVX_OK;
    return evx_load_judgement_ref(l, &row->on, &rule->on);
}

static enum evx_status read_to(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    int grade;
    enum evx_status s = evx_load_grade_ref(l, &row->to, &grade);
    if (s) return s;
    rule->info.to = row->to.s;
    rule->mask = 1u << grade;
    if (rule->effect == EVX_EFFECT_CAP) rule->mask = ((1u << l->f->grades) - 1) & ~((1u << grade) - 1);
    return EVX_OK;
}

static enum evx_status read_likely(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    struct evx_buf shown = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < row->likely.n && !s; i++) {
        int grade = 0;
        s = evx_load_grade_ref(l, &row->likely.at[i], &grade);
        if (!s) s = evx_buf_printf(&shown, "%s%s", i ? ", " : "", row->likely.at[i].s);
        if (!s) rule->mask |= 1u << grade;
    }
    if (!s) rule->info.to = evx_arena_text(&l->f->arena, (const char *)shown.p, shown.n);
    if (!s && !rule->info.to) s = EVX_E_MEMORY;
    evx_buf_free(&shown);
    return s;
}

// "toward" says in which direction where the source gives no grade.
static enum evx_status read_advice(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    static const char *const ways[] = {"worse", "better"};
    size_t way;
    if (!row->toward.line + !row->same_as.line + !row->likely.line != 2)
        return evx_reader_fail(&l->reader, row->id.line, "likely",
                               "an INDICATE rule has one of likely, same-as, toward");
    if (row->same_as.line) {
        rule->info.to = row->same_as.s;
        return evx_load_judgement_ref(l, &row->same_as, &rule->same_as);
    }
    if (row->likely.line) return read_likely(l, row, rule);
    rule->info.to = row->toward.s;
    return evx_load_choice(l, &row->toward, ways, 2, &way);
}

static enum evx_status read_after(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    for (size_t i = 0; i < row->after.n; i++) {
        int8_t j;
        enum evx_status s = evx_load_judgement_ref(l, &row->after.at[i], &j);
        if (s) return s;
        rule->after |= 1u << j;
    }
    return EVX_OK;
}

static enum evx_status read_effect(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    switch (rule->effect) {
    case EVX_EFFECT_LIMIT:
    case EVX_EFFECT_CAP: return read_to(l, row, rule);
    case EVX_EFFECT_INDICATE: return read_advice(l, row, rule);
    case EVX_EFFECT_ORDER: return read_after(l, row, rule);
    case EVX_EFFECT_TRIGGER:
    case EVX_EFFECT_REQUIRE:
    case EVX_EFFECT_GUARD: return EVX_OK;
    }
    return EVX_E_BUG;
}

// Judgements are not derived from a checklist: no count of criteria may narrow
// what is permitted, whatever a file says.
static enum evx_status read_conditions(struct evx_loading *l, const struct rule *row, struct evx_rule *rule)
{
    struct evx_condition_use use, needs;
    enum evx_status s = evx_condition_compile(&l->reader, l->f, &row->when, &rule->when, &use);
    if (!s) s = evx_condition_compile(&l->reader, l->f, &row->needs, &rule->needs, &needs);
    if (s) return s;
    uint64_t counters = (1ull << EVX_COUNTERS) - 1;
    bool narrows = rule->effect == EVX_EFFECT_LIMIT || rule->effect == EVX_EFFECT_CAP;
    if (narrows && (use.facts & counters))
        return evx_reader_fail(&l->reader, row->when.line, "when",
                               "a %s may not depend on how many criteria are met", row->effect.s);
    if (narrows && !row->when.line)
        return evx_reader_fail(&l->reader, row->id.line, "when", "a %s rule needs a condition",
                               row->effect.s);
    return EVX_OK;
}

static enum evx_status add_rule(struct evx_loading *l, const struct rule *row)
{
    size_t effect;
    enum evx_status s = choose_effect(l, row, &effect);
    if (!s) s = check_keys(l, row, effect);
    if (s) return s;
    if (evx_find_rule(l->f, row->id.s, NULL) >= 0) return evx_load_twice(l, &row->id);
    struct evx_rule *rule = &l->f->rule[l->f->rules++];
    *rule = (struct evx_rule){.effect = (enum evx_effect)effect, .same_as = -1};
    rule->info = (struct evx_rule_info){.id = row->id.s,
                                        .source = row->source.s,
                                        .effect = effects[effect].shown,
                                        .message = row->message.s,
                                        .to = "",
                                        .when = row->when.s,
                                        .needs = row->needs.s,
                                        .reading = row->reading.s};
    s = read_on(l, row, rule);
    if (!s) s = read_effect(l, row, rule);
    return s ? s : read_conditions(l, row, rule);
}

enum evx_status evx_load_rules(struct evx_loading *l, const struct evx_node *list)
{
    struct rule *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &rule_shape, EVX_LIMIT_GRADING_RULES, (void **)&row, &n);
    if (s) return s;
    l->f->rule = evx_load_take(l, n, sizeof *l->f->rule);
    if (!l->f->rule) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_rule(l, &row[i]);
    return s;
}
