// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents/collector/acks.h"
#include "agents/collector/audit.h"
#include "agents/collector/ingest.h"
#include "agents/collector/metrics.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define EVX_ANSWERS_AT_ONCE 1024 // owed consignments that are not left waiting for the log's end
#define EVX_WAIT_MS         500  // before trying an unreachable broker again
#define EVX_METRICS_MS      5000
#define EVX_ROUND_MS        60000

struct evx_collector {
    struct evx_agent *agent;
    struct evx_store *store;
    struct evx_audit *audit;
    struct evx_intake *intake;
    struct evx_frontier frontier; // over every entry taken so far
    bool begun;                   // a transaction is open
    uint64_t first;               // index of the first entry in it
    uint64_t owed;
    struct evx_buf ids; // of the items accepted in it
    struct evx_collector_run how;
    uint64_t metrics_at_ms;
    enum evx_status failed; // why done() ended the run
};

static enum evx_status find_item(void *user, const struct evx_item_id *id, struct evx_store_row *out)
{
    return evx_store_find(user, id, out);
}

static enum evx_status find_sent(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                 struct evx_store_sent *out)
{
    return evx_store_sent(user, stream, sequence, out);
}

static enum evx_status load_stream(void *user, const struct evx_store_stream *stream)
{
    return evx_intake_stream(user, stream);
}

static enum evx_status begin_at_cursor(struct evx_collector *c)
{
    enum evx_status s = evx_store_cursor(c->store, &c->frontier, NULL);
    if (s && s != EVX_E_NOT_FOUND) return s;
    struct evx_intake_world world = {.organisation = evx_agent_organisation(c->agent),
                                     .inspection = *evx_agent_inspection(c->agent),
                                     .opener = evx_agent_opener(c->agent),
                                     .master = evx_store_master(c->store),
                                     .find = find_item,
                                     .sent = find_sent,
                                     .user = c->store};
    s = evx_intake_new(&c->intake, &world, c->frontier.size);
    if (!s) s = evx_store_streams(c->store, load_stream, c->intake);
    return s ? s : evx_store_owed_count(c->store, &c->owed);
}

// --- one entry ---

static enum evx_status begin_batch(struct evx_collector *c, uint64_t index)
{
    if (c->begun) return EVX_OK;
    enum evx_status s = evx_store_begin(c->store);
    if (s) return s;
    c->begun = true;
    c->first = index;
    evx_buf_clear(&c->ids);
    return EVX_OK;
}

static enum evx_status put_rest(struct evx_collector *c, const struct evx_intake_result *r)
{
    enum evx_status s = r->stream_changed ? evx_store_put_stream(c->store, &r->stream) : EVX_OK;
    for (size_t i = 0; !s && i < r->notes; i++)
        s = evx_store_put_note(c->store, &r->note[i]);
    for (size_t i = 0; !s && i < r->parts; i++)
        s = evx_store_put_part(c->store, &r->part[i]);
    for (size_t i = 0; !s && i < r->items; i++)
        if (!r->item[i].code) s = evx_buf_append(&c->ids, r->item[i].record.item_id.b, 16);
    return s;
}

static void log_refusal(const struct evx_store_consignment *c)
{
    if (!c->code) return;
    char id[EVX_SHORT_ID_TEXT];
    evx_short_id(id, c->id.b);
    evx_log(EVX_LOG_WARN, "COLL-REFUSED", "index=%llu sender=%s consignment=%s code=%s",
            (unsigned long long)c->index, c->sender, id, evx_error_info(c->code)->code);
}

static enum evx_status store_entry(struct evx_collector *c, const struct evx_fetched *f,
                                   const struct evx_intake_result *r)
{
    enum evx_status s = begin_batch(c, f->index);
    if (!s) s = evx_store_put(c->store, &r->consignment, r->item, r->items);
    if (!s) s = put_rest(c, r);
    if (s) return s;
    struct evx_digest leaf;
    evx_log_leaf(&leaf, f->log_entry);
    evx_frontier_append(&c->frontier, &leaf, NULL, NULL);
    c->owed += r->consignment.owed;
    log_refusal(&r->consignment);
    return EVX_OK;
}

