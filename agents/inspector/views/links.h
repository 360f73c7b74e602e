// SPDX-License-Identifier: Apache-2.0
//
// Proposals that two children are one (match.h) and what inspectors decided about
// them. A proposal changes nothing; a confirmed one joins the two until it is undone.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_LINKS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_LINKS_H

#include "agents/inspector/views/children.h"

struct evx_link_row {
    char id[EVX_CITED_TEXT]; // "LK-7K3M9QZX"
    uint32_t a, b;           // records, a < b
    enum evx_match rule;
    const char *against; // what speaks against it, "" = nothing: "different nhs-number"
    enum evx_verdict verdict;
    const struct evx_link_fact *decision; // NULL while open
};
struct evx_links {
    struct evx_link_row *row; // open ones first
    size_t n, open;
    bool cut; // more candidates than EVX_LINKS_MAX
};
#define EVX_LINKS_MAX 10000

EVX_MUST_CHECK enum evx_status evx_links_work_out(struct evx_links *out, struct evx_slab *slab,
                                                  const struct evx_facts *f, const struct evx_children *c,
                                                  const struct evx_identity *identity,
                                                  const struct evx_link_fact *link, size_t links);
// By a part of the id. NOT_FOUND, AMBIGUOUS.
EVX_MUST_CHECK enum evx_status evx_links_find(const struct evx_link_row **out, const struct evx_links *l,
                                              const char *text);

#endif
