// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.h"

#include <sodium.h>
#include <string.h>

#include "crypto/item_cipher.h"
#include "crypto/layout.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"

#define EPHEMERALS       64u // recipients remembered
#define EPHEMERAL_USES   4096u
#define EPHEMERAL_AGE_MS (10u * 60u * 1000u)

struct ephemeral {
    struct evx_fingerprint recipient;
    uint8_t public_key[32];
    uint8_t shared[32];
    uint64_t born_ms;
    uint32_t uses; // left; 0 = slot free
};

struct evx_sealer {
    const struct evx_sign_secret *sign;
    struct evx_fingerprint sender;
    struct ephemeral slot[EPHEMERALS];
    uint32_t next; // slot taken when all are in use
};

enum evx_status evx_sealer_new(struct evx_sealer **out, const struct evx_sign_secret *sign,
                               const struct evx_sign_public *sign_public)
{
    *out = evx_secret_alloc(sizeof **out);
    if (!*out) return EVX_E_MEMORY;
    (*out)->sign = sign;
    evx_fingerprint_of(&(*out)->sender, EVX_KEY_SIG, sign_public->b);
    return EVX_OK;
}

void evx_sealer_destroy(struct evx_sealer **s)
{
    evx_secret_free(*s);
    *s = NULL;
}

// One consignment on its way: where the parts go and what they amount to.
struct sealing {
    struct evx_sealer *sealer;
    const struct evx_seal_context *context;
    const struct evx_plain_item *item;
    size_t items;
    const struct evx_dir_key *recipient[EVX_LIMIT_RECIPIENTS]; // by fingerprint
    struct evx_consignment_key kek;
    uint8_t nonce[16];
    size_t ciphertext_bytes;
    uint8_t *wraps, *records, *ciphertexts;
};

static bool order_recipients(struct sealing *s)
{
    for (size_t i = 0; i < s->context->recipients; i++) {
        const struct evx_dir_key *key = s->context->recipient[i];
        size_t at = i;
        for (; at > 0; at--) {
            int order = memcmp(s->recipient[at - 1]->fingerprint.b, key->fingerprint.b, 32);
            if (order == 0) return false;
            if (order < 0) break;
            s->recipient[at] = s->recipient[at - 1];
        }
        s->recipient[at] = key;
        if (key->use != EVX_KEY_ENC) return false;
    }
    return true;
}

static enum evx_status check_input(struct sealing *s)
{
    if (s->context->recipients > EVX_LIMIT_RECIPIENTS || s->items > EVX_LIMIT_ITEMS) return EVX_E_TOO_LARGE;
    if (s->context->recipients == 0 || !order_recipients(s)) return EVX_E_RECIPIENT;
    if (s->items == 0) return EVX_E_ITEM_CONTENT;
    for (size_t i = 0; i < s->items; i++) {
        if (s->item[i].content.n > EVX_LIMIT_ITEM_BYTES) return EVX_E_TOO_LARGE;
        s->ciphertext_bytes += evx_ciphertext_size(evx_padded_size(s->item[i].content.n));
    }
    return s->ciphertext_bytes > EVX_LIMIT_CIPHERTEXT_BYTES ? EVX_E_TOO_LARGE : EVX_OK;
}

static enum evx_status renew(struct ephemeral *e, const struct evx_dir_key *to, const uint8_t *forced,
                             uint64_t now_ms)
{
    uint8_t secret[32];
    if (forced)
        memcpy(secret, forced, sizeof secret);
    else
        evx_random(secret, sizeof secret);
    crypto_scalarmult_base(e->public_key, secret);
    bool ok = evx_wrap_shared(e->shared, secret, to->public_key);
    evx_wipe(secret, sizeof secret);
    e->recipient = to->fingerprint;
    e->born_ms = now_ms;
    e->uses = ok ? EPHEMERAL_USES : 0;
    return ok ? EVX_OK : EVX_E_RECIPIENT;
}

// A clock set back makes the difference wrap to a great age.
static bool fresh(const struct ephemeral *e, uint64_t now_ms)
{
    return e->uses > 0 && now_ms - e->born_ms < EPHEMERAL_AGE_MS;
}

// This recipient's slot, or a free one, or the next to give up.
static struct ephemeral *slot_for(struct evx_sealer *s, const struct evx_fingerprint *recipient)
{
    struct ephemeral *spare = NULL;
    for (size_t i = 0; i < EPHEMERALS; i++) {
        struct ephemeral *e = &s->slot[i];
        if (e->uses && memcmp(e->recipient.b, recipient->b, sizeof recipient->b) == 0) return e;
        if (!e->uses && !spare) spare = e;
    }
    if (spare) return spare;
    spare = &s->slot[s->next++ % EPHEMERALS];
    spare->uses = 0;
    return spare;
}

