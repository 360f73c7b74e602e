// SPDX-License-Identifier: Apache-2.0
#include "crypto/consignment.h"

#include <string.h>

#include "crypto/layout.h"

static const uint8_t magic[4] = {'E', 'V', 'X', '1'};

enum evx_status evx_consignment_peek(struct evx_bytes *header_bytes, const struct evx_signature **signature,
                                     struct evx_bytes whole)
{
    *header_bytes = evx_bytes(NULL, 0);
    *signature = NULL;
    if (whole.n > EVX_LIMIT_CONSIGNMENT_BYTES) return EVX_E_TOO_LARGE;
    if (whole.n < EVX_PRELUDE_BYTES || memcmp(whole.p, magic, sizeof magic) != 0) return EVX_E_MALFORMED;
    size_t n = evx_get_be32(whole.p + 4);
    if (n > EVX_LIMIT_HEADER_BYTES) return EVX_E_TOO_LARGE;
    if (n == 0 || whole.n - EVX_PRELUDE_BYTES < n + sizeof **signature) return EVX_E_MALFORMED;
    *header_bytes = evx_bytes(whole.p + EVX_PRELUDE_BYTES, n);
    *signature = (const struct evx_signature *)(whole.p + EVX_PRELUDE_BYTES + n);
    return EVX_OK;
}

void evx_consignment_id(struct evx_digest *out, struct evx_bytes header_bytes)
{
    evx_sha256_2(out, EVX_DOMAIN_CONSIGNMENT, header_bytes);
}

static bool digest_is(const ProtobufCBinaryData *named, const struct evx_digest *found)
{
    return named->len == sizeof found->b && memcmp(named->data, found->b, sizeof found->b) == 0;
}

static enum evx_status check_header(const Evx__V1__Header *h)
{
    if (h->version != EVX_PROTOCOL_VERSION) return EVX_E_VERSION;
    if (h->suite != EVX_SUITE) return EVX_E_SUITE;
    for (size_t i = 1; i < h->n_recipient; i++)
        if (memcmp(h->recipient[i - 1].data, h->recipient[i].data, 32) >= 0) return EVX_E_MALFORMED;
    return EVX_OK;
}

// Cuts the parts apart by the header's counts; together they are the whole.
static enum evx_status cut_parts(struct evx_consignment *c)
{
    const Evx__V1__Header *h = c->header;
    size_t at = EVX_PRELUDE_BYTES + c->header_bytes.n + sizeof *c->signature;
    size_t wraps = h->n_recipient * EVX_WRAP_BYTES, records = (size_t)h->item_count * EVX_RECORD_BYTES;
    if (c->whole.n - at != wraps + records + h->ciphertext_bytes) return EVX_E_STRUCTURE;
    c->wraps = evx_bytes(c->whole.p + at, wraps);
    c->records = evx_bytes(c->wraps.p + wraps, records);
    c->ciphertexts = evx_bytes(c->records.p + records, (size_t)h->ciphertext_bytes);
    return EVX_OK;
}

static bool record_ok(const struct evx_record *r, size_t number)
{
    return r->number == number && evx_padded_size_ok(r->padded_bytes) &&
           r->ciphertext_bytes == evx_ciphertext_size(r->padded_bytes);
}

static enum evx_status check_records(const struct evx_consignment *c)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < c->header->item_count; i++) {
        struct evx_record r;
        bool zero = evx_record_read(&r, c->records.p + i * EVX_RECORD_BYTES);
        if (!zero || !record_ok(&r, i)) return EVX_E_STRUCTURE;
        sum += r.ciphertext_bytes;
    }
    return sum == c->ciphertexts.n ? EVX_OK : EVX_E_STRUCTURE;
}

static bool all_zero(struct evx_bytes b)
{
    size_t i = 0;
    while (i < b.n && b.p[i] == 0)
        i++;
    return i == b.n;
}

static enum evx_status check_roots(const struct evx_consignment *c, bool wraps_may_be_gone)
{
    struct evx_digest root;
    evx_tree_root_of_records(&root, EVX_DOMAIN_WRAPS, c->wraps.p, EVX_WRAP_BYTES, c->header->n_recipient);
    bool gone = wraps_may_be_gone && all_zero(c->wraps);
    if (!gone && !digest_is(&c->header->wraps_root, &root)) return EVX_E_STRUCTURE;
    evx_tree_root_of_records(&root, EVX_DOMAIN_ITEMS, c->records.p, EVX_RECORD_BYTES, c->header->item_count);
    return digest_is(&c->header->items_root, &root) ? EVX_OK : EVX_E_STRUCTURE;
}

