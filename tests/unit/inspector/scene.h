// SPDX-License-Identifier: Apache-2.0
//
// A made-up inspection for the tests of this room: a collector's store filled with items that were really
// sealed and re-wrapped, as the collector does it.
#ifndef EVX_TESTS_UNIT_INSPECTOR_SCENE_H
#define EVX_TESTS_UNIT_INSPECTOR_SCENE_H

#include "agents/inspector/views/views.h"
#include "tests/testlib/fixture.h"

#define SCENE_NOW 1772366400000ll // 2026-03-01T12:00Z
#define SCENE_DAY 86400000ll

struct scene {
    char folder[256]; // of the store; removed by scene_end
    struct evx_fixture *fixture;
    const struct evx_directory *directory;
    struct evx_inspection_id inspection;
    const struct evx_box_secret *secret;
    struct evx_box_public public_key;
    struct evx_store *store; // open for writing until scene_view
    uint64_t next_index;
    struct evx_frontier log;
    uint64_t sequence[4];
    struct evx_digest last[4];
    struct evx_views *views;
};
enum { POLICE, CARE, SCHOOL, HEALTH };
extern const char *const scene_org[4];

void scene_begin(struct scene *s);
void scene_end(struct scene *s);

// One consignment with one item; gives its id. `code` other than OK = rejected by the collector.
struct evx_item_id scene_put(struct scene *s, int agency, const Evx__V1__Item *item, enum evx_status code);

// Opens the views at SCENE_NOW (again: closes first). `person` "A. Tester".
struct evx_views *scene_view(struct scene *s);
struct evx_views *scene_view_at(struct scene *s, int64_t now_ms, int64_t due_ms);

// --- making items; everything lives in static storage until the next call of the same kind ---
struct scene_child {
    const char *given, *family;
    const char *born;                    // "2012-03-14" or NULL
    const char *scheme, *value, *issuer; // one identifier, NULL = none
    const char *sex;
};
struct scene_evidence {
    const char *kind;
    const char *occurred; // "2026-01-12T14:05:00Z", "2026-01-12", "2026-01", "2026", NULL
    const char *recorded;
    int direction, significance;
    const char *narrative;
    const char *criterion;           // of childrens-homes-2015, NULL = none
    const char *origin;              // organisation, NULL = the sender
    const char *field, *field_value; // one text field
    const struct scene_child *child; // one
    const struct evx_item_id *supersedes, *reply_to;
    int role; // 0 = child
};
struct evx_item_id scene_evidence(struct scene *s, int agency, const struct scene_evidence *e);
struct evx_item_id scene_correct(struct scene *s, int agency, const struct evx_item_id *target,
                                 const struct scene_evidence *e);
struct evx_item_id scene_withdraw(struct scene *s, int agency, const struct evx_item_id *target);
struct evx_item_id scene_nil(struct scene *s, int agency, int ground, const struct scene_child *child,
                             const struct evx_item_id *reply_to);
// Tracks a child in the open views.
void scene_track(struct scene *s, const struct scene_child *child);
// Number of audit records so far.
uint64_t scene_audits(struct scene *s);

#endif