static enum evx_status wrap_for(struct sealing *s, struct ephemeral *e, const struct evx_dir_key *to,
                                uint8_t *out)
{
    struct evx_wrap_terms terms = {.sender = s->sealer->sender, .recipient = to->fingerprint};
    uint8_t payload[EVX_WRAP_PAYLOAD];
    if (!fresh(e, s->context->now_ms) || s->context->ephemeral) {
        enum evx_status status = renew(e, to, s->context->ephemeral, s->context->now_ms);
        if (status) return status;
    }
    e->uses = s->context->ephemeral ? 0 : e->uses - 1;
    memcpy(terms.nonce, s->nonce, sizeof terms.nonce);
    memcpy(terms.kek, s->kek.b, sizeof terms.kek);
    evx_wrap_payload(payload, &terms);
    evx_wrap_seal(out, payload, &terms, e->shared, e->public_key, to->public_key);
    evx_wipe(payload, sizeof payload);
    evx_wipe(&terms, sizeof terms);
    return EVX_OK;
}

static enum evx_status write_wraps(struct sealing *s)
{
    for (size_t i = 0; i < s->context->recipients; i++) {
        struct ephemeral *e = slot_for(s->sealer, &s->recipient[i]->fingerprint);
        enum evx_status status = wrap_for(s, e, s->recipient[i], s->wraps + i * EVX_WRAP_BYTES);
        if (status) return status;
    }
    return EVX_OK;
}

// Random item ids, drawn many at a time: each draw is a system call.
struct id_stock {
    struct evx_item_id id[64];
    size_t left;
};

static void choose_id(struct evx_item_id *out, const struct evx_item_id *wanted, struct id_stock *stock)
{
    static const struct evx_item_id none;
    *out = *wanted;
    if (memcmp(wanted->b, none.b, sizeof none.b) != 0) return;
    if (stock->left == 0) {
        evx_random(stock->id, sizeof stock->id);
        stock->left = sizeof stock->id / sizeof stock->id[0];
    }
    *out = stock->id[--stock->left];
}

// Writes the ciphertext of item i and its record but for the root; the ciphertext's length.
static size_t write_item(struct sealing *s, size_t i, uint8_t *ciphertext, struct evx_record *r)
{
    struct evx_item_key ik;
    struct evx_item_secrets secrets;
    struct evx_bytes content = s->item[i].content;
    size_t padded = evx_padded_size(content.n), n = evx_ciphertext_size(padded);
    r->number = (uint32_t)i;
    r->retention = s->item[i].retention;
    r->padded_bytes = (uint32_t)padded;
    r->ciphertext_bytes = (uint32_t)n;
    evx_item_key_of(&ik, &s->kek, r->number);
    evx_item_secrets_of(&secrets, &ik);
    r->commitment = secrets.commitment;
    evx_item_encrypt(ciphertext, content, padded, s->nonce, r->number, secrets.k_enc);
    evx_wipe(&ik, sizeof ik);
    evx_wipe(&secrets, sizeof secrets);
    return n;
}

static void write_records(struct sealing *s, size_t first, struct evx_record *r,
                          const struct evx_bytes *ciphertext, size_t n)
{
    struct evx_digest root[EVX_LANES];
    evx_ciphertext_roots(root, ciphertext, n);
    for (size_t i = 0; i < n; i++) {
        r[i].ciphertext_root = root[i];
        evx_record_write(s->records + (first + i) * EVX_RECORD_BYTES, &r[i]);
    }
}

static void write_items(struct sealing *s, struct evx_item_id *item_ids)
{
    struct id_stock stock;
    stock.left = 0;
    uint8_t *at = s->ciphertexts;
    struct evx_record r[EVX_LANES];
    struct evx_bytes ciphertext[EVX_LANES];
    for (size_t i = 0; i < s->items; i++) {
        size_t n = i % EVX_LANES;
        choose_id(&r[n].item_id, &s->item[i].id, &stock);
        if (item_ids) item_ids[i] = r[n].item_id;
        ciphertext[n] = evx_bytes(at, write_item(s, i, at, &r[n]));
        at += ciphertext[n].n;
        if (n + 1 == EVX_LANES || i + 1 == s->items) write_records(s, i - n, r, ciphertext, n + 1);
    }
}

static ProtobufCBinaryData field(const void *p, size_t n) { return (ProtobufCBinaryData){n, (uint8_t *)p}; }

