// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/collect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agents/collector/acks.h"
#include "agents/collector/adoptions.h"
#include "agents/collector/agent_store.h"
#include "agents/collector/audit.h"
#include "agents/collector/confirmations.h"
#include "agents/collector/equivocation.h"
#include "agents/collector/ingest.h"
#include "agents/collector/metrics.h"
#include "agents/collector/purpose.h"
#include "agents/collector/tell.h"
#include "proto/base/clock.h"
#include "proto/base/log.h"

#define EVX_ANSWERS_AT_ONCE 1024 // owed consignments that are not left waiting for the log's end
#define EVX_WAIT_MS         500  // before trying an unreachable broker again
#define EVX_METRICS_MS      5000
#define EVX_ROUND_MS        60000
#define EVX_TELL_MS         60000 // between two looks at what is to be told of the record of reads

struct evx_collector {
    struct evx_agent *agent;
    struct evx_store *store;
    struct evx_audit *audit;
    struct evx_intake *intake;
    struct evx_frontier frontier; // over every entry taken so far
    bool begun;                   // a transaction is open
    uint64_t first;               // index of the first entry in it
    uint64_t owed;
    struct evx_confirmations confirmations;
    struct evx_buf refs; // of the items accepted in it, but for digests of reads
    struct evx_collector_run how;
    uint64_t metrics_at_ms, tell_at_ms;
    uint64_t settling_ms;   // since when only witnessing is left
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
    if (!s) s = evx_adoptions_tell(c->store, c->agent, c->frontier.size);
    if (!s) s = evx_confirmations_load(&c->confirmations, c->store);
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
    evx_buf_clear(&c->refs);
    return EVX_OK;
}

// A digest of reads is about the record itself: recorded in turn, it would call for the next.
static enum evx_status note_collected(struct evx_collector *c, uint64_t index,
                                      const struct evx_store_item *item)
{
    if (item->code || item->kind == EVX__V1__ITEM__BODY_ACCESS) return EVX_OK;
    struct evx_store_ref ref = {index, item->record.number};
    return evx_buf_append(&c->refs, &ref, sizeof ref);
}

static enum evx_status put_rest(struct evx_collector *c, const struct evx_intake_result *r)
{
    enum evx_status s = r->stream_changed ? evx_store_put_stream(c->store, &r->stream) : EVX_OK;
    for (size_t i = 0; !s && i < r->notes; i++)
        s = evx_store_put_note(c->store, &r->note[i]);
    for (size_t i = 0; !s && i < r->parts; i++)
        s = evx_store_put_part(c->store, &r->part[i]);
    if (!s && r->statement) s = evx_store_put_statement(c->store, r->statement);
    if (!s && r->beat) s = evx_store_put_beat(c->store, r->beat);
    if (!s && r->consignment.code == EVX_E_EQUIVOCATION)
        s = evx_equivocation_in_log(c->store, &r->consignment);
    for (size_t i = 0; !s && i < r->items; i++)
        s = note_collected(c, r->consignment.index, &r->item[i]);
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

// A directory that begins to rule may revoke keys from an earlier place on.
static enum evx_status put_adoption(struct evx_collector *c, const struct evx_fetched *f)
{
    if (!f->adopted || f->fault) return EVX_OK;
    const struct evx_directory *d = evx_agent_directory(c->agent);
    const struct evx_dir_inspection *i = evx_directory_inspection(d, evx_agent_inspection(c->agent));
    enum evx_status s = evx_adoption_put(c->store, f);
    return s || !i ? s : evx_adoption_review(c->store, d, i->origin, f->index);
}

static enum evx_status store_entry(struct evx_collector *c, const struct evx_fetched *f,
                                   const struct evx_intake_result *r)
{
    enum evx_status s = begin_batch(c, f->index);
    if (!s) s = evx_store_put(c->store, &r->consignment, r->item, r->items);
    if (!s) s = put_rest(c, r);
    if (!s) s = put_adoption(c, f);
    if (s) return s;
    struct evx_digest leaf;
    evx_log_leaf(&leaf, f->log_entry);
    evx_frontier_append(&c->frontier, &leaf, NULL, NULL);
    c->owed += r->consignment.owed;
    if (r->statement) c->confirmations.owed += r->statement->owed;
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
    size_t n = c->refs.n / sizeof(struct evx_store_ref);
    if (!n) return EVX_OK;
    char view[64];
    snprintf(view, sizeof view, "entries %llu-%llu", (unsigned long long)c->first,
             (unsigned long long)c->frontier.size - 1);
    struct evx_audit_record r = {.verb = "collection",
                                 .person = "evx-collector " EVX_VERSION,
                                 .on_behalf_of = evx_agent_organisation(c->agent),
                                 .purpose = EVX_PURPOSE_DEFAULT,
                                 .view = view};
    return evx_audit_append(c->audit, &r, (const struct evx_store_ref *)(const void *)c->refs.p, n);
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
            (unsigned long long)c->frontier.size, (unsigned long long)checkpoint->size,
            c->refs.n / sizeof(struct evx_store_ref));
    return EVX_OK;
}

