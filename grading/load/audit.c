// SPDX-License-Identifier: Apache-2.0
//
// How a framework's published outcomes are laid out in tables.
#include <string.h>

#include "grading/load/load.h"

struct audit {
    struct evx_texts date, absent;
    struct evx_node columns, due;
};
static const struct evx_field audit_fields[] = {
    EVX_KEY(audit, "date", date, TEXTS, false),
    EVX_KEY(audit, "absent", absent, TEXTS, false),
    EVX_KEY(audit, "columns", columns, NODE, false),
    EVX_KEY(audit, "due", due, NODE, false),
};
static const struct evx_shape audit_shape = EVX_SHAPE("description of tables", audit, audit_fields);

struct due_check {
    struct evx_text rule, from, due, received;
    struct evx_number early;
};
static const struct evx_field due_check_fields[] = {
    EVX_KEY(due_check, "rule", rule, TEXT, true),     EVX_KEY(due_check, "from", from, TEXT, true),
    EVX_KEY(due_check, "due", due, TEXT, true),       EVX_KEY(due_check, "received", received, TEXT, false),
    EVX_KEY(due_check, "early", early, NUMBER, true),
};
static const struct evx_shape due_check_shape = EVX_SHAPE("due check", due_check, due_check_fields);

static enum evx_status load_due_check(struct evx_loading *l, const struct evx_node *node)
{
    struct due_check row;
    if (!node->node) return EVX_OK;
    enum evx_status s = evx_read_mapping(&l->reader, node->node, &due_check_shape, &row);
    if (s) return s;
    const char *known[EVX_LIMIT_GRADING_ROWS];
    size_t at;
    for (size_t i = 0; i < l->f->dues; i++)
        known[i] = l->f->due[i].info.id;
    s = evx_load_choice(l, &row.rule, known, l->f->dues, &at);
    l->f->due_check =
        (struct evx_due_check){row.rule.s, row.from.s, row.due.s, row.received.s, row.early.value};
    return s;
}

static enum evx_status load_columns(struct evx_loading *l, const struct evx_node *map)
{
    struct evx_audit_columns *a = &l->f->audit;
    struct evx_pair *pair;
    size_t n;
    enum evx_status s = evx_read_pairs(&l->reader, map, EVX_LIMIT_GRADING_JUDGEMENTS, &pair, &n);
    for (size_t i = 0; i < n && !s; i++) {
        int8_t j;
        s = evx_load_judgement_ref(l, &pair[i].key, &j);
        if (!s && a->column[j]) s = evx_load_twice(l, &pair[i].key);
        if (!s) s = evx_load_strings(l, &pair[i].value, &a->column[j], &a->column_n[j]);
    }
    return s;
}

enum evx_status evx_load_audit(struct evx_loading *l, const struct evx_node *node)
{
    struct evx_audit_columns *a = &l->f->audit;
    struct audit row;
    if (!node->node) return EVX_OK;
    enum evx_status s = evx_read_mapping(&l->reader, node->node, &audit_shape, &row);
    if (!s) s = evx_load_strings(l, &row.date, &a->date, &a->date_n);
    if (!s) s = evx_load_strings(l, &row.absent, &a->absent, &a->absent_n);
    if (!s) s = load_columns(l, &row.columns);
    return s ? s : load_due_check(l, &row.due);
}
