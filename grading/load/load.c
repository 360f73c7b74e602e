// SPDX-License-Identifier: Apache-2.0
#include "grading/load/load.h"

#include <stdlib.h>
#include <string.h>

struct file {
    struct evx_text framework, title, about, kind;
    struct evx_node in_force, agencies, inspectorates, scale, judgements, facts, sections;
    struct evx_node rules, criteria, due, sampling, followup, entries, audit;
    struct evx_texts events;
};
static const struct evx_field file_fields[] = {
    EVX_KEY(file, "framework", framework, TEXT, true),
    EVX_KEY(file, "title", title, TEXT, true),
    EVX_KEY(file, "about", about, TEXT, true),
    EVX_KEY(file, "kind", kind, TEXT, true),
    EVX_KEY(file, "in-force", in_force, NODE, false),
    EVX_KEY(file, "inspectorates", inspectorates, NODE, false),
    EVX_KEY(file, "agencies", agencies, NODE, true),
    EVX_KEY(file, "scale", scale, NODE, false),
    EVX_KEY(file, "judgements", judgements, NODE, true),
    EVX_KEY(file, "facts", facts, NODE, false),
    EVX_KEY(file, "events", events, TEXTS, false),
    EVX_KEY(file, "sections", sections, NODE, false),
    EVX_KEY(file, "rules", rules, NODE, true),
    EVX_KEY(file, "criteria", criteria, NODE, false),
    EVX_KEY(file, "due", due, NODE, false),
    EVX_KEY(file, "sampling", sampling, NODE, false),
    EVX_KEY(file, "follow-up", followup, NODE, false),
    EVX_KEY(file, "register", entries, NODE, false),
    EVX_KEY(file, "audit", audit, NODE, false),
};
static const struct evx_shape file_shape = EVX_SHAPE("framework", file, file_fields);

struct in_force {
    struct evx_text from, until;
};
static const struct evx_field in_force_fields[] = {
    EVX_KEY(in_force, "from", from, TEXT, false),
    EVX_KEY(in_force, "until", until, TEXT, false),
};
static const struct evx_shape in_force_shape = EVX_SHAPE("period in force", in_force, in_force_fields);

static enum evx_status read_date(struct evx_loading *l, const struct evx_text *t, evx_day *out)
{
    *out = EVX_NO_DAY;
    if (!t->line || evx_day_parse(out, t->s)) return EVX_OK;
    return evx_reader_fail(&l->reader, t->line, t->key, "'%.60s' is not a date: YYYY-MM-DD", t->s);
}

static enum evx_status load_period(struct evx_loading *l, const struct evx_node *node)
{
    struct in_force row = {0};
    l->f->from = l->f->until = EVX_NO_DAY;
    if (!node->node) return EVX_OK;
    enum evx_status s = evx_read_mapping(&l->reader, node->node, &in_force_shape, &row);
    if (!s) s = read_date(l, &row.from, &l->f->from);
    return s ? s : read_date(l, &row.until, &l->f->until);
}

static enum evx_status load_head(struct evx_loading *l, const struct file *file)
{
    static const char *const kinds[] = {"narrative", "graded"};
    struct evx_framework *f = l->f;
    size_t kind;
    enum evx_status s = evx_load_word(l, &file->framework);
    if (!s) s = evx_load_choice(l, &file->kind, kinds, 2, &kind);
    if (s) return s;
    f->id = file->framework.s;
    f->title = file->title.s;
    f->about = file->about.s;
    f->graded = kind == 1;
    f->code = evx_arena_take(&f->arena, EVX_LIMIT_GRADING_CODE * sizeof *f->code);
    return f->code ? load_period(l, &file->in_force) : EVX_E_MEMORY;
}

// Sections refer to what comes before them, so the order matters.
static enum evx_status load_sections(struct evx_loading *l, const struct file *file)
{
    enum evx_status s = load_head(l, file);
    if (!s) s = evx_load_inspectorates(l, &file->inspectorates);
    if (!s) s = evx_load_agencies(l, &file->agencies);
    if (!s) s = evx_load_scale(l, &file->scale);
    if (!s) s = evx_load_judgements(l, &file->judgements);
    if (!s) s = evx_load_facts(l, &file->facts);
    if (!s) s = evx_load_events(l, &file->events);
    if (!s) s = evx_load_sections(l, &file->sections);
    if (!s) s = evx_load_rules(l, &file->rules);
    if (!s) s = evx_load_criteria(l, &file->criteria);
    if (!s) s = evx_load_due(l, &file->due);
    if (!s) s = evx_load_sampling(l, &file->sampling);
    if (!s) s = evx_load_followup(l, &file->followup);
    if (!s) s = evx_load_register(l, &file->entries);
    return s ? s : evx_load_audit(l, &file->audit);
}

enum evx_status evx_framework_load(struct evx_framework **out, const char *yaml, size_t n,
                                   struct evx_buf *explain)
{
    *out = NULL;
    struct evx_framework *f = calloc(1, sizeof *f);
    if (!f) return EVX_E_MEMORY;
    struct evx_loading l = {.reader = {.arena = &f->arena, .explain = explain}, .f = f};
    struct file file;
    enum evx_status s = evx_reader_open(&l.reader, yaml, n);
    if (!s) s = evx_read_mapping(&l.reader, evx_reader_root(&l.reader), &file_shape, &file);
    if (!s) s = load_sections(&l, &file);
    evx_reader_close(&l.reader);
    if (s) evx_framework_destroy(&f);
    *out = f;
    return s;
}