static enum evx_status keep_equivocation(struct evx_collector *c, const struct evx_store_equivocation *e)
{
    if (c->begun) return evx_store_put_equivocation(c->store, e);
    enum evx_status s = evx_store_begin(c->store);
    if (s) return s;
    s = evx_store_put_equivocation(c->store, e);
    if (!s) return evx_store_commit(c->store);
    evx_store_rollback(c->store);
    return s;
}

static enum evx_status on_equivocation(void *user, struct evx_agent *agent, uint64_t number,
                                       struct evx_bytes first, struct evx_bytes second)
{
    struct evx_collector *c = user;
    struct evx_store_equivocation e;
    enum evx_status s =
        evx_equivocation_check(&e, evx_agent_directory(agent), evx_agent_inspection(agent), first, second);
    evx_log(EVX_LOG_WARN, s ? "COLL-DISBELIEVED" : "COLL-EQUIVOCATION", "number=%llu sender=%s code=%s",
            (unsigned long long)number, e.sender, evx_error_info(s ? s : EVX_E_EQUIVOCATION)->code);
    if (s) return s == EVX_E_MEMORY ? s : EVX_OK;
    e.number = number;
    return keep_equivocation(c, &e);
}

static enum evx_status highest_number(void *user, const struct evx_store_equivocation *e)
{
    uint64_t *highest = user;
    if (e->number > *highest) *highest = e->number;
    return EVX_OK;
}

static enum evx_status set_fetch(struct evx_collector *c)
{
    struct evx_fetch_handler handler = {
        .entry = on_entry, .checkpoint = on_checkpoint, .equivocation = on_equivocation, .user = c};
    enum evx_status s = evx_store_equivocations(c->store, highest_number, &handler.equivocations);
    return s ? s : evx_agent_set_fetch(c->agent, &handler, &c->frontier);
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

// That the log learns of the reads is wanted, not vital: a closed window or a full outbox
// must not stop the collecting.
static enum evx_status untold(enum evx_status s)
{
    if (!s || evx_error_info(s)->class == EVX_CLASS_BUG || s == EVX_E_MEMORY || s == EVX_E_IO) return s;
    evx_log(EVX_LOG_WARN, "COLL-UNTOLD", "code=%s", evx_error_info(s)->code);
    return EVX_OK;
}

static struct evx_tell telling(struct evx_collector *c)
{
    return (struct evx_tell){c->agent, c->audit, c->store};
}

static enum evx_status tell(struct evx_collector *c)
{
    uint64_t clock = evx_clock_monotonic_ms();
    if (clock < c->tell_at_ms) return EVX_OK;
    c->tell_at_ms = clock + EVX_TELL_MS;
    struct evx_tell t = telling(c);
    struct evx_told told;
    bool queued = false;
    enum evx_status s = evx_tell_digest(&t, evx_clock_wall_ms(), false, &queued);
    return untold(s ? s : evx_tell_uses(&t, evx_clock_wall_ms(), false, 0, &told));
}

// At the end of a run the log learns of every record. *queued: there is something to send.
static enum evx_status tell_all(struct evx_collector *c, bool *queued)
{
    struct evx_tell t = telling(c);
    return untold(evx_tell_digest(&t, evx_clock_wall_ms(), true, queued));
}

static bool after_round(void *user, struct evx_agent *agent)
{
    struct evx_collector *c = user;
    if (c->begun) return false;
    bool end = evx_agent_caught_up(NULL, agent);
    if (c->owed && (end || c->owed >= EVX_ANSWERS_AT_ONCE) && fail(c, evx_collector_answer(c, NULL)))
        return true;
    if (c->confirmations.owed && end && fail(c, evx_confirmations_queue(&c->confirmations, c->store, agent)))
        return true;
    if (fail(c, evx_store_maintain(c->store, false)) || fail(c, write_metrics(c, false))) return true;
    if (fail(c, tell(c))) return true;
    bool queued = false, idle = c->how.until_idle && end && !c->owed && !c->confirmations.owed &&
                                evx_agent_all_receipted(NULL, agent);
    if (idle && fail(c, tell_all(c, &queued))) return true;
    return idle && !queued && evx_agent_settled(agent, &c->settling_ms);
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
    c->settling_ms = 0;
    enum evx_status s =
        run_to_the_end(c, how->timeout_ms ? evx_clock_monotonic_ms() + how->timeout_ms : UINT64_MAX);
    drop_batch(c);
    bool queued = false; // the next run sends it
    if (!s) s = tell_all(c, &queued);
    return s ? s : write_metrics(c, true);
}

struct evx_store *evx_collector_store(struct evx_collector *c) { return c->store; }
struct evx_audit *evx_collector_audit(struct evx_collector *c) { return c->audit; }

enum evx_status evx_collector_open(struct evx_collector **out, struct evx_agent *agent, const char *folder)
{
    *out = NULL;
    struct evx_collector *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->agent = agent;
    enum evx_status s = evx_agent_store_open(&c->store, agent, folder, false);
    if (!s) s = evx_audit_open(&c->audit, folder, evx_store_master(c->store));
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
    evx_buf_free(&(*c)->refs);
    free(*c);
    *c = NULL;
}
