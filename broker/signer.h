// SPDX-License-Identifier: Apache-2.0
//
// The log signer: holds the log key and trusts nobody with it. It reads the
// log's bytes by a connection of its own, computes the tree itself and signs
// only what extends what its register says it signed last. Runs in its own
// thread; calls block on the disk.
#ifndef EVX_BROKER_SIGNER_H
#define EVX_BROKER_SIGNER_H

#include "broker/journal.h"
#include "broker/register.h"
#include "crypto/checkpoint.h"

struct evx_signer;

EVX_MUST_CHECK enum evx_status evx_signer_new(struct evx_signer **out, const struct evx_sign_secret *log_key,
                                              const struct evx_sign_public *log_public); // key borrowed
void evx_signer_destroy(struct evx_signer **s);

// Adds a log. Takes view and register on success. Reads the whole log up to the
// register and compares roots, in constant memory. LOG_BEHIND: the log ends
// before what was signed, or does not lead to the signed root.
EVX_MUST_CHECK enum evx_status evx_signer_add(struct evx_signer *s, const struct evx_inspection_id *id,
                                              const char *origin, const struct evx_journal_view *view,
                                              void (*close_view)(struct evx_journal_view *),
                                              struct evx_register *reg);

// Appends the signed checkpoint of `size` to *note. Refuses with CONSISTENCY
// when the stored bytes give another root, LOG_BEHIND when they end before.
// The register is durable before the signature exists.
EVX_MUST_CHECK enum evx_status evx_signer_sign(struct evx_signer *s, struct evx_buf *note,
                                               const struct evx_inspection_id *id, uint64_t size,
                                               const struct evx_digest *root);

#endif
