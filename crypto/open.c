// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>
#include <string.h>

#include "crypto/item_cipher.h"
#include "crypto/layout.h"
#include "crypto/seal.h"
#include "crypto/secret.h"
#include "crypto/wrap.h"

#define KEYS     64u
#define SETS     64u // cache: sets of WAYS, newest first
#define WAYS     4u
#define AT_EPHEM 32

struct known_key {
    const struct evx_box_secret *secret;
    struct evx_box_public public_key;
    struct evx_fingerprint fingerprint;
};

struct cached {
    uint8_t ephemeral[32];
    uint8_t shared[32];
    uint32_t key; // position + 1; 0 = free
};

struct evx_opener {
    struct known_key key[KEYS];
    uint32_t keys;
    struct cached cache[SETS][WAYS];
};

enum evx_status evx_opener_new(struct evx_opener **out)
{
    *out = evx_secret_alloc(sizeof **out);
    return *out ? EVX_OK : EVX_E_MEMORY;
}

void evx_opener_destroy(struct evx_opener **o)
{
    evx_secret_free(*o);
    *o = NULL;
}

enum evx_status evx_opener_add_key(struct evx_opener *o, const struct evx_box_secret *secret,
                                   const struct evx_box_public *public_key)
{
    if (o->keys == KEYS) return EVX_E_TOO_LARGE;
    struct known_key *k = &o->key[o->keys++];
    k->secret = secret;
    k->public_key = *public_key;
    evx_fingerprint_of(&k->fingerprint, EVX_KEY_ENC, public_key->b);
    return EVX_OK;
}

// The shared secret with this ephemeral, remembered in its set; NULL if it is
// all zero.
static const uint8_t *shared_with(struct evx_opener *o, uint32_t key, const uint8_t ephemeral[32])
{
    struct cached *set = o->cache[ephemeral[0] % SETS];
    size_t way = 0;
    while (way < WAYS && !(set[way].key == key + 1 && memcmp(set[way].ephemeral, ephemeral, 32) == 0))
        way++;
    struct cached found;
    if (way < WAYS) {
        found = set[way];
    } else {
        if (!evx_wrap_shared(found.shared, o->key[key].secret->b, ephemeral)) return NULL;
        memcpy(found.ephemeral, ephemeral, 32);
        found.key = key + 1;
        way = WAYS - 1;
    }
    if (way > 0) memmove(set + 1, set, way * sizeof *set);
    set[0] = found;
    evx_wipe(&found, sizeof found);
    return set[0].shared;
}

static enum evx_status open_wrap_at(struct evx_consignment_key *kek, struct evx_opener *o, uint32_t key,
                                    const struct evx_consignment *c, size_t i)
{
    const uint8_t *wrap = c->wraps.p + i * EVX_WRAP_BYTES;
    const uint8_t *shared = shared_with(o, key, wrap + AT_EPHEM);
    if (!shared) return EVX_E_WRAP;
    struct evx_wrap_terms terms = {.recipient = o->key[key].fingerprint};
    memcpy(terms.sender.b, c->header->sender.data, 32);
    memcpy(terms.nonce, c->header->nonce.data, 16);
    enum evx_status s = evx_wrap_open(&terms, wrap, shared, o->key[key].public_key.b);
    if (s == EVX_OK) memcpy(kek->b, terms.kek, sizeof kek->b);
    evx_wipe(&terms, sizeof terms);
    return s;
}

enum evx_status evx_open_wrap(struct evx_consignment_key *kek, struct evx_opener *o,
                              const struct evx_consignment *c)
{
    memset(kek, 0, sizeof *kek);
    for (size_t i = 0; i < c->header->n_recipient; i++)
        for (uint32_t key = 0; key < o->keys; key++)
            if (memcmp(c->header->recipient[i].data, o->key[key].fingerprint.b, 32) == 0)
                return open_wrap_at(kek, o, key, c, i);
    return EVX_E_NOT_RECIPIENT;
}

enum evx_status evx_open_item_checked(struct evx_buf *plain, const struct evx_record *record,
                                      struct evx_bytes ciphertext, const uint8_t nonce[16],
                                      const struct evx_item_key *ik)
{
    struct evx_item_secrets secrets;
    evx_buf_clear(plain);
    evx_item_secrets_of(&secrets, ik);
    enum evx_status s = EVX_E_KEY_COMMITMENT;
    if (evx_equal_secret(secrets.commitment.b, record->commitment.b, sizeof record->commitment.b))
        s = evx_item_decrypt(plain, ciphertext, record->padded_bytes, nonce, record->number, secrets.k_enc);
    evx_wipe(&secrets, sizeof secrets);
    return s;
}

enum evx_status evx_open_item(struct evx_buf *plain, const struct evx_record *record,
                              struct evx_bytes ciphertext, const uint8_t nonce[16],
                              const struct evx_item_key *ik)
{
    struct evx_digest root;
    evx_buf_clear(plain);
    if (!evx_padded_size_ok(record->padded_bytes) ||
        ciphertext.n != evx_ciphertext_size(record->padded_bytes) || ciphertext.n != record->ciphertext_bytes)
        return EVX_E_STRUCTURE;
    evx_ciphertext_root(&root, ciphertext);
    if (memcmp(root.b, record->ciphertext_root.b, sizeof root.b) != 0) return EVX_E_STRUCTURE;
    return evx_open_item_checked(plain, record, ciphertext, nonce, ik);
}
