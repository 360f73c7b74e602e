// SPDX-License-Identifier: Apache-2.0
//
// A made-up inspection's log, the same in every run: two directory versions that
// the log adopts, three agencies' streams, a final statement with its counter-
// signature, an erasure certificate, then as many more consignments as wanted. For
// everything that verifies. Whatever goes wrong ends the process: it is a test's.
//
//   index  0  directory version 1
//          1  northam-police 1      2  northam-council 1     3  northam-police 2
//          4  directory version 2
//          5  northam-police 3 (still sealed under version 1)
//          6  northam-police 4: final statement over 1..3
//          7  inspectorate-care 1: confirmation of it
//          8  inspectorate-care 2: erasure certificate
//          9… northam-council 2, 3 …
#ifndef EVX_TESTS_INTEROP_WORLD_H
#define EVX_TESTS_INTEROP_WORLD_H

#include "crypto/bundle.h"
#include "crypto/directory_history.h"
#include "tests/testlib/fixture.h"

#define WORLD_ORIGIN    EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION
#define WORLD_FIXED     9 // entries before the filling
#define WORLD_STATEMENT 6
#define WORLD_CONFIRMED 7
#define WORLD_ERASED    8
#define WORLD_LEVELS    40

struct world_entry {
    struct evx_buf entry;
    struct evx_digest leaf, id;
    struct evx_buf whole; // the consignment; empty for an adoption
    uint8_t kek[32];
    unsigned version; // sealed under
};

struct world {
    struct evx_fixture *f;
    struct evx_directory *directory[2];
    struct world_entry *at;
    size_t n;
    struct evx_digest *node[WORLD_LEVELS]; // complete subtrees by height
};

// What is wrong with the world that is asked for; all zero: nothing.
struct world_wish {
    size_t filler;         // consignments after the fixed ones
    const char *quorum;    // "quorum K" of version 2; NULL = 0
    bool gap;              // northam-police leaves number 2 out
    bool unlogged;         // the log begins without its directory
    bool false_items;      // the statement counts one item too many
    bool false_root;       // the statement's root is another
    bool more_after_final; // northam-police goes on after its final statement
    bool suspended;        // version 2 suspends northam-police, and its number 3 is accepted all the same
    bool other_inspection; // northam-police 3 belongs to another inspection, in which it may send too
    bool bad_signature;    // entry 2 is signed wrongly
    bool rollback;         // the log adopts version 1 again at index 4
    bool strange_entry;    // entry 3 is of a type that no entry has
};
struct world *world_new(const struct world_wish *wish);
void world_free(struct world *w);

void world_root(struct evx_digest *out, const struct world *w, uint64_t size);
// witnesses: bit 0 inspectorate-care, 1 inspectorate-health, 2 inspectorate-policing.
void world_checkpoint(struct evx_buf *out, const struct world *w, uint64_t size, unsigned witnesses);
void world_cosign(struct evx_buf *note, const struct world *w, unsigned witnesses, uint64_t time_s);
void world_sign(struct evx_buf *out, const struct world *w, const struct evx_checkpoint *c);
void world_receipt(struct evx_receipt *out, const struct world *w, uint64_t index, uint64_t size,
                   unsigned witnesses);
void world_proof(struct evx_buf *out, const struct world *w, uint64_t index, uint64_t size,
                 unsigned witnesses);
void world_bundle(struct evx_buf *out, const struct world *w, uint64_t index, uint32_t number, uint64_t size,
                  unsigned witnesses);
enum evx_status world_node(void *user, unsigned height, uint64_t number, struct evx_digest *out);

void world_write(const char *folder, const char *name, struct evx_bytes content);
// checkpoint, tile/, directory/1 and 2, and with `statements` the bundles of 6 to 8.
void world_export(const struct world *w, const char *folder, unsigned witnesses, bool statements);

void world_must(bool holds, const char *what);

#endif
