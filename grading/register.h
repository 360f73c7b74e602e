// SPDX-License-Identifier: Apache-2.0
//
// Requirements, recommendations and priority actions: what an entry must say
// before it is one, and the register that knows which are still unmet.
#ifndef EVX_GRADING_REGISTER_H
#define EVX_GRADING_REGISTER_H

#include "grading/calendar.h"
#include "grading/grading.h"

#define EVX_ENTRY_PARTS 7 // regulation action scope impact date page paragraph
struct evx_entry_rule {
    const char *id, *source, *kind, *message;
    uint32_t needs;  // bit per part, in the order above
    int64_t sources; // distinct origins of evidence, at least
};
struct evx_register_rules {
    struct evx_entry_rule *rule;
    size_t n;
};
const struct evx_register_rules *evx_framework_register(const struct evx_framework *f);
const char *evx_entry_part(size_t i); // "regulation" …

struct evx_entry {
    const char *kind; // "requirement", "recommendation" …
    const char *regulation, *action, *scope, *impact, *page, *paragraph; // NULL or "" = absent
    evx_day by;                                                          // EVX_NO_DAY = absent
    const char *const *origin; // organisation of each piece of evidence; copies count once
    size_t origins;
};
struct evx_entry_verdict {
    const struct evx_entry_rule *rule;
    uint32_t missing; // bit per part
    size_t distinct;  // origins
    bool too_few_sources;
};
// INCOMPLETE; FACT_UNKNOWN for a kind that the framework does not have.
EVX_MUST_CHECK enum evx_status evx_entry_check(const struct evx_framework *f, const struct evx_entry *e,
                                               struct evx_entry_verdict *out);

struct evx_register;
EVX_MUST_CHECK enum evx_status evx_register_new(struct evx_register **out, const struct evx_framework *f);
void evx_register_destroy(struct evx_register **r);
// Checked, copied, numbered from 1.
EVX_MUST_CHECK enum evx_status evx_register_add(struct evx_register *r, const struct evx_entry *e,
                                                size_t *number, struct evx_entry_verdict *out);
// Met only in full: partial compliance leaves it open. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_register_met(struct evx_register *r, size_t number, bool in_full,
                                                evx_day on);
// An unmet recommendation may become a requirement; both stay on record.
EVX_MUST_CHECK enum evx_status evx_register_raise(struct evx_register *r, size_t number,
                                                  const struct evx_entry *e, size_t *raised,
                                                  struct evx_entry_verdict *out);
size_t evx_register_size(const struct evx_register *r);
size_t evx_register_open(const struct evx_register *r);
size_t evx_register_overdue(const struct evx_register *r, evx_day today);
struct evx_register_row {
    struct evx_entry entry;
    bool met;
    evx_day met_on;
    size_t raised_to; // number, 0 = not raised
};
const struct evx_register_row *evx_register_at(const struct evx_register *r, size_t number); // NULL if none

#endif
