// SPDX-License-Identifier: Apache-2.0
//
// What follows an inspection: the follow-up of an inadequate judgement and what
// requirements and recommendations must say.
#include <string.h>

#include "grading/load/load.h"

struct followup {
    struct evx_text start;
    struct evx_texts states;
    struct evx_node gates, steps;
};
static const struct evx_field followup_fields[] = {
    EVX_KEY(followup, "start", start, TEXT, true),
    EVX_KEY(followup, "states", states, TEXTS, true),
    EVX_KEY(followup, "gates", gates, NODE, false),
    EVX_KEY(followup, "steps", steps, NODE, true),
};
static const struct evx_shape followup_shape = EVX_SHAPE("follow-up", followup, followup_fields);

struct gate {
    struct evx_text id, source, holds, message;
};
static const struct evx_field gate_fields[] = {
    EVX_KEY(gate, "id", id, TEXT, true),
    EVX_KEY(gate, "source", source, TEXT, true),
    EVX_KEY(gate, "holds", holds, TEXT, true),
    EVX_KEY(gate, "message", message, TEXT, true),
};
static const struct evx_shape gate_shape = EVX_SHAPE("gate", gate, gate_fields);

static enum evx_status load_gates(struct evx_loading *l, const struct evx_node *list)
{
    struct evx_followup_rules *u = l->f->followup;
    struct gate *row;
    size_t n;
    enum evx_status s = evx_read_rows(&l->reader, list, &gate_shape, EVX_GATES, (void **)&row, &n);
    if (s) return s;
    u->gate = evx_load_take(l, n, sizeof *u->gate);
    if (!u->gate) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++) {
        for (size_t j = 0; j < u->gates && !s; j++)
            if (!strcmp(u->gate[j].view.id, row[i].id.s)) s = evx_load_twice(l, &row[i].id);
        struct evx_gate_rule *g = &u->gate[u->gates++];
        g->view = (struct evx_gate){row[i].id.s, row[i].source.s, row[i].holds.s, row[i].message.s};
        struct evx_condition_use use;
        if (!s) s = evx_condition_compile(&l->reader, l->f, &row[i].holds, &g->holds, &use);
    }
    return s;
}

struct step {
    struct evx_text id, source, from, event, to, message;
    struct evx_texts gates, duties;
};
static const struct evx_field step_fields[] = {
    EVX_KEY(step, "id", id, TEXT, true),         EVX_KEY(step, "source", source, TEXT, true),
    EVX_KEY(step, "from", from, TEXT, true),     EVX_KEY(step, "event", event, TEXT, true),
    EVX_KEY(step, "to", to, TEXT, true),         EVX_KEY(step, "message", message, TEXT, true),
    EVX_KEY(step, "gates", gates, TEXTS, false), EVX_KEY(step, "duties", duties, TEXTS, false),
};
static const struct evx_shape step_shape = EVX_SHAPE("step", step, step_fields);

static enum evx_status step_gates(struct evx_loading *l, const struct step *row,
                                  struct evx_followup_step *step)
{
    const struct evx_followup_rules *u = l->f->followup;
    const struct evx_gate **list = evx_load_take(l, row->gates.n, sizeof *list);
    const char *known[EVX_GATES];
    if (!list) return EVX_E_MEMORY;
    if (row->gates.n > EVX_GATES)
        return evx_reader_fail(&l->reader, row->gates.line, "gates", "more than %d gates", EVX_GATES);
    for (size_t i = 0; i < u->gates; i++)
        known[i] = u->gate[i].view.id;
    for (size_t i = 0; i < row->gates.n; i++) {
        size_t g;
        enum evx_status s = evx_load_choice(l, &row->gates.at[i], known, u->gates, &g);
        if (s) return s;
        list[i] = &u->gate[g].view;
    }
    step->gate = list;
    step->gates = row->gates.n;
    return EVX_OK;
}

static enum evx_status add_step(struct evx_loading *l, const struct step *row)
{
    struct evx_followup_rules *u = l->f->followup;
    size_t at;
    enum evx_status s = evx_load_choice(l, &row->from, u->state, u->states, &at);
    if (!s) s = evx_load_choice(l, &row->to, u->state, u->states, &at);
    if (!s) s = evx_load_word(l, &row->event);
    for (size_t i = 0; i < u->steps && !s; i++) {
        bool same = !strcmp(u->step[i].from, row->from.s) && !strcmp(u->step[i].event, row->event.s);
        if (same || !strcmp(u->step[i].id, row->id.s)) s = evx_load_twice(l, same ? &row->event : &row->id);
    }
    if (s) return s;
    struct evx_followup_step *step = &u->step[u->steps++];
    *step = (struct evx_followup_step){.id = row->id.s,
                                       .source = row->source.s,
                                       .from = row->from.s,
                                       .event = row->event.s,
                                       .to = row->to.s,
                                       .message = row->message.s};
    s = evx_load_strings(l, &row->duties, &step->duty, &step->duties);
    return s ? s : step_gates(l, row, step);
}

