// SPDX-License-Identifier: Apache-2.0
#include "crypto/directory_history.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"

struct adoption {
    uint64_t index, version;
};

struct evx_directory_history {
    struct evx_directory **version; // consecutive, ascending
    size_t versions, version_cap;
    struct adoption *adoption; // ascending in both
    size_t adoptions, adoption_cap;
};

enum evx_status evx_directory_history_new(struct evx_directory_history **out, struct evx_directory *trusted)
{
    *out = NULL;
    struct evx_directory_history *h = calloc(1, sizeof *h);
    if (!h) return EVX_E_MEMORY;
    h->version = calloc(8, sizeof *h->version);
    if (!h->version) {
        free(h);
        return EVX_E_MEMORY;
    }
    h->version_cap = 8;
    h->version[h->versions++] = evx_directory_ref(trusted);
    *out = h;
    return EVX_OK;
}

void evx_directory_history_destroy(struct evx_directory_history **history)
{
    if (!history || !*history) return;
    struct evx_directory_history *h = *history;
    for (size_t i = 0; i < h->versions; i++)
        evx_directory_destroy(&h->version[i]);
    free(h->version);
    free(h->adoption);
    free(h);
    *history = NULL;
}

const struct evx_directory *evx_directory_history_newest(const struct evx_directory_history *h)
{
    return h->version[h->versions - 1];
}

const struct evx_directory *evx_directory_history_oldest(const struct evx_directory_history *h)
{
    return h->version[0];
}

const struct evx_directory *evx_directory_history_version(const struct evx_directory_history *h,
                                                          uint64_t version)
{
    uint64_t first = h->version[0]->version;
    return version >= first && version - first < h->versions ? h->version[version - first] : NULL;
}

static enum evx_status room_for_version(struct evx_directory_history *h)
{
    if (h->versions >= EVX_LIMIT_DIRECTORY_VERSIONS) return EVX_E_TOO_LARGE;
    if (h->versions < h->version_cap) return EVX_OK;
    size_t cap = 2 * h->version_cap;
    struct evx_directory **grown = realloc(h->version, cap * sizeof *grown);
    if (!grown) return EVX_E_MEMORY;
    h->version = grown;
    h->version_cap = cap;
    return EVX_OK;
}

// A version that its successor names by hash needs no other proof; its own
// signatures are checked all the same.
static enum evx_status add_before(struct evx_directory_history *h, struct evx_bytes note)
{
    struct evx_directory *d;
    enum evx_status s = evx_directory_load(&d, note, NULL, &h->version[0]->previous, NULL);
    if (s) return s;
    memmove(h->version + 1, h->version, h->versions * sizeof *h->version);
    h->version[0] = d;
    h->versions++;
    return EVX_OK;
}

static enum evx_status add_after(struct evx_directory_history *h, struct evx_bytes note)
{
    struct evx_directory *d;
    enum evx_status s = evx_directory_load(&d, note, h->version[h->versions - 1], NULL, NULL);
    if (!s) h->version[h->versions++] = d;
    return s;
}

enum evx_status evx_directory_history_add(struct evx_directory_history *h, struct evx_bytes note)
{
    struct evx_note parsed;
    struct evx_directory *claimed;
    enum evx_status s = evx_note_parse(&parsed, note);
    if (!s) s = evx_directory_parse(&claimed, parsed.text, NULL);
    if (s) return s;
    uint64_t version = claimed->version;
    struct evx_digest hash = claimed->hash;
    evx_directory_destroy(&claimed);
    const struct evx_directory *held = evx_directory_history_version(h, version);
    if (held) return memcmp(held->hash.b, hash.b, sizeof hash.b) ? EVX_E_DIRECTORY_VERSION : EVX_OK;
    s = room_for_version(h);
    if (s) return s;
    return version + 1 == h->version[0]->version ? add_before(h, note) : add_after(h, note);
}

