// SPDX-License-Identifier: Apache-2.0
//
// What a collector adds to an agent: the product's ingest and acknowledgements
// around a simulated store, in the order that agents/collector/collect.c keeps.
#include <stdlib.h>
#include <string.h>

#include "agents/collector/acks.h"
#include "agents/collector/confirm.h"
#include "agents/collector/ingest.h"
#include "tests/sim/fleet.h"

struct sim_collector {
    struct sim_node *node;
    struct evx_store_key *key;
    struct evx_intake *intake;
    struct evx_frontier frontier;
    bool begun; // entries were taken that are not committed yet
};

static enum evx_status put_all(struct sim_node *n, const struct evx_intake_result *r)
{
    enum evx_status s = sim_store_put(n, &r->consignment, r->item, r->items);
    if (!s && r->stream_changed) s = sim_store_put_stream(n, &r->stream);
    for (size_t i = 0; i < r->notes && !s; i++)
        s = sim_store_put_note(n, &r->note[i]);
    if (!s && r->statement) s = sim_store_put_statement(n, r->statement);
    return s;
}

static void notice(struct sim_node *n, const struct evx_intake_result *r)
{
    if (r->consignment.code) sim_alarmed(n, SIM_ALARM_REFUSED, r->consignment.code);
    for (size_t i = 0; i < r->items; i++)
        if (r->item[i].code) sim_alarmed(n, SIM_ALARM_REFUSED, r->item[i].code);
    for (size_t i = 0; i < r->notes; i++)
        sim_alarmed(n, SIM_ALARM_REMARKED, r->note[i].code);
    if (r->statement && r->statement->code) sim_alarmed(n, SIM_ALARM_REMARKED, r->statement->code);
}

static enum evx_status on_entry(void *user, struct evx_agent *agent, const struct evx_fetched *f)
{
    struct sim_collector *c = user;
    struct evx_intake_result r;
    enum evx_status s = evx_intake_take(c->intake, evx_agent_directory(agent), f, &r);
    if (s || r.known) return s;
    c->begun = true;
    s = put_all(c->node, &r);
    if (s) return s;
    notice(c->node, &r);
    struct evx_digest leaf;
    evx_log_leaf(&leaf, f->log_entry);
    evx_frontier_append(&c->frontier, &leaf, NULL, NULL);
    return EVX_OK;
}

static enum evx_status check_root(const struct sim_collector *c, const struct evx_checkpoint *checkpoint)
{
    if (checkpoint->size < c->frontier.size) return EVX_E_CONSISTENCY;
    if (checkpoint->size > c->frontier.size) return EVX_OK;
    struct evx_digest root;
    evx_frontier_root(&root, &c->frontier);
    return memcmp(root.b, checkpoint->root.b, sizeof root.b) ? EVX_E_CONSISTENCY : EVX_OK;
}

static enum evx_status on_checkpoint(void *user, struct evx_agent *agent,
                                     const struct evx_checkpoint *checkpoint, struct evx_bytes note)
{
    (void)agent;
    struct sim_collector *c = user;
    enum evx_status s = check_root(c, checkpoint);
    if (s || !c->begun) return s;
    c->node->store->now.frontier = c->frontier;
    c->node->store->now.checkpoint = sim_keep(&c->node->sim->arena, note);
    s = sim_store_commit(c->node);
    if (s) return s;
    c->begun = false;
    sim_say(c->node->sim, sim_name(c->node), "stored the log up to %llu of %llu",
            (unsigned long long)c->frontier.size, (unsigned long long)checkpoint->size);
    return EVX_OK;
}

static enum evx_status make_intake(struct sim_collector *c)
{
    struct sim_node *n = c->node;
    struct evx_intake_world world = {.organisation = n->person->org,
                                     .inspection = sim_inspection()->id,
                                     .opener = n->agent->opener,
                                     .master = c->key,
                                     .find = sim_store_find,
                                     .sent = sim_store_sent,
                                     .user = n};
    enum evx_status s = evx_intake_new(&c->intake, &world, c->frontier.size);
    for (unsigned i = 0; i < n->store->now.streams && !s; i++)
        s = evx_intake_stream(c->intake, &n->store->now.stream[i]);
    return s;
}

// The directories that the log showed as adopted below the cursor.
static enum evx_status recall_adoptions(struct sim_node *n)
{
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < n->store->now.n && !s; i++) {
        const struct evx_store_consignment *c = &n->store->now.at[i].c;
        struct evx_log_directory e;
        if (c->code || !evx_log_entry_is_directory(c->log_entry)) continue;
        s = evx_log_directory_parse(&e, c->log_entry);
        if (!s) s = evx_agent_adopted(n->agent, c->index, &e);
    }
    return s;
}

