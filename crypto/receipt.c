// SPDX-License-Identifier: Apache-2.0
#include "crypto/receipt.h"

#include <string.h>

void evx_receipt_free(struct evx_receipt *r)
{
    evx_buf_free(&r->checkpoint);
    memset(r, 0, sizeof *r);
}

enum evx_status evx_proof_from_slots(struct evx_proof *p, const ProtobufCBinaryData *slot, size_t n)
{
    p->n = 0;
    if (n > EVX_LIMIT_PROOF_HASHES) return EVX_E_MALFORMED;
    for (size_t i = 0; i < n; i++) {
        if (slot[i].len != sizeof p->hash[i].b) return EVX_E_MALFORMED;
        memcpy(p->hash[i].b, slot[i].data, sizeof p->hash[i].b);
    }
    p->n = n;
    return EVX_OK;
}

static ProtobufCBinaryData borrow(const void *p, size_t n) { return (ProtobufCBinaryData){n, (uint8_t *)p}; }

void evx_proof_to_slots(ProtobufCBinaryData *slot, const struct evx_proof *p)
{
    for (size_t i = 0; i < p->n; i++)
        slot[i] = borrow(p->hash[i].b, sizeof p->hash[i].b);
}

enum evx_status evx_receipt_from_frame(struct evx_receipt *out, const Evx__V1__Receipt *m)
{
    memset(out, 0, sizeof *out);
    if (m->consignment.len != 32 || m->inspection.len != 16) return EVX_E_MALFORMED;
    if (m->checkpoint.len == 0) return EVX_E_MALFORMED;
    struct evx_proof path;
    enum evx_status s = evx_proof_from_slots(&path, m->path, m->n_path);
    if (!s) s = evx_buf_append(&out->checkpoint, m->checkpoint.data, m->checkpoint.len);
    if (s) return s;
    memcpy(out->consignment.b, m->consignment.data, 32);
    memcpy(out->inspection.b, m->inspection.data, 16);
    out->index = m->index;
    out->received_ms = m->received_ms;
    out->path.n = path.n;
    memcpy(out->path.hash, path.hash, path.n * sizeof path.hash[0]);
    return EVX_OK;
}

void evx_receipt_to_frame(Evx__V1__Receipt *m, ProtobufCBinaryData *hash_slots, const struct evx_receipt *r)
{
    evx__v1__receipt__init(m);
    m->consignment = borrow(r->consignment.b, 32);
    m->inspection = borrow(r->inspection.b, 16);
    m->index = r->index;
    m->received_ms = r->received_ms;
    evx_proof_to_slots(hash_slots, &r->path);
    m->n_path = r->path.n;
    m->path = hash_slots;
    m->checkpoint = borrow(r->checkpoint.p, r->checkpoint.n);
}

// The receipt speaks of this header, and the log is that of its inspection.
static enum evx_status check_subject(const struct evx_receipt *r, const struct evx_vkey *log,
                                     struct evx_bytes header_bytes)
{
    struct evx_digest id;
    evx_consignment_id(&id, header_bytes);
    if (memcmp(id.b, r->consignment.b, sizeof id.b) != 0) return EVX_E_RECEIPT_MISMATCH;
    Evx__V1__Header *h;
    enum evx_status s = evx_header_unpack(&h, header_bytes);
    if (s) return s;
    bool same = memcmp(h->inspection.data, r->inspection.b, 16) == 0;
    evx_header_free(h);
    char hex[33];
    evx_hex(hex, r->inspection.b, 16);
    const char *slash = strrchr(log->name, '/');
    return same && slash && strcmp(slash + 1, hex) == 0 ? EVX_OK : EVX_E_RECEIPT_MISMATCH;
}

enum evx_status evx_receipt_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                   struct evx_bytes header_bytes, const struct evx_signature *signature,
                                   struct evx_checkpoint *checkpoint)
{
    if (checkpoint) memset(checkpoint, 0, sizeof *checkpoint);
    struct evx_buf entry = {0};
    enum evx_status s = check_subject(r, log, header_bytes);
    if (s == EVX_OK) s = evx_log_entry(&entry, r->received_ms, header_bytes, signature);
    if (s == EVX_OK) s = evx_tlog_proof_verify(r, log, evx_buf_bytes(&entry), checkpoint);
    evx_buf_free(&entry);
    return s;
}