static enum evx_status on_entry(void *user, struct evx_agent *agent, const struct evx_fetched *f)
{
    struct evx_collector *c = user;
    struct evx_intake_result r;
    enum evx_status s = evx_intake_take(c->intake, evx_agent_directory(agent), f, &r);
    return s || r.known ? s : store_entry(c, f, &r);
}

// --- the end of a batch ---

// The log that was rebuilt here from the entries must be the one that was signed.
static enum evx_status check_root(const struct evx_collector *c, const struct evx_checkpoint *checkpoint)
{
    if (checkpoint->size < c->frontier.size) return EVX_E_CONSISTENCY;
    if (checkpoint->size > c->frontier.size) return EVX_OK;
    struct evx_digest root;
    evx_frontier_root(&root, &c->frontier);
    return memcmp(root.b, checkpoint->root.b, sizeof root.b) ? EVX_E_CONSISTENCY : EVX_OK;
}

static enum evx_status record_collection(struct evx_collector *c)
{
    if (!c->ids.n) return EVX_OK;
    char view[64];
    snprintf(view, sizeof view, "entries %llu-%llu", (unsigned long long)c->first,
             (unsigned long long)c->frontier.size - 1);
    struct evx_audit_record r = {.verb = "collection",
                                 .person = "evx-collector " EVX_VERSION,
                                 .on_behalf_of = evx_agent_organisation(c->agent),
                                 .purpose = "inspection",
                                 .view = view};
    return evx_audit_append(c->audit, &r, (const struct evx_item_id *)c->ids.p, c->ids.n / 16);
}

static enum evx_status on_checkpoint(void *user, struct evx_agent *agent,
                                     const struct evx_checkpoint *checkpoint, struct evx_bytes note)
{
    (void)agent;
    struct evx_collector *c = user;
    enum evx_status s = check_root(c, checkpoint);
    if (s || !c->begun) return s;
    s = evx_store_set_cursor(c->store, &c->frontier, note);
    if (!s) s = record_collection(c);
    if (!s) s = evx_store_commit(c->store);
    if (s) return s;
    c->begun = false;
    evx_log(EVX_LOG_INFO, "COLL-STORED", "next=%llu size=%llu items=%zu",
            (unsigned long long)c->frontier.size, (unsigned long long)checkpoint->size, c->ids.n / 16);
    return EVX_OK;
}

static enum evx_status set_fetch(struct evx_collector *c)
{
    struct evx_fetch_handler handler = {.entry = on_entry, .checkpoint = on_checkpoint, .user = c};
    return evx_agent_set_fetch(c->agent, &handler, &c->frontier);
}

// --- answers ---

struct answering {
    struct evx_collector *collector;
    struct evx_acks *acks;
    uint64_t last, consignments;
};

static enum evx_status send_ack(void *user, const char *sender, struct evx_bytes packed_item)
{
    struct answering *a = user;
    const char *to[] = {sender, NULL};
    struct evx_plain_item item = {.content = packed_item};
    struct evx_queued queued = {0};
    enum evx_status s = evx_agent_queue(a->collector->agent, &item, 1, to, 0, 0, &queued);
    evx_queued_free(&queued);
    if (s != EVX_E_RECIPIENT) return s;
    // Revoked or suspended: that must not hold up the others. Once it has a key again,
    // `evx-collector acknowledge` answers it.
    evx_log(EVX_LOG_WARN, "COLL-UNANSWERED", "sender=%s code=%s", sender, evx_error_info(s)->code);
    return EVX_OK;
}

static enum evx_status add_owed(void *user, const struct evx_store_consignment *c,
                                const struct evx_store_item *item, size_t items)
{
    struct answering *a = user;
    a->last = c->index;
    a->consignments++;
    return evx_acks_add(a->acks, c, item, items);
}

enum evx_status evx_collector_answer(struct evx_collector *c, uint64_t *consignments)
{
    struct answering a = {.collector = c};
    enum evx_status s = evx_acks_new(&a.acks, send_ack, &a);
    if (!s) s = evx_store_owed(c->store, add_owed, &a);
    if (!s) s = evx_acks_flush(a.acks);
    if (!s && a.consignments) s = evx_store_mark_queued(c->store, a.last);
    if (!s) c->owed = 0;
    evx_acks_destroy(&a.acks);
    if (consignments) *consignments = a.consignments;
    return s;
}