static enum evx_status remember(struct evx_directory_history *h, uint64_t index, uint64_t version)
{
    if (h->adoptions == h->adoption_cap) {
        size_t cap = h->adoption_cap ? 2 * h->adoption_cap : 8;
        struct adoption *grown = realloc(h->adoption, cap * sizeof *grown);
        if (!grown) return EVX_E_MEMORY;
        h->adoption = grown;
        h->adoption_cap = cap;
    }
    h->adoption[h->adoptions++] = (struct adoption){index, version};
    return EVX_OK;
}

static bool known_already(const struct evx_directory_history *h, uint64_t index, uint64_t version)
{
    for (size_t i = h->adoptions; i-- > 0 && h->adoption[i].index >= index;)
        if (h->adoption[i].index == index) return h->adoption[i].version == version;
    return false;
}

enum evx_status evx_directory_history_adopt(struct evx_directory_history *h, uint64_t index,
                                            const struct evx_log_directory *e)
{
    const struct evx_directory *d = evx_directory_history_version(h, e->version);
    if (!d) return EVX_E_DIRECTORY_UNKNOWN;
    if (memcmp(d->hash.b, e->hash.b, sizeof e->hash.b) != 0) return EVX_E_DIRECTORY_SPLIT;
    if (known_already(h, index, e->version)) return EVX_OK;
    const struct adoption *last = h->adoptions ? &h->adoption[h->adoptions - 1] : NULL;
    if (last && (index <= last->index || e->version <= last->version)) return EVX_E_DIRECTORY_ROLLBACK;
    return remember(h, index, e->version);
}

void evx_directory_history_truncate(struct evx_directory_history *h, uint64_t size)
{
    while (h->adoptions && h->adoption[h->adoptions - 1].index >= size)
        h->adoptions--;
}

enum evx_status evx_directory_history_ruling(struct evx_ruling *out, const struct evx_directory_history *h,
                                             uint64_t index)
{
    *out = (struct evx_ruling){0};
    size_t low = 0, high = h->adoptions; // the first adopted at or after the index
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (h->adoption[middle].index < index)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return EVX_E_DIRECTORY_UNLOGGED;
    const struct adoption *a = &h->adoption[low - 1];
    out->newest = evx_directory_history_version(h, a->version);
    out->older = evx_directory_history_version(h, a->version - 1);
    out->adopted_at = a->index;
    return EVX_OK;
}

// What a later version says of this very place in the log holds for ever after.
static enum evx_status revoked_since(const struct evx_directory_history *h, const struct evx_consignment *c,
                                     const struct evx_directory *then, uint64_t index)
{
    struct evx_inspection_id id;
    struct evx_fingerprint f;
    memcpy(id.b, c->header->inspection.data, sizeof id.b);
    memcpy(f.b, c->header->sender.data, sizeof f.b);
    const struct evx_dir_inspection *inspection = evx_directory_inspection(then, &id);
    if (!inspection) return EVX_E_WRONG_INSPECTION;
    for (size_t i = 0; i < h->versions; i++) {
        const struct evx_directory *d = h->version[i];
        if (d->version > then->version && evx_directory_revoked(d, &f, inspection->origin, index))
            return EVX_E_REVOKED;
    }
    return EVX_OK;
}

enum evx_status evx_directory_history_admit(const struct evx_directory_history *h,
                                            const struct evx_consignment *c, uint64_t received_ms,
                                            uint64_t index)
{
    struct evx_ruling r;
    enum evx_status s = evx_directory_history_ruling(&r, h, index);
    if (s) return s;
    struct evx_admission a = {.directory = r.newest,
                              .older = r.older,
                              .now_ms = received_ms > INT64_MAX ? INT64_MAX : (int64_t)received_ms,
                              .log_index = index};
    s = evx_consignment_admit(c, &a);
    return s ? s : revoked_since(h, c, r.newest, index);
}
