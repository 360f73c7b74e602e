// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/store_parts.h"

#include <string.h>

// Record: key tag 32 · part u32; index u64 · item u32 · part_count u32.
#define EVX_PART_KEY_BYTES (32 + 4)
#define EVX_PART_BYTES     (8 + 4 + 4)

static void part_key(uint8_t out[EVX_PART_KEY_BYTES], const struct evx_store *s, const char *sender,
                     const struct evx_digest *file, uint32_t part)
{
    uint8_t who[32 + EVX_ORG_ID_BYTES] = {0};
    memcpy(who, file->b, 32);
    memcpy(who + 32, sender, strnlen(sender, EVX_ORG_ID_BYTES));
    struct evx_digest tag;
    evx_keyed_hash(&tag, s->part_key, "evx/store/part/v1\n", evx_bytes(who, sizeof who));
    memcpy(out, tag.b, 32);
    evx_put_be32(out + 32, part);
}

enum evx_status evx_store_put_part(struct evx_store *s, const struct evx_store_part *part)
{
    if (!s->writing) return EVX_E_BUG;
    uint8_t key[EVX_PART_KEY_BYTES], packed[EVX_PART_BYTES];
    part_key(key, s, part->sender, &part->file, part->part);
    evx_put_be64(packed, part->ref.index);
    evx_put_be32(packed + 8, part->ref.number);
    evx_put_be32(packed + 12, part->part_count);
    return evx_record_put(s, EVX_RECORD_PART, evx_bytes(key, sizeof key), evx_bytes(packed, sizeof packed));
}

struct assembly {
    struct evx_store *store;
    struct evx_opening *opening;
    const struct evx_digest *file;
    size_t limit;
    struct evx_buf *out;
    size_t start;
    uint32_t parts, expected; // seen so far; announced, 0 = not known yet
    uint64_t size;
};

// The key of a part's record only brings it into order; which part it is, it says itself.
static enum evx_status take_content(struct assembly *a, const Evx__V1__Item *item)
{
    if (item->body_case != EVX__V1__ITEM__BODY_ATTACHMENT) return EVX_E_STORE_DAMAGED;
    const Evx__V1__Attachment *m = item->attachment;
    if (!a->parts) {
        a->expected = m->part_count;
        a->size = m->file->size;
    }
    if (m->part != a->parts + 1 || m->part_count != a->expected || m->file->size != a->size)
        return EVX_E_NOT_FOUND;
    if (a->size > a->limit) return EVX_E_TOO_LARGE;
    if (a->out->n - a->start + m->content.len > a->size) return EVX_E_ITEM_CONTENT;
    a->parts++;
    return evx_buf_append(a->out, m->content.data, m->content.len);
}

static enum evx_status read_part(struct evx_store_ref *ref, struct evx_store *store, struct evx_bytes key,
                                 struct evx_bytes packed)
{
    struct evx_bytes content;
    enum evx_status s = evx_record_open(&content, store, EVX_RECORD_PART, key, packed);
    if (s) return s;
    if (key.n != EVX_PART_KEY_BYTES || content.n != EVX_PART_BYTES) return EVX_E_STORE_DAMAGED;
    *ref = (struct evx_store_ref){evx_get_be64(content.p), evx_get_be32(content.p + 8)};
    return EVX_OK;
}

static enum evx_status take_part(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct assembly *a = user;
    struct evx_store_ref ref;
    enum evx_status s = read_part(&ref, a->store, key, packed);
    if (s) return s;
    Evx__V1__Item *item = NULL;
    s = evx_store_open_item(a->store, a->opening, ref, &item);
    if (!s) s = take_content(a, item);
    evx_item_free(item);
    return s;
}

static enum evx_status check_whole(const struct assembly *a)
{
    if (!a->parts || a->parts != a->expected) return EVX_E_NOT_FOUND;
    struct evx_bytes whole = evx_bytes(a->out->p + a->start, a->out->n - a->start);
    struct evx_digest digest;
    evx_blake2b(&digest, whole);
    if (whole.n != a->size || memcmp(digest.b, a->file->b, sizeof digest) != 0) return EVX_E_ITEM_CONTENT;
    return EVX_OK;
}

static enum evx_status walk_parts(struct evx_store *s, const char *sender, const struct evx_digest *file,
                                  evx_store_db_record_visit visit, void *user)
{
    uint8_t from[EVX_PART_KEY_BYTES], to[EVX_PART_KEY_BYTES];
    part_key(from, s, sender, file, 0);
    part_key(to, s, sender, file, UINT32_MAX);
    return evx_store_db_records(s->rows, EVX_RECORD_PART, evx_bytes(from, sizeof from),
                                evx_bytes(to, sizeof to), visit, user);
}

struct listing {
    struct evx_store *store;
    struct evx_buf *out;
};

static enum evx_status list_part(void *user, struct evx_bytes key, struct evx_bytes packed)
{
    struct listing *l = user;
    struct evx_store_ref ref;
    enum evx_status s = read_part(&ref, l->store, key, packed);
    return s ? s : evx_buf_append(l->out, &ref, sizeof ref);
}

enum evx_status evx_store_attachment_parts(struct evx_store *s, const char *sender,
                                           const struct evx_digest *file, struct evx_buf *out)
{
    struct listing l = {s, out};
    return walk_parts(s, sender, file, list_part, &l);
}

enum evx_status evx_store_attachment(struct evx_store *s, struct evx_opening *opening, const char *sender,
                                     const struct evx_digest *file, size_t limit, struct evx_buf *out)
{
    struct assembly a = {
        .store = s, .opening = opening, .file = file, .limit = limit, .out = out, .start = out->n};
    enum evx_status status = walk_parts(s, sender, file, take_part, &a);
    if (!status) status = check_whole(&a);
    if (status) out->n = a.start;
    return status;
}
