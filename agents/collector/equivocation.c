// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/equivocation.h"

#include <string.h>

#include "crypto/consignment.h"

#define SIGNED_AT 9 // in a log entry: type and time come before header and signature

static struct evx_bytes signed_part(struct evx_bytes entry)
{
    return entry.n > SIGNED_AT ? evx_bytes(entry.p + SIGNED_AT, entry.n - SIGNED_AT) : evx_bytes(NULL, 0);
}

enum evx_status evx_equivocation_in_log(struct evx_store *store, const struct evx_store_consignment *second)
{
    struct evx_store_sent sent;
    struct evx_buf entry = {0};
    enum evx_status s = evx_store_sent(store, &second->stream, second->sequence, &sent);
    if (!s) s = evx_store_consignment(store, sent.index, &entry, NULL);
    if (!s) {
        struct evx_store_equivocation e = {.stream = second->stream,
                                           .sequence = second->sequence,
                                           .first_id = sent.id,
                                           .second_id = second->id,
                                           .first = signed_part(evx_buf_bytes(&entry)),
                                           .second = signed_part(second->log_entry)};
        memcpy(e.sender, second->sender, sizeof e.sender);
        s = evx_store_put_equivocation(store, &e);
    }
    evx_buf_free(&entry);
    return s;
}

struct side {
    Evx__V1__Header *header;
    struct evx_bytes header_bytes;
    const struct evx_signature *signature;
};

static enum evx_status open_side(struct side *out, struct evx_bytes entry)
{
    uint64_t received_ms;
    enum evx_status s = evx_log_entry_parse(&received_ms, &out->header_bytes, &out->signature, entry);
    return s ? s : evx_header_unpack(&out->header, out->header_bytes);
}

static bool equal(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

// One place, two contents: else they prove nothing.
static bool contradict(const struct side *a, const struct side *b)
{
    const Evx__V1__Header *x = a->header, *y = b->header;
    return equal(x->sender, y->sender) && equal(x->stream, y->stream) && x->sequence == y->sequence &&
           equal(x->inspection, y->inspection) && !evx_bytes_equal(a->header_bytes, b->header_bytes);
}

static enum evx_status check_sides(struct evx_store_equivocation *out, const struct evx_directory *directory,
                                   const struct evx_inspection_id *inspection, const struct side *a,
                                   const struct side *b)
{
    struct evx_fingerprint f;
    struct evx_sign_public k;
    const Evx__V1__Header *h = a->header;
    if (!contradict(a, b)) return EVX_E_CHAIN;
    if (memcmp(h->inspection.data, inspection->b, sizeof inspection->b) != 0) return EVX_E_WRONG_INSPECTION;
    memcpy(f.b, h->sender.data, sizeof f.b);
    const struct evx_dir_key *key = evx_directory_key(directory, &f);
    if (!key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    memcpy(k.b, key->public_key, sizeof k.b);
    if (!evx_verify(&k, "evx/header/v1\n", a->header_bytes, a->signature)) return EVX_E_SIGNATURE;
    if (!evx_verify(&k, "evx/header/v1\n", b->header_bytes, b->signature)) return EVX_E_SIGNATURE;
    memcpy(out->sender, key->org, sizeof out->sender);
    memcpy(out->stream.b, h->stream.data, sizeof out->stream);
    out->sequence = h->sequence;
    evx_consignment_id(&out->first_id, a->header_bytes);
    evx_consignment_id(&out->second_id, b->header_bytes);
    return EVX_OK;
}

enum evx_status evx_equivocation_check(struct evx_store_equivocation *out,
                                       const struct evx_directory *directory,
                                       const struct evx_inspection_id *inspection, struct evx_bytes first,
                                       struct evx_bytes second)
{
    struct side a = {0}, b = {0};
    *out = (struct evx_store_equivocation){.first = signed_part(first), .second = signed_part(second)};
    enum evx_status s = open_side(&a, first);
    if (!s) s = open_side(&b, second);
    if (!s) s = check_sides(out, directory, inspection, &a, &b);
    evx_header_free(a.header);
    evx_header_free(b.header);
    return s;
}
