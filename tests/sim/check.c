// SPDX-License-Identifier: Apache-2.0
//
// What must hold. docs/simulator.md has the list with its letters.
#include <string.h>

#include "agents/client/courier_state.h"
#include "tests/sim/broker_node.h"
#include "tests/sim/fleet.h"
#include "tests/sim/liar.h"

static const struct sim_log_disk *log_of(const struct sim *s) { return s->broker[0].disk; }

void sim_sealed(struct sim_node *n, const struct sim_row *r)
{
    struct sim *s = n->sim;
    if (s->sealeds == SIM_SEALED) return;
    s->sealed[s->sealeds++] = (struct sim_sealed){.id = r->row.id,
                                                  .by = n,
                                                  .stream = r->row.stream,
                                                  .sequence = r->row.sequence,
                                                  .item = r->item_id,
                                                  .items = r->row.items,
                                                  .epoch = n->epoch};
    s->tally.sealed++;
    sim_say(s, sim_name(n), "seals number %llu of its stream, %u items", (unsigned long long)r->row.sequence,
            r->row.items);
}

static const struct sim_sealed *sealed_as(const struct sim *s, const struct evx_digest *id)
{
    for (unsigned i = 0; i < s->sealeds; i++)
        if (!memcmp(s->sealed[i].id.b, id->b, sizeof id->b)) return &s->sealed[i];
    return NULL;
}

// --- S7, whenever a witness's line reaches a broker ---

static void root_at(struct evx_digest *out, const struct sim_log_disk *d, uint64_t size)
{
    struct evx_frontier f = {0};
    for (uint64_t i = 0; i < size; i++)
        evx_frontier_append(&f, &d->entry[i].leaf, NULL, NULL);
    evx_frontier_root(out, &f);
}

static const struct sim_node *node_of(const struct sim *s, const char *org);

// Everything it put its name to must be the beginning of one log. Only a liar can show
// it another, so only then is it worth the hashing.
void sim_cosigned_by(struct sim_broker *b, uint64_t size, const char *witness)
{
    struct sim *s = b->sim;
    const struct sim_node *n = node_of(s, witness);
    struct sim_cosigned *fresh = &s->cosigned[s->cosigneds];
    s->tally.cosigned++;
    if (!s->lies || !n || n->restored || size > b->disk->entries || s->cosigneds == SIM_COSIGNED) return;
    *fresh = (struct sim_cosigned){.witness = n, .size = size};
    root_at(&fresh->root, b->disk, size);
    for (unsigned i = 0; i < s->cosigneds; i++) {
        const struct sim_cosigned *old = &s->cosigned[i];
        struct evx_digest root;
        if (old->witness != n || old->size > size) continue;
        root_at(&root, b->disk, old->size);
        if (memcmp(root.b, old->root.b, sizeof root.b) != 0)
            sim_broke(s, "S7: %s cosigned %llu and %llu, which is no continuation", witness,
                      (unsigned long long)old->size, (unsigned long long)size);
    }
    s->cosigneds++;
}

// --- S8, after each turn ---

void sim_check_round(struct sim_node *n)
{
    const struct evx_courier *c = n->agent->courier;
    bool within = c->flights.bytes <= 3 * (size_t)EVX_LIMIT_SESSION_CREDIT && c->flights.n <= 16384 &&
                  c->flights.sent_bytes <= c->flights.bytes && c->sights.n <= COURIER_SIGHTINGS &&
                  c->fetch.held_n <= 8192;
    if (!within) sim_broke(n->sim, "S8: %s: a queue is over its limit", sim_name(n));
    struct evx_outbox_counts counted = evx_outbox_count(n->agent->outbox);
    uint64_t spooled = 0;
    for (unsigned i = 0; i < n->outbox->kept.rows; i++)
        spooled += n->outbox->kept.row[i].row.rung == EVX_RUNG_SPOOLED;
    if (spooled != counted.spooled)
        sim_broke(n->sim, "S8: %s counts %llu spooled, there are %llu", sim_name(n),
                  (unsigned long long)counted.spooled, (unsigned long long)spooled);
}

// --- S6: everything is where it should be ---

// It holds proof, or cannot get past what a liar put into the log: nothing more is
// expected of it, nor of those who wait for it.
static bool excused(const struct sim *s, const struct sim_node *n)
{
    bool stuck = s->lies && sim_alarm_is(n, SIM_ALARM_STOPPED) && (s->lies & SIM_BIT(SIM_LIE_FORGE));
    bool kept_short = s->liar && s->liar->for_good && s->liar->victim[n->number];
    return n->retired || n->fork[0].n || stuck || kept_short;
}

