// SPDX-License-Identifier: Apache-2.0
//
// Receipts (P9): inclusion proof plus signed checkpoint. Believed only after
// these checks. Also their two texts: the tlog-proof file (C2SP) that anyone
// can check, and the signed refusal.
#ifndef EVX_CRYPTO_RECEIPT_H
#define EVX_CRYPTO_RECEIPT_H

#include "crypto/checkpoint.h"
#include "crypto/consignment.h"

struct evx_receipt {
    struct evx_digest consignment;
    struct evx_inspection_id inspection;
    uint64_t index;
    uint64_t received_ms;
    struct evx_proof path;
    struct evx_buf checkpoint; // the note; owned
};
void evx_receipt_free(struct evx_receipt *r);

// A proof as frames carry it. From one: MALFORMED (too many hashes, one of another
// length). To one: fills `slot` (64 entries), which borrows from p.
EVX_MUST_CHECK enum evx_status evx_proof_from_slots(struct evx_proof *p, const ProtobufCBinaryData *slot,
                                                    size_t n);
void evx_proof_to_slots(ProtobufCBinaryData *slot, const struct evx_proof *p);

// From the wire frame. MALFORMED.
EVX_MUST_CHECK enum evx_status evx_receipt_from_frame(struct evx_receipt *out, const Evx__V1__Receipt *m);
// Fills a frame body; pointers borrow from r and from `hash_slots` (64 entries).
void evx_receipt_to_frame(Evx__V1__Receipt *m, ProtobufCBinaryData *hash_slots, const struct evx_receipt *r);

// Full check: the entry made of (received_ms, header, signature) is at `index`
// under a checkpoint of this log. RECEIPT_MISMATCH, INCLUSION, CHECKPOINT,
// NOTE_SIGNATURE, NOTE_FORMAT. *checkpoint (may be NULL) receives what was signed.
EVX_MUST_CHECK enum evx_status evx_receipt_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                                  struct evx_bytes header_bytes,
                                                  const struct evx_signature *signature,
                                                  struct evx_checkpoint *checkpoint);

// c2sp.org/tlog-proof@v1. `extra` (base64 line) carries nothing and is left out.
EVX_MUST_CHECK enum evx_status evx_tlog_proof_text(struct evx_buf *out, const struct evx_receipt *r);
EVX_MUST_CHECK enum evx_status evx_tlog_proof_parse(struct evx_receipt *out, struct evx_bytes text);
// Checks a tlog-proof against the raw log entry.
EVX_MUST_CHECK enum evx_status evx_tlog_proof_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                                     struct evx_bytes log_entry,
                                                     struct evx_checkpoint *checkpoint);

// Signed refusals: "evx/rejection/v1\n" || body.
EVX_MUST_CHECK enum evx_status evx_rejection_sign(struct evx_buf *body, struct evx_signature *signature,
                                                  const Evx__V1__RejectionBody *m,
                                                  const struct evx_sign_secret *k);
EVX_MUST_CHECK enum evx_status evx_rejection_open(Evx__V1__RejectionBody **out, const Evx__V1__Rejection *m,
                                                  const struct evx_directory *d, int64_t now_ms);

#endif
