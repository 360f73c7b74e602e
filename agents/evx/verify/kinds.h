// SPDX-License-Identifier: Apache-2.0
//
// One function a kind of proof. Each fills the report and returns its status.
#ifndef EVX_AGENTS_EVX_VERIFY_KINDS_H
#define EVX_AGENTS_EVX_VERIFY_KINDS_H

#include "agents/evx/verify/entry.h"
#include "agents/evx/verify/sightings.h"
#include "agents/evx/verify/signer.h"
#include "crypto/bundle.h"

struct evx_checker {
    struct evx_trust trust;
    const char *entry; // the --entry file, or NULL
    struct evx_sightings seen;
};

// A tlog-proof with the raw log entry that it proves.
EVX_MUST_CHECK enum evx_status evx_check_receipt(struct evx_checker *c, struct evx_bytes proof,
                                                 struct evx_bytes entry, struct evx_report *r);
EVX_MUST_CHECK enum evx_status evx_check_bundle(struct evx_checker *c, struct evx_bytes file,
                                                struct evx_report *r);
EVX_MUST_CHECK enum evx_status evx_check_consignment(struct evx_checker *c, struct evx_bytes whole,
                                                     struct evx_report *r);
EVX_MUST_CHECK enum evx_status evx_check_checkpoint(struct evx_checker *c, struct evx_bytes note,
                                                    struct evx_report *r);
EVX_MUST_CHECK enum evx_status evx_check_directory(struct evx_checker *c, struct evx_bytes note,
                                                   struct evx_report *r);
// Holds when it proves a fork.
EVX_MUST_CHECK enum evx_status evx_check_fork(struct evx_checker *c, struct evx_bytes text,
                                              struct evx_report *r);
// A folder: checkpoint, tile/…, and what else docs/verify.md names. Blocks on disk.
EVX_MUST_CHECK enum evx_status evx_check_inspection(struct evx_checker *c, const char *folder,
                                                    struct evx_report *r);

// The same under a chain of directories that is trusted already.
EVX_MUST_CHECK enum evx_status evx_check_receipt_under(struct evx_grade *g, uint64_t *index,
                                                       struct evx_checker *c,
                                                       const struct evx_directory_history *h,
                                                       struct evx_bytes proof, struct evx_bytes entry,
                                                       struct evx_report *r);
EVX_MUST_CHECK enum evx_status evx_open_bundle_under(struct evx_bundle_result *out,
                                                     const struct evx_directory_history *h,
                                                     const struct evx_bundle *b);
EVX_MUST_CHECK enum evx_status evx_check_fork_under(struct evx_checker *c,
                                                    const struct evx_directory_history *h,
                                                    struct evx_bytes text, struct evx_report *r);

// Says who signed an entry, by the newest directory that can tell, and whether it
// was entitled to. *key borrows from the history. UNKNOWN_KEY, SIGNATURE, and the codes
// of evx_consignment_admit().
EVX_MUST_CHECK enum evx_status evx_check_sender(const struct evx_dir_key **key, const struct evx_entry *e,
                                                const struct evx_directory_history *h, uint64_t index,
                                                struct evx_report *r);
// "NAME's signing key 0123456789abcdef…, which directory version N lists"
#define EVX_WITNESS_TEXT 256
void evx_key_witness(char out[EVX_WITNESS_TEXT], const struct evx_dir_key *key, uint64_t version);
// Says what a statement in an opened item means. Nothing personal: content of other
// kinds is only named.
EVX_MUST_CHECK enum evx_status evx_say_content(struct evx_bytes packed, const char *sender,
                                               struct evx_report *r);

#endif