// An answer that a liar kept from an agency stays away; the agency sees that it has none.
static bool answers_come(const struct sim *s)
{
    if (s->window_closed || s->lies) return false;
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].collects && (excused(s, &s->node[i]) || s->node[i].revoked)) return false;
    return true;
}

static const char *unsettled(const struct sim *s, const struct sim_node *n)
{
    if (excused(s, n)) return NULL;
    const struct evx_outbox_counts *c = &n->outbox->kept.counts;
    // What waits when the window closes, waits for ever.
    if (!n->agent && !s->window_closed) return "is not up";
    if (c->spooled && !s->window_closed) return "has something without a receipt";
    if (!n->collects && c->unanswered && answers_come(s)) return "has something without an answer";
    if (!n->agent) return NULL;
    // That the window was closed is said to whoever sends, and logged nowhere. An agency from which the
    // entry was kept that adopts a directory hears of it when it next greets or sends.
    bool spared = s->lies && !n->collects;
    if (n->directories + s->window_closed < s->directories && !spared) return "has not the newest directory";
    if (!n->collects) return NULL;
    if (n->store->kept.n != log_of(s)->signed_size) return "has not the whole log";
    return NULL;
}

bool sim_settled(const struct sim *s)
{
    if (!sim_broker_quiet(&s->broker[0])) return false;
    for (unsigned i = 0; i < s->nodes; i++)
        if (unsettled(s, &s->node[i])) return false;
    return true;
}

static void check_liveness(struct sim *s)
{
    if (!s->broker[0].up) sim_broke(s, "S6: the broker is not up");
    for (unsigned i = 0; i < s->nodes; i++) {
        const char *why = unsettled(s, &s->node[i]);
        if (why) sim_broke(s, "S6: %s %s", sim_name(&s->node[i]), why);
    }
}

// --- S0: nobody is accused who did not lie ---

// Answers to what was sent before a restore are about nothing that it knows.
static bool accuses(const struct sim_node *n, const struct sim_alarm *a)
{
    if (n->restored && (a->code == EVX_E_NOT_FOUND || a->code == EVX_E_RECEIPT_MISMATCH)) return false;
    // Who believes that an answer is overdue asks again, and is then surprised by two.
    if (n->jumped && a->code == EVX_E_PROTOCOL) return false;
    return a->kind == SIM_ALARM_DISBELIEVED || a->kind == SIM_ALARM_STOPPED;
}

static void check_accusations(struct sim *s)
{
    for (unsigned i = 0; i < s->nodes && !s->lies; i++) {
        const struct sim_node *n = &s->node[i];
        if (n->fork[0].n) sim_broke(s, "S0: %s holds proof of a fork that never was", sim_name(n));
        for (unsigned k = 0; k < n->alarms; k++)
            if (accuses(n, &n->alarm[k]))
                sim_broke(s, "S0: %s: %s %s with an honest broker", sim_name(n),
                          sim_alarms[n->alarm[k].kind].name, evx_error_info(n->alarm[k].code)->name);
    }
}

// What is held as proof must be two checkpoints of this log's key, and not the same.
static bool proof_holds(const struct sim_node *n)
{
    struct evx_vkey key = sim_log_key();
    struct evx_checkpoint a, b;
    if (!n->fork[0].n || evx_checkpoint_open(&a, n->fork[0], &key) ||
        evx_checkpoint_open(&b, n->fork[1], &key))
        return false;
    return a.size != b.size || memcmp(a.root.b, b.root.b, sizeof a.root.b) != 0;
}

static void check_proofs(struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].fork[0].n && !proof_holds(&s->node[i]) && !s->lies)
            sim_broke(s, "S1: what %s holds as proof of a fork is none", sim_name(&s->node[i]));
}

// --- S1: what an agent believes to be accepted is in the log, or somebody can prove the lie ---

static bool in_log(const struct sim *s, const struct sim_row *r)
{
    const struct sim_log_disk *d = log_of(s);
    return r->row.index < d->signed_size && r->row.index < d->entries &&
           evx_bytes_equal(d->entry[r->row.index].log_entry, r->log_entry);
}

static bool somebody_proves(const struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        if (proof_holds(&s->node[i])) return true;
    return false;
}

// The broker asked the holder itself for what it had receipted.
static bool was_asked_again(const struct sim_node *n)
{
    for (unsigned i = 0; i < n->alarms; i++)
        if (n->alarm[i].kind == SIM_ALARM_HALTED && n->alarm[i].code == EVX_E_LOG_BEHIND) return true;
    return false;
}

static void check_receipts(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->outbox->kept.rows; i++) {
        const struct sim_row *r = &n->outbox->kept.row[i];
        if (!r->placed || in_log(s, r) || somebody_proves(s) || was_asked_again(n)) continue;
        sim_broke(s,
                  "S1: %s holds a receipt for index %llu, the log has something else there, nobody noticed",
                  sim_name(n), (unsigned long long)r->row.index);
    }
}