static bool roots_fit(const struct evx_record *r, const struct evx_bytes *ciphertext, size_t n)
{
    struct evx_digest root[EVX_LANES];
    evx_ciphertext_roots(root, ciphertext, n);
    for (size_t i = 0; i < n; i++)
        if (memcmp(root[i].b, r[i].ciphertext_root.b, sizeof root[i].b) != 0) return false;
    return true;
}

static enum evx_status check_ciphertexts(const struct evx_consignment *c)
{
    struct evx_item_cursor cursor = {0};
    struct evx_record r[EVX_LANES];
    struct evx_bytes ciphertext[EVX_LANES];
    size_t n;
    do {
        n = 0;
        while (n < EVX_LANES && evx_consignment_next(&cursor, &r[n], &ciphertext[n], c))
            n++;
        if (!roots_fit(r, ciphertext, n)) return EVX_E_STRUCTURE;
    } while (n == EVX_LANES);
    return EVX_OK;
}

static bool sent_by(const Evx__V1__Header *h, const struct evx_dir_key *key)
{
    return memcmp(h->sender.data, key->fingerprint.b, sizeof key->fingerprint.b) == 0;
}

// From the cut-out header to everything but signature and ciphertext hashes.
// `key` is NULL when the sender was established before.
static enum evx_status open_parts(struct evx_consignment *c, const struct evx_dir_key *key,
                                  bool wraps_may_be_gone)
{
    enum evx_status s = evx_header_unpack(&c->header, c->header_bytes);
    if (s == EVX_OK) s = check_header(c->header);
    if (s == EVX_OK && key && !sent_by(c->header, key)) s = EVX_E_IDENTITY;
    if (s == EVX_OK) s = cut_parts(c);
    if (s == EVX_OK) s = check_records(c);
    if (s == EVX_OK) s = check_roots(c, wraps_may_be_gone);
    if (s == EVX_OK) evx_consignment_id(&c->id, c->header_bytes);
    return s;
}

enum evx_status evx_consignment_open(struct evx_consignment *out, struct evx_bytes whole,
                                     const struct evx_dir_key *key)
{
    memset(out, 0, sizeof *out);
    struct evx_consignment c = {.whole = whole};
    struct evx_sign_public sender;
    enum evx_status s = evx_consignment_peek(&c.header_bytes, &c.signature, whole);
    if (s == EVX_OK && key->use != EVX_KEY_SIG) s = EVX_E_IDENTITY;
    if (s) return s;
    memcpy(sender.b, key->public_key, sizeof sender.b);
    if (!evx_verify(&sender, EVX_DOMAIN_HEADER, c.header_bytes, c.signature)) return EVX_E_SIGNATURE;
    s = open_parts(&c, key, false);
    if (s == EVX_OK) s = check_ciphertexts(&c);
    if (s)
        evx_consignment_close(&c);
    else
        *out = c;
    return s;
}

static enum evx_status open_stored(struct evx_consignment *out, struct evx_bytes whole,
                                   bool wraps_may_be_gone)
{
    memset(out, 0, sizeof *out);
    struct evx_consignment c = {.whole = whole};
    enum evx_status s = evx_consignment_peek(&c.header_bytes, &c.signature, whole);
    if (s == EVX_OK) s = open_parts(&c, NULL, wraps_may_be_gone);
    if (s)
        evx_consignment_close(&c);
    else
        *out = c;
    return s;
}

enum evx_status evx_consignment_open_trusted(struct evx_consignment *out, struct evx_bytes whole)
{
    return open_stored(out, whole, false);
}

enum evx_status evx_consignment_open_kept(struct evx_consignment *out, struct evx_bytes whole)
{
    return open_stored(out, whole, true);
}

void evx_consignment_close(struct evx_consignment *c)
{
    evx_header_free(c->header);
    memset(c, 0, sizeof *c);
}

void evx_consignment_record(struct evx_record *out, struct evx_bytes *ciphertext,
                            const struct evx_consignment *c, size_t i)
{
    struct evx_item_cursor cursor = {0};
    while (cursor.i <= i && evx_consignment_next(&cursor, out, ciphertext, c))
        continue;
}

bool evx_consignment_next(struct evx_item_cursor *cursor, struct evx_record *out,
                          struct evx_bytes *ciphertext, const struct evx_consignment *c)
{
    if (cursor->i * EVX_RECORD_BYTES >= c->records.n) return false;
    EVX_IGNORE(!evx_record_read(out, c->records.p + cursor->i * EVX_RECORD_BYTES),
               "checked when it was opened");
    *ciphertext = evx_bytes(c->ciphertexts.p + cursor->offset, out->ciphertext_bytes);
    cursor->i++;
    cursor->offset += out->ciphertext_bytes;
    return true;
}