static enum evx_status load_states(struct evx_loading *l, const struct followup *row)
{
    struct evx_followup_rules *u = l->f->followup;
    size_t start;
    u->state = evx_load_take(l, row->states.n, sizeof *u->state);
    if (!u->state) return EVX_E_MEMORY;
    for (size_t i = 0; i < row->states.n; i++) {
        enum evx_status s = evx_load_word(l, &row->states.at[i]);
        if (s) return s;
        u->state[u->states++] = row->states.at[i].s;
    }
    u->start = row->start.s;
    return evx_load_choice(l, &row->start, u->state, u->states, &start);
}

enum evx_status evx_load_followup(struct evx_loading *l, const struct evx_node *node)
{
    struct followup row;
    if (!node->node) return EVX_OK;
    enum evx_status s = evx_read_mapping(&l->reader, node->node, &followup_shape, &row);
    if (s) return s;
    struct evx_followup_rules *u = evx_load_take(l, 1, sizeof *u);
    if (!u) return EVX_E_MEMORY;
    l->f->followup = u;
    s = load_states(l, &row);
    if (!s) s = load_gates(l, &row.gates);
    struct step *step = NULL;
    size_t n = 0;
    if (!s)
        s = evx_read_rows(&l->reader, &row.steps, &step_shape, EVX_LIMIT_GRADING_ROWS, (void **)&step, &n);
    u->step = s ? NULL : evx_load_take(l, n, sizeof *u->step);
    if (!s && !u->step) s = EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_step(l, &step[i]);
    return s;
}

struct entry {
    struct evx_text id, source, kind, message;
    struct evx_texts needs;
    struct evx_number sources;
};
static const struct evx_field entry_fields[] = {
    EVX_KEY(entry, "id", id, TEXT, true),        EVX_KEY(entry, "source", source, TEXT, true),
    EVX_KEY(entry, "kind", kind, TEXT, true),    EVX_KEY(entry, "message", message, TEXT, true),
    EVX_KEY(entry, "needs", needs, TEXTS, true), EVX_KEY(entry, "sources", sources, NUMBER, true),
};
static const struct evx_shape entry_shape = EVX_SHAPE("register rule", entry, entry_fields);

static enum evx_status add_entry(struct evx_loading *l, const struct entry *row)
{
    struct evx_register_rules *all = &l->f->entry;
    const char *parts[EVX_ENTRY_PARTS];
    for (size_t i = 0; i < EVX_ENTRY_PARTS; i++)
        parts[i] = evx_entry_part(i);
    for (size_t i = 0; i < all->n; i++)
        if (!strcmp(all->rule[i].kind, row->kind.s)) return evx_load_twice(l, &row->kind);
    if (row->sources.value < 0 || row->sources.value > 16)
        return evx_reader_fail(&l->reader, row->sources.line, "sources",
                               "a number from 0 to 16 belongs here");
    struct evx_entry_rule *e = &all->rule[all->n++];
    *e =
        (struct evx_entry_rule){row->id.s, row->source.s, row->kind.s, row->message.s, 0, row->sources.value};
    enum evx_status s = evx_load_word(l, &row->kind);
    for (size_t i = 0; i < row->needs.n && !s; i++) {
        size_t part = 0;
        s = evx_load_choice(l, &row->needs.at[i], parts, EVX_ENTRY_PARTS, &part);
        e->needs |= 1u << part;
    }
    return s;
}

enum evx_status evx_load_register(struct evx_loading *l, const struct evx_node *list)
{
    struct entry *row;
    size_t n;
    enum evx_status s =
        evx_read_rows(&l->reader, list, &entry_shape, EVX_LIMIT_GRADING_ROWS, (void **)&row, &n);
    if (s) return s;
    l->f->entry.rule = evx_load_take(l, n, sizeof *l->f->entry.rule);
    if (!l->f->entry.rule) return EVX_E_MEMORY;
    for (size_t i = 0; i < n && !s; i++)
        s = add_entry(l, &row[i]);
    return s;
}
