// SPDX-License-Identifier: Apache-2.0
#include "broker/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/engine/journal_sqlite.h"
#include "broker/places.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define DAY_MS 86400000ull

// Received-at stands behind the type byte in every kind of entry.
static enum evx_status received_at(struct evx_journal *j, uint64_t index, uint64_t *ms)
{
    struct evx_journal_entry e = {0};
    enum evx_status s = j->ops->read(j, index, &e);
    if (!s && e.log_entry.n < 9) s = EVX_E_STORE_DAMAGED;
    if (!s) *ms = evx_get_be64(e.log_entry.p + 1);
    evx_journal_entry_free(&e);
    return s;
}

// The broker's clock may have been set back in between: whatever lies below the index found
// was received before, or beside entries that were.
enum evx_status evx_retention_index(struct evx_journal *j, uint64_t since_ms, uint64_t *index)
{
    uint64_t low = 0, high = 0;
    enum evx_status s = j->ops->size(j, &high);
    while (!s && low < high) {
        uint64_t middle = low + (high - low) / 2, ms = 0;
        s = received_at(j, middle, &ms);
        if (s) break;
        if (ms < since_ms)
            low = middle + 1;
        else
            high = middle;
    }
    *index = s ? 0 : low;
    return s;
}

struct applying {
    const char *state;
    uint64_t since_ms, dropped;
};

static enum evx_status apply_one(void *user, const struct evx_inspection_id *id)
{
    struct applying *a = user;
    struct evx_journal *j = NULL;
    struct evx_journal_sqlite_options options = {0};
    char *path = evx_journal_path(a->state, id);
    uint64_t before = 0, dropped = 0;
    enum evx_status s = path ? evx_journal_sqlite_open(&j, path, &options) : EVX_E_MEMORY;
    if (!s) s = evx_retention_index(j, a->since_ms, &before);
    if (!s) s = j->ops->drop_bodies(j, before, &dropped);
    a->dropped += dropped;
    evx_journal_destroy(&j);
    free(path);
    return s;
}

enum evx_status evx_retention_apply(const char *state, uint64_t days, uint64_t now_ms, uint64_t *dropped)
{
    struct applying a = {.state = state, .since_ms = now_ms > days * DAY_MS ? now_ms - days * DAY_MS : 0};
    enum evx_status s = evx_places_each(state, apply_one, &a);
    *dropped = a.dropped;
    return s;
}

static enum evx_status drop_before(const char *state, const struct evx_inspection_id *id, uint64_t before,
                                   uint64_t *dropped)
{
    struct evx_journal *j = NULL;
    struct evx_journal_sqlite_options options = {0};
    char *path = evx_journal_path(state, id);
    enum evx_status s = !path ? EVX_E_MEMORY : evx_path_exists(path) ? EVX_OK : EVX_E_NOT_FOUND;
    if (!s) s = evx_journal_sqlite_open(&j, path, &options);
    if (!s) s = j->ops->drop_bodies(j, before, dropped);
    evx_journal_destroy(&j);
    free(path);
    return s;
}

static bool number(uint64_t *out, const char *text)
{
    char *end = NULL;
    if (!text || *text < '0' || *text > '9') return false;
    *out = strtoull(text, &end, 10);
    return *end == '\0' && *out <= INT64_MAX;
}

enum evx_status evx_broker_retention(const struct evx_broker_config *config, const char *inspection,
                                     const char *before)
{
    struct evx_inspection_id id;
    uint64_t index = 0, dropped = 0;
    int lock = -1;
    if (!inspection || !evx_unhex(id.b, sizeof id.b, inspection) || !number(&index, before))
        return EVX_E_USAGE;
    char *path = evx_path_join(config->state, "lock");
    enum evx_status s = path ? evx_file_lock(&lock, path) : EVX_E_MEMORY;
    free(path);
    if (!s) s = drop_before(config->state, &id, index, &dropped);
    if (!s)
        printf("%s: %" PRIu64 " consignments below index %" PRIu64
               " erased; log and proofs are as they were\n",
               inspection, dropped, index);
    if (lock >= 0) close(lock);
    return s;
}