// --- S2, S4: what a collector has ---

static const struct sim_stored *stored_at(const struct sim_node *n, uint64_t index)
{
    return index < n->store->kept.n ? &n->store->kept.at[index] : NULL;
}

static bool has_accepted(const struct sim_stored *row, const struct evx_item_id *id)
{
    for (size_t i = 0; i < row->items; i++)
        if (!row->item[i].code && !memcmp(row->item[i].record.item_id.b, id->b, sizeof id->b)) return true;
    return false;
}

static const struct sim_node *node_of(const struct sim *s, const char *org)
{
    for (unsigned i = 0; i < s->nodes; i++)
        if (!strcmp(sim_name(&s->node[i]), org)) return &s->node[i];
    return NULL;
}

static bool is_refused(const struct sim_verdict *v, const struct evx_item_id *id)
{
    for (size_t i = 0; i < v->items; i++)
        if (!memcmp(v->item[i].id.b, id->b, sizeof id->b)) return true;
    return false;
}

static void check_verdict(struct sim *s, const struct sim_node *n, const struct sim_row *r,
                          const struct sim_verdict *v)
{
    const struct sim_node *by = node_of(s, v->organisation);
    const struct sim_stored *row = by && by->collects ? stored_at(by, r->row.index) : NULL;
    if (by && by->restored && excused(s, by)) return; // its store went back and cannot come forward
    if (!in_log(s, r)) return;                        // S1 says what becomes of those
    if (!row || memcmp(row->c.id.b, r->row.id.b, sizeof row->c.id.b) != 0) {
        sim_broke(s, "S2: %s answered for index %llu of %s and does not have it", v->organisation,
                  (unsigned long long)r->row.index, sim_name(n));
        return;
    }
    // Put back and fetched again under a directory that says since when the key was lost.
    if (by->restored && row->c.code == EVX_E_REVOKED && n->revoked) return;
    if (row->c.code != v->code)
        sim_broke(s, "S4: %s said %s of index %llu to %s and holds it as %s", v->organisation,
                  evx_error_info(v->code)->name, (unsigned long long)r->row.index, sim_name(n),
                  evx_error_info(row->c.code)->name);
    for (uint32_t i = 0; !v->code && i < r->row.items; i++)
        if (is_refused(v, &r->item_id[i]) == has_accepted(row, &r->item_id[i]))
            sim_broke(s, "S4: %s and %s disagree about an item at index %llu", v->organisation, sim_name(n),
                      (unsigned long long)r->row.index);
}

static void check_verdicts(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->outbox->kept.rows; i++)
        for (unsigned k = 0; k < n->outbox->kept.row[i].verdicts; k++)
            check_verdict(s, n, &n->outbox->kept.row[i], &n->outbox->kept.row[i].verdict[k]);
}

static bool accepted_before(const struct sim_node *n, unsigned before, const struct evx_item_id *id)
{
    for (unsigned i = 0; i < before; i++)
        if (has_accepted(&n->store->kept.at[i], id)) return true;
    return false;
}

static bool item_of(const struct sim_sealed *c, const struct evx_item_id *id)
{
    for (uint32_t i = 0; c && i < c->items; i++)
        if (!memcmp(c->item[i].b, id->b, sizeof id->b)) return true;
    return false;
}

static void check_items(struct sim *s, const struct sim_node *n, unsigned at)
{
    const struct sim_stored *row = &n->store->kept.at[at];
    const struct sim_sealed *c = sealed_as(s, &row->c.id);
    for (size_t i = 0; i < row->items; i++) {
        const struct evx_item_id *id = &row->item[i].record.item_id;
        if (row->item[i].code) continue;
        if (!item_of(c, id) || strcmp(sim_name(c->by), row->c.sender) != 0)
            sim_broke(s, "S4: %s accepted at index %u what %s never sealed", sim_name(n), at, row->c.sender);
        if (accepted_before(n, at, id))
            sim_broke(s, "S2: %s accepted an item twice, the second time at index %u", sim_name(n), at);
    }
}

// What was signed with a key after everybody was told that it is lost.
static void check_revoked(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->store->kept.n; i++) {
        const struct sim_stored *row = &n->store->kept.at[i];
        const struct sim_sealed *c = sealed_as(s, &row->c.id);
        if (!c || row->c.code || c->epoch || !c->by->revoked) continue;
        if (i >= c->by->revoked_from && i >= c->by->revoked_since)
            sim_broke(s, "S4: %s accepted index %u of %s, signed with a revoked key", sim_name(n), i,
                      sim_name(c->by));
    }
}

