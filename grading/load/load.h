// SPDX-License-Identifier: Apache-2.0
//
// A framework file becomes a framework, section by section. Each function reads
// its section, checks it against what was read before and fills the model.
#ifndef EVX_GRADING_LOAD_LOAD_H
#define EVX_GRADING_LOAD_LOAD_H

#include "grading/condition.h"
#include "grading/load/tree.h"
#include "grading/model.h"

struct evx_loading {
    struct evx_reader reader;
    struct evx_framework *f;
};

EVX_MUST_CHECK enum evx_status evx_load_agencies(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_inspectorates(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_scale(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_judgements(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_facts(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_events(struct evx_loading *l, const struct evx_texts *events);
EVX_MUST_CHECK enum evx_status evx_load_sections(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_rules(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_criteria(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_due(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_sampling(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_followup(struct evx_loading *l, const struct evx_node *node);
EVX_MUST_CHECK enum evx_status evx_load_register(struct evx_loading *l, const struct evx_node *list);
EVX_MUST_CHECK enum evx_status evx_load_audit(struct evx_loading *l, const struct evx_node *node);

// --- shared by the sections ---
void *evx_load_take(struct evx_loading *l, size_t n, size_t size); // NULL without memory
// Plain array of the strings of `t`, in the arena.
EVX_MUST_CHECK enum evx_status evx_load_strings(struct evx_loading *l, const struct evx_texts *t,
                                                const char *const **out, size_t *n);
// Lower-case letters, digits and '-': words that conditions and JSON can use.
EVX_MUST_CHECK enum evx_status evx_load_word(struct evx_loading *l, const struct evx_text *t);
// Position of t->s among n words; the complaint suggests the nearest.
EVX_MUST_CHECK enum evx_status evx_load_choice(struct evx_loading *l, const struct evx_text *t,
                                               const char *const *words, size_t n, size_t *choice);
// "yes" or "no"; absent is "no".
EVX_MUST_CHECK enum evx_status evx_load_flag(struct evx_loading *l, const struct evx_text *t, bool *out);
EVX_MUST_CHECK enum evx_status evx_load_judgement_ref(struct evx_loading *l, const struct evx_text *t,
                                                      int8_t *out);
EVX_MUST_CHECK enum evx_status evx_load_grade_ref(struct evx_loading *l, const struct evx_text *t, int *out);
// The id was used before in the same list.
EVX_MUST_CHECK enum evx_status evx_load_twice(struct evx_loading *l, const struct evx_text *id);

#endif