enum evx_status sim_collector_open(struct sim_node *n)
{
    static const uint8_t key[32] = "a store key of the simulator";
    struct sim_collector *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    n->collector = c;
    c->node = n;
    sim_store_rollback(n);
    c->frontier = n->store->now.frontier;
    enum evx_status s = evx_store_key_from(&c->key, key);
    if (!s) s = make_intake(c);
    if (!s) s = recall_adoptions(n);
    struct evx_fetch_handler handler = {.entry = on_entry, .checkpoint = on_checkpoint, .user = c};
    return s ? s : evx_agent_set_fetch(n->agent, &handler, &c->frontier);
}

void sim_collector_close(struct sim_node *n)
{
    if (!n->collector) return;
    evx_intake_destroy(&n->collector->intake);
    evx_store_key_destroy(&n->collector->key);
    free(n->collector);
    n->collector = NULL;
}

// --- answers ---

static enum evx_status send_ack(void *user, const char *sender, struct evx_bytes packed)
{
    struct evx_plain_item item = {.content = packed};
    enum evx_status s = sim_queue_items(user, &item, 1, sender, 0);
    return s == EVX_E_RECIPIENT ? EVX_OK : s;
}

static uint64_t owed(const struct sim_node *n)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < n->store->now.n; i++)
        count += n->store->now.at[i].c.owed;
    return count;
}

static enum evx_status answer_all(struct sim_node *n)
{
    struct evx_acks *acks = NULL;
    enum evx_status s = evx_acks_new(&acks, send_ack, n);
    for (unsigned i = 0; i < n->store->now.n && !s; i++) {
        const struct sim_stored *row = &n->store->now.at[i];
        if (row->c.owed) s = evx_acks_add(acks, &row->c, row->item, row->items);
    }
    if (!s) s = evx_acks_flush(acks);
    evx_acks_destroy(&acks);
    return s;
}

static enum evx_status confirm_all(struct sim_node *n)
{
    enum evx_status s = EVX_OK;
    for (unsigned i = 0; i < n->store->now.statements && !s; i++) {
        struct evx_store_statement *st = &n->store->now.statement[i];
        struct evx_buf packed = {0};
        if (!st->owed) continue;
        s = evx_confirm_pack(&packed, st);
        struct evx_plain_item item = {.content = evx_buf_bytes(&packed)};
        evx_confirm_id(&item.id, n->person->org, &st->id);
        if (!s) s = sim_queue_items(n, &item, 1, st->sender, 0);
        if (s == EVX_E_RECIPIENT) s = EVX_OK;
        if (!s) st->owed = false;
        evx_buf_free(&packed);
    }
    return s;
}

// Queued durably first, then marked: a crash in between queues them once more.
static enum evx_status answer(struct sim_node *n)
{
    if (!owed(n) && !sim_store_unconfirmed(n)) return EVX_OK;
    enum evx_status s = answer_all(n);
    for (unsigned i = 0; i < n->store->now.n && !s; i++)
        n->store->now.at[i].c.owed = false;
    if (!s) s = confirm_all(n);
    return s ? s : sim_store_commit(n);
}

// Answers that can never be accepted any more, because the stream they were sealed in was
// left, are given once more: `evx-collector acknowledge`. Their readers take them once.
static void answer_again(struct sim_node *n)
{
    unsigned given_up = 0;
    for (unsigned i = 0; i < n->outbox->kept.rows; i++)
        given_up += n->outbox->kept.row[i].row.rung == EVX_RUNG_REJECTED;
    if (given_up <= n->given_up) return;
    n->given_up = given_up;
    sim_say(n->sim, sim_name(n), "answers everything again");
    for (unsigned i = 0; i < n->store->now.n; i++) {
        struct sim_stored *row = &n->store->now.at[i];
        row->c.owed = row->answers;
    }
}

enum evx_status sim_collector_round(struct sim_node *n)
{
    if (n->collector->begun || !evx_agent_caught_up(NULL, n->agent)) return EVX_OK;
    unsigned before = n->given_up;
    answer_again(n);
    enum evx_status s = answer(n);
    if (s) n->given_up = before; // cut off: whoever began it begins again
    // What the directory forbids now is tried again later; it must not stop the fetching.
    return s == EVX_E_IO || s == EVX_E_MEMORY || s == EVX_E_BUG ? s : EVX_OK;
}

bool sim_collector_idle(const struct sim_node *n)
{
    return n->collector && !n->collector->begun && evx_agent_caught_up(NULL, n->agent) && !owed(n);
}
