// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/adoptions.h"

#include <string.h>

#include "agents/collector/store_parts.h"

enum evx_status evx_adoption_put(struct evx_store *s, const struct evx_fetched *f)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[8];
    evx_put_be64(key, f->index);
    return evx_record_put(s, EVX_RECORD_ADOPTION, evx_bytes(key, sizeof key), f->log_entry);
}

struct telling {
    struct evx_store *store;
    struct evx_agent *agent;
    uint64_t size;
};

static enum evx_status tell(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct telling *t = user;
    struct evx_bytes content;
    struct evx_log_directory e;
    enum evx_status s = evx_record_open(&content, t->store, EVX_RECORD_ADOPTION, key, packed);
    if (s) return s;
    if (key.n != 8 || evx_log_directory_parse(&e, content)) return EVX_E_STORE_DAMAGED;
    uint64_t index = evx_get_be64(key.p);
    return index < t->size ? evx_agent_adopted(t->agent, index, &e) : EVX_OK;
}

enum evx_status evx_adoptions_tell(struct evx_store *s, struct evx_agent *agent, uint64_t size)
{
    static const uint8_t last[8] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    struct telling t = {s, agent, size};
    return evx_store_db_records(s->rows, EVX_RECORD_ADOPTION, evx_bytes((const uint8_t *)"", 0),
                                evx_bytes(last, sizeof last), tell, &t);
}

// The header's sender, straight from the stored entry; false for a directory's.
static bool signer_of(struct evx_fingerprint *out, struct evx_bytes entry)
{
    uint64_t received;
    struct evx_bytes bytes;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    if (evx_log_entry_parse(&received, &bytes, &signature, entry) || evx_header_unpack(&h, bytes))
        return false;
    memcpy(out->b, h->sender.data, sizeof out->b);
    evx_header_free(h);
    return true;
}

static enum evx_status remark(struct evx_store *s, uint64_t index, const struct evx_dir_revocation *r)
{
    struct evx_store_note note = {.index = index,
                                  .number = EVX_STORE_NO_ITEM,
                                  .code = EVX_E_REVOKED,
                                  .said = r->index,
                                  .seen = index,
                                  .text =
                                      "signed by a key that a later directory revokes from this place on"};
    return evx_store_put_note(s, &note);
}

static enum evx_status review_from(struct evx_store *s, const struct evx_dir_revocation *r, uint64_t size)
{
    struct evx_buf entry = {0};
    enum evx_status status = EVX_OK;
    for (uint64_t i = r->index; !status && i < size; i++) {
        struct evx_fingerprint f;
        evx_buf_clear(&entry);
        status = evx_store_consignment(s, i, &entry, NULL);
        bool hit =
            !status && signer_of(&f, evx_buf_bytes(&entry)) && !memcmp(f.b, r->fingerprint.b, sizeof f.b);
        if (hit) status = remark(s, i, r);
    }
    evx_buf_free(&entry);
    return status;
}

enum evx_status evx_adoption_review(struct evx_store *s, const struct evx_directory *d, const char *origin,
                                    uint64_t size)
{
    enum evx_status status = EVX_OK;
    for (size_t i = 0; !status && i < evx_directory_revocations(d); i++) {
        const struct evx_dir_revocation *r = evx_directory_revocation_at(d, i);
        bool here = !strcmp(r->origin, "*") || !strcmp(r->origin, origin);
        if (here && r->index < size) status = review_from(s, r, size);
    }
    return status;
}
