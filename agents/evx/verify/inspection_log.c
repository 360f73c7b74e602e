// SPDX-License-Identifier: Apache-2.0
//
// The log of an inspection from its first entry to its last.
#include <stdlib.h>
#include <string.h>

#include "agents/evx/verify/inspection.h"

#define MOST_FAULTS 8 // entries named in the report; the others are counted

static enum evx_status at_fault(struct evx_inspecting *n, uint64_t index, enum evx_status s, const char *why)
{
    if (s == EVX_E_MEMORY) return s;
    if (n->faults++ < MOST_FAULTS)
        EVX_IGNORE(evx_report_failed(n->r, s, "position %llu: %s", (unsigned long long)index, why),
                   "in the report");
    return EVX_OK; // the rest is looked at all the same
}

static enum evx_status take_adoption(struct evx_inspecting *n, const struct evx_entry *e, uint64_t index)
{
    enum evx_status s = evx_directory_history_adopt(n->history, index, &e->directory);
    if (!s) n->adoptions++;
    return s ? at_fault(n, index, s, "the directory version adopted here is not one of the chain") : EVX_OK;
}

static enum evx_status take_chain(struct evx_inspecting *n, const struct evx_entry *e, const char *org,
                                  uint64_t index)
{
    enum evx_status s = evx_streams_take(&n->streams, e, org, NULL);
    if (s) return at_fault(n, index, s, "the sender's numbering is broken here");
    for (size_t i = 0; i < n->stateds; i++)
        evx_stated_take(&n->stated[i], e, org, index);
    n->consignments++;
    n->items += e->header->item_count;
    return EVX_OK;
}

// Signed by a key of the directory that ruled here, and rightly accepted under it.
static enum evx_status take_consignment(struct evx_inspecting *n, const struct evx_entry *e, uint64_t index)
{
    struct evx_consignment c = {.header = e->header, .id = e->id};
    struct evx_ruling ruling;
    const struct evx_dir_key *key;
    if (memcmp(e->inspection.b, n->id.b, sizeof n->id.b) != 0)
        return at_fault(n, index, EVX_E_WRONG_INSPECTION, "the consignment belongs to another inspection");
    enum evx_status s = evx_directory_history_ruling(&ruling, n->history, index);
    if (s) return at_fault(n, index, s, "no directory was logged before it");
    s = evx_entry_signed(&key, e, ruling.newest);
    if (s) return at_fault(n, index, s, "no key of the directory that ruled here made the signature");
    s = evx_directory_history_admit(n->history, &c, e->received_ms, index);
    if (s) return at_fault(n, index, s, "the directory that ruled here did not allow it");
    return take_chain(n, e, key->org, index);
}

// What was seen of the log elsewhere, in the order of its places: an entry at index i is
// due with that entry, a checkpoint of size s with entry s - 1.
static int by_place(const void *x, const void *y)
{
    const struct evx_sighting *a = x, *b = y;
    uint64_t i = a->number + a->entry, k = b->number + b->entry;
    return i < k ? -1 : i > k ? 1 : (int)b->entry - (int)a->entry;
}

static enum evx_status compare_seen(struct evx_inspecting *n, bool entry, uint64_t number,
                                    const struct evx_digest *hash)
{
    for (; n->seen_next < n->seen.n; n->seen_next++) {
        const struct evx_sighting *w = &n->seen.at[n->seen_next];
        if (w->entry != entry || w->number != number) return EVX_OK;
        if (memcmp(w->hash.b, hash->b, sizeof hash->b) == 0) continue;
        EVX_IGNORE(evx_report_failed(n->r, EVX_E_LOG_FORKED,
                                     entry ? "%s proves another entry at position %llu"
                                           : "%s holds another root of size %llu than this log",
                                     w->path, (unsigned long long)number),
                   "in the report");
    }
    return EVX_OK;
}

static enum evx_status take_entry(void *user, uint64_t index, struct evx_bytes bytes,
                                  const struct evx_digest *leaf)
{
    struct evx_inspecting *n = user;
    struct evx_entry e;
    enum evx_status s = compare_seen(n, true, index, leaf);
    if (s) return s;
    s = evx_entry_read(&e, bytes);
    if (s) return at_fault(n, index, s, "the entry is not in the protocol's form");
    s = e.adoption ? take_adoption(n, &e, index) : take_consignment(n, &e, index);
    evx_entry_close(&e);
    return s;
}

static enum evx_status grown(void *user, uint64_t size, const struct evx_frontier *f)
{
    struct evx_inspecting *n = user;
    if (n->seen_next == n->seen.n) return EVX_OK;
    const struct evx_sighting *w = &n->seen.at[n->seen_next];
    if (w->entry || w->number != size) return EVX_OK;
    struct evx_digest root;
    evx_frontier_root(&root, f);
    return compare_seen(n, false, size, &root);
}

static enum evx_status judge(struct evx_inspecting *n, const struct evx_log_walk *w)
{
    const struct evx_checkpoint *c = &n->grade.checkpoint;
    if (memcmp(w->root.b, c->root.b, sizeof c->root.b) != 0) {
        n->r->s = EVX_OK; // whatever else is wrong with these entries, they are not the log's
        return evx_report_failed(n->r, EVX_E_LOG_ROOT,
                                 "the %llu entries give another root than the checkpoint states",
                                 (unsigned long long)c->size);
    }
    evx_report_proved(n->r, "the checkpoint",
                      "these are all %llu entries of the log, in their order, none altered",
                      (unsigned long long)c->size);
    if (n->faults > MOST_FAULTS)
        evx_report_unproved(n->r, "%zu more entries do not hold", n->faults - MOST_FAULTS);
    for (size_t i = n->seen_next; i < n->seen.n; i++)
        evx_report_unproved(n->r, "that %s agrees with this log: it speaks of a longer one",
                            n->seen.at[i].path);
    return evx_report_failed(n->r, w->tile, "%s is missing or is not what the entries give", w->fault);
}

enum evx_status evx_inspecting_log(struct evx_inspecting *n)
{
    struct evx_log_walk w = {.folder = n->folder,
                             .size = n->grade.checkpoint.size,
                             .entry = take_entry,
                             .grown = grown,
                             .user = n};
    struct evx_digest empty;
    if (n->seen.n) qsort(n->seen.at, n->seen.n, sizeof *n->seen.at, by_place);
    evx_log_empty(&empty);
    enum evx_status s = compare_seen(n, false, 0, &empty);
    if (!s) s = evx_log_walk(&w);
    if (s && s != EVX_E_MEMORY) n->r->s = EVX_OK; // what was read before may have been read wrongly
    if (s) return evx_report_failed(n->r, s, "the log cannot be read: %s", w.fault);
    EVX_IGNORE(judge(n, &w), "in the report; what the entries say is told all the same");
    return EVX_OK;
}
