// SPDX-License-Identifier: Apache-2.0
//
// From records to children: records that share a token are one child, and so are
// records that an inspector's confirmed link joins. Nothing else joins them.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_CHILDREN_H
#define EVX_AGENTS_INSPECTOR_VIEWS_CHILDREN_H

#include "agents/inspector/engine/casebook.h"
#include "agents/inspector/views/facts.h"
#include "agents/inspector/views/identity.h"
#include "agents/inspector/views/match.h"

struct evx_child_fact {
    char id[EVX_CITED_TEXT];     // "CH-7K3M9QZX"; every id a record of it ever had finds it too
    uint32_t tracked;            // its number in the inspection's list, 0 = not tracked
    const char *given, *family;  // "" when nobody gave them
    const char *initials;        // "O. K.", "?" when nobody gave a name
    const Evx__V1__Moment *born; // NULL when nobody gave it
    const uint32_t *record;      // positions, in order
    const uint32_t *item;        // evidence about it (in the role of the child), in log order
    size_t records, items;
};

struct evx_children {
    struct evx_child_fact *child; // tracked ones first by number, then by first appearance
    size_t n, tracked;
    uint32_t *of_record;       // child of each record, EVX_NO_CHILD
    size_t unattributed;       // evidence about a child whom its record does not identify
    struct evx_person *person; // of each record, folded
};
#define EVX_NO_CHILD UINT32_MAX

// Decisions as the casebook holds them, oldest first.
struct evx_link_fact {
    struct evx_digest a, b;
    enum evx_verdict verdict;
    uint64_t time_ms;
    const char *who, *why;
};

EVX_MUST_CHECK enum evx_status evx_children_work_out(struct evx_children *out, struct evx_slab *slab,
                                                     const struct evx_facts *f,
                                                     const struct evx_identity *identity,
                                                     const struct evx_link_fact *link, size_t links);
// By a (part of a) child id, or by the tracked number. CHILD_UNKNOWN, AMBIGUOUS.
EVX_MUST_CHECK enum evx_status evx_children_find(size_t *child, const struct evx_children *c,
                                                 const struct evx_facts *f,
                                                 const struct evx_identity *identity, const char *text);
// Position of the record with this blind, SIZE_MAX when unknown.
size_t evx_record_find(const struct evx_facts *f, const struct evx_digest *blind);

#endif
