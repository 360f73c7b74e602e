// SPDX-License-Identifier: Apache-2.0
//
// A bundle of one item out of a made-up consignment of ITEMS in a log of ENTRIES,
// and its parts, so that tests can alter each.
#ifndef EVX_TESTS_UNIT_CRYPTO_BUNDLE_RIG_H
#define EVX_TESTS_UNIT_CRYPTO_BUNDLE_RIG_H

#include "crypto/bundle.h"
#include "tests/testlib/fixture.h"

#define BUNDLE_ITEMS   5
#define BUNDLE_NUMBER  2
#define BUNDLE_ENTRIES 13
#define BUNDLE_INDEX   6

struct bundle_rig {
    struct evx_fixture *f;
    struct evx_directory *directory; // the one sealed under
    struct evx_buf whole, entry;
    struct evx_consignment c;
    struct evx_receipt receipt;
    struct evx_consignment_key kek;
    struct evx_item_key key[BUNDLE_ITEMS];
    struct evx_digest leaf[BUNDLE_ENTRIES];
    struct evx_buf file;
    struct evx_bundle b; // borrows from file
};
// The bundle's sender is northam-police; the checkpoint has cosignatures of the
// inspectorates whose bits are set (care 1, health 2, policing 4).
void bundle_rig_open(struct bundle_rig *r, unsigned witnesses);
void bundle_rig_close(struct bundle_rig *r);
// Signs the checkpoint for the log as it is, with the witnesses' lines.
void bundle_rig_checkpoint(struct bundle_rig *r, unsigned witnesses);
// How another consignment than the usual is sealed; members that are zero are as usual.
struct bundle_sealing {
    struct evx_directory *directory;                          // sealed under it; the rig takes it over
    const char *content;                                      // of every item
    void (*change)(struct bundle_rig *r, Evx__V1__Header *h); // before the sender signs the header
    uint64_t received_ms;
};
// Seals, logs, signs the checkpoint and makes the bundle again.
void bundle_rig_reseal(struct bundle_rig *r, const struct bundle_sealing *how);
// Makes the bundle again from the parts and parses it.
enum evx_status bundle_rig_make(struct bundle_rig *r);

#endif
