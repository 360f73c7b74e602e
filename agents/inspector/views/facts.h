// SPDX-License-Identifier: Apache-2.0
//
// The whole index in memory, with the relations worked out: which items stand,
// which were superseded, corrected or withdrawn (never dropped), which say the same.
// Positions are 0-based and in log order; they mean nothing outside one session.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_FACTS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_FACTS_H

#include "agents/inspector/engine/index.h"
#include "agents/inspector/views/slab.h"
#include "proto/msg/codec.h"

enum evx_version {
    EVX_VERSION_CURRENT,
    EVX_VERSION_SUPERSEDED,
    EVX_VERSION_CORRECTED,
    EVX_VERSION_WITHDRAWN
};
const char *evx_version_name(enum evx_version v); // "superseded"

struct evx_criterion_fact {
    int64_t n;
    const char *framework, *criterion;
};
struct evx_agency_fact {
    int64_t n;
    const char *organisation;
};
struct evx_mention_fact {
    int64_t n;
    uint32_t record; // position
    int role;
};

struct evx_item_fact {
    struct evx_index_item x; // texts live as long as the facts
    enum evx_version version;
    uint32_t by;   // the item that replaced it, when not current
    bool foreign;  // would replace another organisation's item: without effect, shown as such
    uint32_t twin; // the first item that says exactly the same (itself when it is the first)
    const struct evx_criterion_fact *criterion;
    const struct evx_agency_fact *agency;
    const struct evx_mention_fact *mention;
    size_t criteria, agencies, mentions;
};

// One organisation's record of a person; or a row of the inspection's own list of
// tracked children (tracked > 0).
struct evx_record_fact {
    struct evx_digest blind;
    const char *organisation; // "" for the inspection's list
    uint32_t tracked;
    Evx__V1__Subject *subject; // owned by the facts
    struct evx_digest *token;
    size_t tokens;
};

struct evx_facts {
    struct evx_item_fact *item;
    struct evx_record_fact *record;
    size_t items, records;
    struct evx_buf by_id; // positions sorted by item id
};

// Accepted evidence or an accepted correction, whatever its version.
bool evx_fact_is_evidence(const struct evx_item_fact *i);
// The same, and nothing has replaced it. A correction of somebody else's item never stands.
bool evx_fact_stands(const struct evx_item_fact *i);
// Position of an item by its id, SIZE_MAX when unknown.
size_t evx_facts_find(const struct evx_facts *f, const struct evx_item_id *id);

struct evx_casebook;
// Reads everything. Memory comes from `slab`; evx_facts_free() first, then the slab.
EVX_MUST_CHECK enum evx_status evx_facts_load(struct evx_facts *out, struct evx_slab *slab,
                                              struct evx_index *x, struct evx_casebook *book,
                                              const struct evx_store_key *k);
void evx_facts_free(struct evx_facts *f);

#endif