// --- the loop ---

static bool fail(struct evx_collector *c, enum evx_status s)
{
    if (s) c->failed = s;
    return s != EVX_OK;
}

static enum evx_status write_metrics(struct evx_collector *c, bool now)
{
    uint64_t clock = evx_clock_monotonic_ms();
    if (!c->how.metrics || (!now && clock < c->metrics_at_ms)) return EVX_OK;
    c->metrics_at_ms = clock + EVX_METRICS_MS;
    return evx_collector_metrics(c->store, c->how.metrics);
}

static bool after_round(void *user, struct evx_agent *agent)
{
    struct evx_collector *c = user;
    if (c->begun) return false;
    bool end = evx_agent_caught_up(NULL, agent);
    if (c->owed && (end || c->owed >= EVX_ANSWERS_AT_ONCE) && fail(c, evx_collector_answer(c, NULL)))
        return true;
    if (fail(c, evx_store_maintain(c->store, false)) || fail(c, write_metrics(c, false))) return true;
    return c->how.until_idle && end && !c->owed && evx_agent_all_receipted(NULL, agent);
}

static void drop_batch(struct evx_collector *c)
{
    if (c->begun) evx_store_rollback(c->store);
    c->begun = false;
}

// What was taken since the last commit is dropped and will be fetched again.
static enum evx_status start_over(struct evx_collector *c)
{
    drop_batch(c);
    evx_intake_destroy(&c->intake);
    enum evx_status s = begin_at_cursor(c);
    return s ? s : set_fetch(c);
}

static void pause_ms(long ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&t, NULL); // a signal ends it early, which is welcome
}

// OK: go on.
static enum evx_status recover(struct evx_collector *c, enum evx_status s)
{
    if (s == EVX_E_TIMEOUT) return EVX_OK;
    if (s != EVX_E_UNREACHABLE && s != EVX_E_BUSY && s != EVX_E_STORAGE_FULL) return s;
    evx_log(EVX_LOG_WARN, "COLL-WAITING", "code=%s", evx_error_info(s)->code);
    pause_ms(EVX_WAIT_MS);
    return start_over(c);
}

static enum evx_status run_to_the_end(struct evx_collector *c, uint64_t end_ms)
{
    for (;;) {
        uint64_t now = evx_clock_monotonic_ms();
        if (now >= end_ms) return EVX_E_TIMEOUT;
        uint64_t left = end_ms - now < EVX_ROUND_MS ? end_ms - now : EVX_ROUND_MS;
        enum evx_status s = evx_agent_run(c->agent, after_round, c, left);
        if (c->failed) return c->failed;
        if (!s || s == EVX_E_QUEUED) return EVX_OK; // idle, or told to stop
        s = recover(c, s);
        if (s) return s;
    }
}

enum evx_status evx_collector_run(struct evx_collector *c, const struct evx_collector_run *how)
{
    c->how = *how;
    c->failed = EVX_OK;
    enum evx_status s =
        run_to_the_end(c, how->timeout_ms ? evx_clock_monotonic_ms() + how->timeout_ms : UINT64_MAX);
    drop_batch(c);
    return s ? s : write_metrics(c, true);
}

struct evx_store *evx_collector_store(struct evx_collector *c) { return c->store; }

enum evx_status evx_collector_open(struct evx_collector **out, struct evx_agent *agent, const char *folder)
{
    *out = NULL;
    struct evx_collector *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->agent = agent;
    struct evx_box_public public_key;
    const struct evx_box_secret *secret = evx_agent_enc_secret(agent, &public_key);
    enum evx_status s = evx_store_open(&c->store, folder, secret, &public_key, false);
    if (!s) s = evx_audit_open(&c->audit, folder);
    if (!s) s = begin_at_cursor(c);
    if (!s) s = set_fetch(c);
    if (s)
        evx_collector_close(&c);
    else
        *out = c;
    return s;
}

// What was taken but not committed is fetched again next time.
void evx_collector_close(struct evx_collector **c)
{
    if (!c || !*c) return;
    evx_intake_destroy(&(*c)->intake);
    evx_audit_close(&(*c)->audit);
    evx_store_close(&(*c)->store);
    evx_buf_free(&(*c)->ids);
    free(*c);
    *c = NULL;
}