// Why an honest sender's consignment may be refused by a collector.
static bool may_refuse(const struct sim *s, const struct sim_stored *row)
{
    const struct sim_node *by = node_of(s, row->c.sender);
    if (!by || s->lies) return true;
    if (by->revoked && row->c.code == EVX_E_REVOKED) return row->c.index >= by->revoked_from;
    // After a key was revoked, or with two machines on one stream, the rest of that stream falls with it.
    bool chain = row->c.code == EVX_E_GAP || row->c.code == EVX_E_CHAIN || row->c.code == EVX_E_FROZEN ||
                 row->c.code == EVX_E_EQUIVOCATION;
    return chain && (by->revoked || by->careless);
}

static void check_refusals(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->store->kept.n; i++) {
        const struct sim_stored *row = &n->store->kept.at[i];
        if (!row->c.code || may_refuse(s, row)) continue;
        sim_broke(s, "S4: %s refused index %u of %s: %s", sim_name(n), i, row->c.sender,
                  evx_error_info(row->c.code)->name);
    }
}

static void check_store(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->store->kept.n; i++)
        check_items(s, n, i);
    check_refusals(s, n);
    check_revoked(s, n);
    for (unsigned i = 0; i < n->store->kept.n && !excused(s, n); i++)
        if (i >= log_of(s)->entries ||
            !evx_bytes_equal(n->store->kept.at[i].c.log_entry, log_of(s)->entry[i].log_entry))
            sim_broke(s, "S1: %s stored at index %u what the log does not have there", sim_name(n), i);
}

// --- S5: a confirmation covers only what is there ---

static void check_statement(struct sim *s, const struct sim_node *n, const struct evx_store_statement *st)
{
    for (uint64_t sequence = st->first; !st->code && sequence <= st->last; sequence++) {
        bool there = false;
        for (unsigned i = 0; i < n->store->kept.n && !there; i++) {
            const struct evx_store_consignment *c = &n->store->kept.at[i].c;
            there = c->chained && c->sequence == sequence &&
                    !memcmp(c->stream.b, st->stream.b, sizeof c->stream.b);
        }
        if (!there)
            sim_broke(s, "S5: %s found %s complete without number %llu", sim_name(n), st->sender,
                      (unsigned long long)sequence);
    }
}

// --- S3: no number twice ---

static void check_numbers(struct sim *s)
{
    bool careless = false;
    for (unsigned i = 0; i < s->nodes; i++)
        careless = careless || s->node[i].careless;
    if (careless || s->lies) return;
    if (log_of(s)->equivocations) sim_broke(s, "S3: the broker saw two contents under one number");
    for (unsigned i = 0; i < s->nodes; i++)
        for (unsigned k = 0; k < s->node[i].alarms; k++)
            if (s->node[i].alarm[k].code == EVX_E_EQUIVOCATION)
                sim_broke(s, "S3: %s saw two contents under one number", sim_name(&s->node[i]));
}

// P8, when a log is shown short for good: nothing behind its end has an answer of whoever was shown
// it, so its sender sees whose answer is missing.
static void check_short_log(struct sim *s, const struct sim_node *n)
{
    for (unsigned i = 0; i < n->outbox->kept.rows; i++) {
        const struct sim_row *r = &n->outbox->kept.row[i];
        for (unsigned k = 0; k < r->verdicts && r->placed; k++) {
            const struct sim_node *by = node_of(s, r->verdict[k].organisation);
            if (by && by->collects && r->row.index >= by->store->kept.n)
                sim_broke(s, "S5: %s answered for index %llu, which it was never shown", sim_name(by),
                          (unsigned long long)r->row.index);
        }
    }
}

// P8: what was kept from a collector, or its answer from the sender, shows at the sender.
static void note_unanswered(struct sim *s)
{
    for (unsigned i = 0; s->liar && s->liar->for_good && i < s->nodes; i++)
        check_short_log(s, &s->node[i]);
    for (unsigned i = 0; i < s->nodes; i++)
        if (!s->node[i].collects && s->node[i].outbox->kept.counts.unanswered)
            sim_alarmed(&s->node[i], SIM_ALARM_UNANSWERED, EVX_OK);
}

void sim_check_end(struct sim *s)
{
    check_liveness(s);
    note_unanswered(s);
    check_accusations(s);
    check_proofs(s);
    check_numbers(s);
    for (unsigned i = 0; i < s->nodes; i++) {
        const struct sim_node *n = &s->node[i];
        check_receipts(s, n);
        check_verdicts(s, n);
        if (!n->collects) continue;
        check_store(s, n);
        for (unsigned k = 0; k < n->store->kept.statements; k++)
            check_statement(s, n, &n->store->kept.statement[k]);
    }
}