// Every byte of the header but the two roots, which point to where they will be.
static void fill_header(Evx__V1__Header *h, ProtobufCBinaryData recipient[EVX_LIMIT_RECIPIENTS],
                        struct evx_digest root[2], const struct sealing *s)
{
    const struct evx_seal_context *c = s->context;
    evx__v1__header__init(h);
    for (size_t i = 0; i < c->recipients; i++)
        recipient[i] = field(s->recipient[i]->fingerprint.b, 32);
    h->version = EVX_PROTOCOL_VERSION;
    h->suite = EVX_SUITE;
    h->sender = field(s->sealer->sender.b, 32);
    h->stream = field(c->link.stream.b, 16);
    h->sequence = c->link.sequence;
    if (c->link.sequence > 1) h->previous = field(c->link.previous.b, 32);
    h->nonce = field(s->nonce, 16);
    h->inspection = field(c->inspection.b, 16);
    h->created_ms = c->now_ms;
    h->directory_version = evx_directory_version(c->directory);
    h->directory_hash = field(evx_directory_hash(c->directory)->b, 32);
    h->item_count = (uint32_t)s->items;
    h->items_root = field(root[0].b, 32);
    h->n_recipient = c->recipients;
    h->recipient = recipient;
    h->wraps_root = field(root[1].b, 32);
    h->ciphertext_bytes = s->ciphertext_bytes;
    h->marking = c->marking;
    h->purpose = c->purpose;
    h->flags = c->flags;
    if (c->reset_of) h->reset_of = field(c->reset_of->b, 32);
}

static void lay_out(struct sealing *s, uint8_t *begin, size_t header_n)
{
    s->wraps = begin + EVX_PRELUDE_BYTES + header_n + sizeof(struct evx_signature);
    s->records = s->wraps + s->context->recipients * EVX_WRAP_BYTES;
    s->ciphertexts = s->records + s->items * EVX_RECORD_BYTES;
}

static void write_head(struct sealing *s, uint8_t *begin, const Evx__V1__Header *h, size_t header_n,
                       struct evx_digest *id)
{
    struct evx_signature signature;
    struct evx_bytes header = {begin + EVX_PRELUDE_BYTES, header_n};
    memcpy(begin, "EVX1", 4);
    evx_put_be32(begin + 4, (uint32_t)header_n);
    evx__v1__header__pack(h, begin + EVX_PRELUDE_BYTES);
    evx_sign(&signature, s->sealer->sign, EVX_DOMAIN_HEADER, header);
    memcpy(begin + EVX_PRELUDE_BYTES + header_n, signature.b, sizeof signature.b);
    evx_consignment_id(id, header);
}

static void draw_secrets(struct sealing *s)
{
    const struct evx_seal_context *c = s->context;
    if (c->nonce)
        memcpy(s->nonce, c->nonce, sizeof s->nonce);
    else
        evx_random(s->nonce, sizeof s->nonce);
    if (c->kek)
        memcpy(s->kek.b, c->kek, sizeof s->kek.b);
    else
        evx_random(s->kek.b, sizeof s->kek.b);
}

// The header's length is known before its roots are, because those have fixed
// lengths; so everything is written once, in place.
static enum evx_status write_all(struct evx_buf *out, struct evx_digest *id, struct evx_item_id *item_ids,
                                 struct sealing *s)
{
    Evx__V1__Header h;
    ProtobufCBinaryData recipient[EVX_LIMIT_RECIPIENTS];
    struct evx_digest root[2] = {{{0}}, {{0}}};
    struct evx_buf checked = {0};
    fill_header(&h, recipient, root, s);
    enum evx_status status = evx_header_pack(&checked, &h);
    size_t header_n = checked.n;
    evx_buf_free(&checked);
    if (status) return status;
    size_t whole = EVX_PRELUDE_BYTES + header_n + sizeof(struct evx_signature) +
                   s->context->recipients * EVX_WRAP_BYTES + s->items * EVX_RECORD_BYTES +
                   s->ciphertext_bytes;
    status = evx_buf_reserve(out, whole);
    if (status) return status;
    uint8_t *begin = out->p + out->n;
    lay_out(s, begin, header_n);
    status = write_wraps(s);
    if (status) return status;
    write_items(s, item_ids);
    evx_tree_root_of_records(&root[0], EVX_DOMAIN_ITEMS, s->records, EVX_RECORD_BYTES, s->items);
    evx_tree_root_of_records(&root[1], EVX_DOMAIN_WRAPS, s->wraps, EVX_WRAP_BYTES, s->context->recipients);
    write_head(s, begin, &h, header_n, id);
    out->n += whole;
    return EVX_OK;
}

enum evx_status evx_seal(struct evx_buf *out, struct evx_digest *id, struct evx_item_id *item_ids,
                         struct evx_sealer *s, const struct evx_seal_context *context,
                         const struct evx_plain_item *item, size_t items)
{
    struct sealing sealing = {.sealer = s, .context = context, .item = item, .items = items};
    memset(id, 0, sizeof *id);
    enum evx_status status = check_input(&sealing);
    if (status) return status;
    draw_secrets(&sealing);
    status = write_all(out, id, item_ids, &sealing);
    evx_wipe(&sealing.kek, sizeof sealing.kek);
    return status;
}
