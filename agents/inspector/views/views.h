// SPDX-License-Identifier: Apache-2.0
//
// One inspector's session over one inspection: the collector's store read-only, the
// index brought up to date, children worked out. Every view starts here:
//
//   evx_views_open()                 indexing, recorded as "combination" by the program
//   evx_views_release(v, …)          ONE audit record, durable, for what the view shows
//   evx_views_item(v, position, …)   content, refused unless that record names it
//
// One thread. Calls block on disk. Everything a view returns lives until close.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_VIEWS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_VIEWS_H

#include "agents/collector/audit.h"
#include "agents/inspector/views/links.h"

struct evx_views_options {
    const char *store; // folder
    const char *index; // folder of index.db and casebook.db, NULL = the store's
    const struct evx_box_secret *secret;
    const struct evx_box_public *public_key;
    const struct evx_directory *directory; // borrowed
    struct evx_inspection_id inspection;
    int64_t now_ms;
    int64_t due_ms;           // when everything is due; 0 = the casebook's, else when the inspection closes
    const char *person;       // who looks
    const char *on_behalf_of; // NULL = ""
    const char *purpose;      // see purpose.h; NULL = "inspection"
};

// An organisation that answers in this inspection: a member that may send, no inspectorate.
struct evx_views_agency {
    const char *id, *name, *role; // role: "social-care"
};

struct evx_views {
    struct evx_store *store;
    struct evx_audit *audit;
    struct evx_index *index;
    struct evx_casebook *book;
    const struct evx_store_key *key;
    struct evx_identity identity;
    struct evx_views_options options;
    struct evx_slab slab;
    struct evx_facts facts;
    struct evx_children children;
    struct evx_links links;
    struct evx_link_fact *decision;
    size_t decisions;
    struct evx_views_agency *agency;
    size_t agencies;
    const struct evx_dir_inspection *inspection; // NULL when the directory does not have it
    int64_t due_ms;
    size_t indexed;              // items newly indexed by open
    struct evx_opening *opening; // of this session's record; NULL before it is written
};

// *explain (may be NULL) receives one line. Errors of the store, audit and index;
// WRONG_INSPECTION.
EVX_MUST_CHECK enum evx_status evx_views_open(struct evx_views **out, const struct evx_views_options *o,
                                              struct evx_buf *explain);
void evx_views_close(struct evx_views **v);

// Writes the record of this reading. `verb` as in audit.h. Once a session.
EVX_MUST_CHECK enum evx_status evx_views_release(struct evx_views *v, const char *verb, const char *view,
                                                 const uint32_t *item, size_t n);
// The same record for an act that opens nothing: a decision, a disclosure of our own work.
EVX_MUST_CHECK enum evx_status evx_views_record(struct evx_views *v, const char *verb, const char *view,
                                                const uint32_t *item, size_t n);
// Opens one item. READ_UNRECORDED unless it was released; ERASED, STORE_DAMAGED, NOT_FOUND. Free with
// evx_item_free.
EVX_MUST_CHECK enum evx_status evx_views_item(struct evx_views *v, size_t position, Evx__V1__Item **out);
// What evx_views_item() may not be passed over with: everything but an item that is erased,
// damaged or gone.
bool evx_views_our_trouble(enum evx_status s);
// Its evidence (of a correction: the replacement), NULL when it has none.
const Evx__V1__Evidence *evx_item_evidence(const Evx__V1__Item *item);

// Records a decision about a link and works the children out again. The record of
// it in the audit is an "alteration".
EVX_MUST_CHECK enum evx_status evx_views_decide(struct evx_views *v, const struct evx_link_row *row,
                                                enum evx_verdict verdict, const char *why);
// Adds children to the inspection's own list. *fresh (may be NULL) counts the new ones.
EVX_MUST_CHECK enum evx_status evx_views_track(struct evx_views *v, const Evx__V1__Subject *const *child,
                                               size_t n, size_t *fresh);
// Position of an item by (part of) "EV-…" or 32 hex characters. NOT_FOUND, AMBIGUOUS.
EVX_MUST_CHECK enum evx_status evx_views_find_item(size_t *position, const struct evx_views *v,
                                                   const char *text);
// Name of an organisation as the directory has it, else its id.
const char *evx_views_name(const struct evx_views *v, const char *organisation);

#endif
