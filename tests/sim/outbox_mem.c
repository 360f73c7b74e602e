// SPDX-License-Identifier: Apache-2.0
//
// agents/client/outbox.h in memory: what changes it. The ladder is kept here as
// the engine's triggers keep it, so a step that the store would refuse shows.
#include <stdlib.h>
#include <string.h>

#include "tests/sim/outbox_state.h"

// Only what is in use is copied: the arrays are far larger.
void sim_outbox_copy(struct sim_outbox_state *to, const struct sim_outbox_state *from)
{
    memcpy(to->row, from->row, from->rows * sizeof from->row[0]);
    memcpy(to->stream, from->stream, from->streams * sizeof from->stream[0]);
    memcpy(to->value, from->value, from->values * sizeof from->value[0]);
    memcpy(to->letter, from->letter, from->letters * sizeof from->letter[0]);
    to->rows = from->rows;
    to->streams = from->streams;
    to->values = from->values;
    to->letters = from->letters;
    to->counts = from->counts;
}

struct evx_outbox *sim_outbox_open(struct sim_node *n)
{
    struct evx_outbox *o = malloc(sizeof *o);
    if (!o) return NULL;
    o->node = n;
    o->disk = n->outbox;
    o->writing = false;
    sim_outbox_copy(&o->now, &n->outbox->kept);
    return o;
}

// The programs' own way to an outbox; nobody goes it here.
enum evx_status evx_outbox_open(struct evx_outbox **out, const char *path,
                                const struct evx_outbox_options *options)
{
    (void)path, (void)options;
    *out = NULL;
    return EVX_E_BUG;
}

void evx_outbox_close(struct evx_outbox **o)
{
    free(*o);
    *o = NULL;
}

static enum evx_status change(struct evx_outbox *o) { return o->writing ? sim_touch(o->node) : EVX_E_BUG; }

enum evx_status evx_outbox_begin(struct evx_outbox *o)
{
    if (o->writing) return EVX_E_BUG;
    o->writing = true;
    return sim_touch(o->node);
}

// Dying inside a commit may leave it done or not.
enum evx_status evx_outbox_commit(struct evx_outbox *o)
{
    if (!o->writing) return EVX_E_BUG;
    bool lived = !o->node->dying;
    enum evx_status s = sim_touch(o->node);
    bool done = !s || (lived && sim_chance(&o->node->sim->dice, 50));
    bool forgets = o->node->sim->options->blind & SIM_BIT(SIM_DEFENCE_DURABLE);
    if (done && !(forgets && sim_chance(&o->node->sim->dice, 20))) sim_outbox_copy(&o->disk->kept, &o->now);
    o->writing = false;
    return s;
}

void evx_outbox_rollback(struct evx_outbox *o)
{
    if (!o->writing) return;
    sim_outbox_copy(&o->now, &o->disk->kept);
    o->writing = false;
}

bool evx_outbox_in_transaction(const struct evx_outbox *o) { return o->writing; }

enum evx_status evx_outbox_tidy(struct evx_outbox *o, bool idle)
{
    (void)idle;
    return o->node->dying ? EVX_E_IO : EVX_OK;
}

// --- streams ---

enum evx_status evx_outbox_stream_begin(struct evx_outbox *o, const struct evx_stream_id *id,
                                        const struct evx_digest *reset_of)
{
    enum evx_status s = change(o);
    if (s) return s;
    if (o->now.streams == SIM_STREAMS) return EVX_E_DISK_FULL;
    struct evx_outbox_stream *stream = &o->now.stream[o->now.streams++];
    *stream = (struct evx_outbox_stream){.number = o->now.streams, .id = *id, .reset = reset_of != NULL};
    if (reset_of) stream->reset_of = *reset_of;
    o->node->sim->tally.resets += o->now.streams > 1;
    return EVX_OK;
}

enum evx_status evx_outbox_stream(struct evx_outbox *o, struct evx_outbox_stream *out)
{
    *out = (struct evx_outbox_stream){0};
    if (!o->now.streams) return EVX_E_NOT_FOUND;
    *out = o->now.stream[o->now.streams - 1];
    return EVX_OK;
}

static struct sim_row *row_at(struct evx_outbox *o, uint64_t number)
{
    return number && number <= o->now.rows ? &o->now.row[number - 1] : NULL;
}

// What the engine's trigger allows.
static bool may_climb(enum evx_rung from, enum evx_rung to)
{
    if (from == to) return true;
    if (from == EVX_RUNG_SPOOLED)
        return to == EVX_RUNG_ACCEPTED || to == EVX_RUNG_REJECTED || to == EVX_RUNG_WITHDRAWN;
    return from == EVX_RUNG_ACCEPTED && to != EVX_RUNG_SPOOLED;
}

static enum evx_status climb(struct evx_outbox *o, struct sim_row *r, enum evx_rung rung,
                             enum evx_status code, uint64_t now_ms)
{
    if (!may_climb(r->row.rung, rung)) {
        sim_broke(o->node->sim, "S4: %s: consignment %llu went from %s to %s", sim_name(o->node),
                  (unsigned long long)(r - o->now.row + 1), evx_rung_name(r->row.rung), evx_rung_name(rung));
        return EVX_E_BUG;
    }
    r->row.rung = rung;
    r->row.code = code;
    r->row.changed_ms = now_ms;
    return EVX_OK;
}

static void forget(struct evx_outbox *o, struct sim_row *r)
{
    r->whole = evx_bytes(NULL, 0);
    o->now.counts.kept_bytes -= r->row.bytes;
}

static enum evx_status reject(struct evx_outbox *o, struct sim_row *r, enum evx_status code, uint64_t now_ms)
{
    enum evx_status s = climb(o, r, EVX_RUNG_REJECTED, code, now_ms);
    if (s) return s;
    o->now.counts.spooled--;
    o->now.counts.unanswered -= r->awaits;
    forget(o, r);
    return EVX_OK;
}

enum evx_status evx_outbox_give_up(struct evx_outbox *o, const struct evx_stream_id *stream,
                                   enum evx_status code, uint64_t now_ms, uint64_t *rows)
{
    *rows = 0;
    enum evx_status s = change(o);
    for (unsigned i = 0; i < o->now.rows && !s; i++) {
        struct sim_row *r = &o->now.row[i];
        if (r->row.rung != EVX_RUNG_SPOOLED || memcmp(r->row.stream.b, stream->b, sizeof stream->b) != 0)
            continue;
        s = reject(o, r, code, now_ms);
        ++*rows;
    }
    return s;
}

// --- rows ---

static void fill(struct evx_outbox *o, struct sim_row *r, const struct evx_outbox_stream *stream,
                 const struct evx_outbox_new *row)
{
    struct sim_arena *a = &o->node->sim->arena;
    *r = (struct sim_row){.row = {.id = row->id,
                                  .stream = stream->id,
                                  .sequence = row->sequence,
                                  .items = row->items,
                                  .bytes = row->whole.n,
                                  .queued_ms = row->now_ms,
                                  .changed_ms = row->now_ms},
                          .awaits = row->awaits,
                          .signer = row->signer,
                          .whole = sim_keep(a, row->whole)};
    struct evx_bytes ids = sim_keep(a, evx_bytes(row->item_id, row->items * sizeof *row->item_id));
    r->item_id = (const struct evx_item_id *)ids.p;
}

enum evx_status evx_outbox_add(struct evx_outbox *o, const struct evx_outbox_new *row, uint64_t *number)
{
    *number = 0;
    enum evx_status s = change(o);
    if (s) return s;
    if (o->now.rows == SIM_ROWS) return EVX_E_OUTBOX_FULL;
    struct evx_outbox_stream *stream = &o->now.stream[o->now.streams - 1];
    if (!o->now.streams || row->sequence != stream->sequence + 1) return EVX_E_BUG;
    stream->sequence = row->sequence;
    stream->last = row->id;
    struct sim_row *r = &o->now.row[o->now.rows++];
    fill(o, r, stream, row);
    sim_sealed(o->node, r);
    o->now.counts.rows++;
    o->now.counts.spooled++;
    o->now.counts.unanswered += row->awaits;
    o->now.counts.kept_bytes += row->whole.n;
    *number = o->now.rows;
    return EVX_OK;
}

static enum evx_status keep_receipt(struct evx_outbox *o, struct sim_row *r,
                                    const struct evx_receipt *receipt, struct evx_bytes log_entry)
{
    struct evx_buf proof = {0};
    enum evx_status s = evx_tlog_proof_text(&proof, receipt);
    if (!s) r->proof = sim_keep(&o->node->sim->arena, evx_buf_bytes(&proof));
    if (!s) r->log_entry = sim_keep(&o->node->sim->arena, log_entry);
    evx_buf_free(&proof);
    return s;
}

// The engine holds a place in the log once: a second row at it is an error there too.
static bool taken(const struct evx_outbox *o, uint64_t index)
{
    for (unsigned i = 0; i < o->now.rows; i++)
        if (o->now.row[i].placed && o->now.row[i].row.index == index) return true;
    return false;
}

enum evx_status evx_outbox_accept(struct evx_outbox *o, uint64_t number, const struct evx_receipt *receipt,
                                  struct evx_bytes log_entry, uint64_t now_ms)
{
    enum evx_status s = change(o);
    if (s) return s;
    struct sim_row *r = row_at(o, number);
    if (!r) return EVX_E_NOT_FOUND;
    if (r->row.rung != EVX_RUNG_SPOOLED) return EVX_OK;
    if (taken(o, receipt->index)) return EVX_E_BUG;
    s = keep_receipt(o, r, receipt, log_entry);
    if (!s) s = climb(o, r, EVX_RUNG_ACCEPTED, EVX_OK, now_ms);
    if (s) return s;
    r->placed = true;
    r->row.index = receipt->index;
    r->row.received_ms = receipt->received_ms;
    o->now.counts.spooled--;
    if (!r->awaits) forget(o, r);
    o->node->sim->tally.receipts++;
    return EVX_OK;
}

enum evx_status evx_outbox_refuse(struct evx_outbox *o, uint64_t number, enum evx_status code, bool final,
                                  uint64_t now_ms)
{
    enum evx_status s = change(o);
    if (s) return s;
    struct sim_row *r = row_at(o, number);
    if (!r) return EVX_E_NOT_FOUND;
    if (r->row.rung != EVX_RUNG_SPOOLED) return EVX_OK;
    if (final) return reject(o, r, code, now_ms);
    return climb(o, r, EVX_RUNG_SPOOLED, code, now_ms);
}

// --- verdicts ---

static struct sim_row *row_in_log(struct evx_outbox *o, uint64_t index)
{
    for (unsigned i = 0; i < o->now.rows; i++)
        if (o->now.row[i].placed && o->now.row[i].row.index == index) return &o->now.row[i];
    return NULL;
}

static bool has_id(const struct evx_outbox *o, const struct evx_digest *id)
{
    for (unsigned i = 0; i < o->now.rows; i++)
        if (!memcmp(o->now.row[i].row.id.b, id->b, sizeof id->b)) return true;
    return false;
}

static bool answered_by(const struct sim_row *r, const char *organisation)
{
    for (unsigned i = 0; i < r->verdicts; i++)
        if (!strcmp(r->verdict[i].organisation, organisation)) return true;
    return false;
}

static void keep_verdict(struct evx_outbox *o, struct sim_row *r, const struct evx_outbox_verdict *v)
{
    struct sim_verdict *kept = &r->verdict[r->verdicts++];
    struct evx_bytes refused = sim_keep(&o->node->sim->arena, evx_bytes(v->item, v->items * sizeof *v->item));
    *kept = (struct sim_verdict){
        .code = v->code, .item = (const struct evx_outbox_item *)refused.p, .items = v->items};
    memcpy(kept->organisation, v->organisation, strnlen(v->organisation, sizeof kept->organisation - 1));
    o->node->sim->tally.verdicts++;
}

enum evx_status evx_outbox_judge(struct evx_outbox *o, const struct evx_outbox_verdict *v, uint64_t now_ms)
{
    enum evx_status s = change(o);
    if (s) return s;
    struct sim_row *r = row_in_log(o, v->log_index);
    if (!r) return has_id(o, &v->id) ? EVX_E_GAP : EVX_E_NOT_FOUND;
    if (memcmp(r->row.id.b, v->id.b, sizeof v->id.b) != 0) return EVX_E_RECEIPT_MISMATCH;
    if (r->verdicts == SIM_VERDICTS || answered_by(r, v->organisation)) return EVX_OK;
    keep_verdict(o, r, v);
    if (r->row.rung != EVX_RUNG_ACCEPTED) return EVX_OK;
    r->row.items_rejected = (uint32_t)v->items;
    s = climb(o, r, v->code ? EVX_RUNG_REJECTED : EVX_RUNG_ACKNOWLEDGED, v->code, now_ms);
    if (s || !r->awaits) return s;
    o->now.counts.unanswered--;
    o->node->sim->tally.acknowledged++;
    forget(o, r);
    return EVX_OK;
}

// --- small values, letters ---

enum evx_status evx_outbox_put(struct evx_outbox *o, const char *name, struct evx_bytes value)
{
    enum evx_status s = change(o);
    if (s) return s;
    unsigned i = 0;
    while (i < o->now.values && strcmp(o->now.value[i].name, name) != 0)
        i++;
    if (i == SIM_VALUES || strlen(name) >= sizeof o->now.value[i].name) return EVX_E_DISK_FULL;
    if (i == o->now.values) {
        memset(&o->now.value[i], 0, sizeof o->now.value[i]);
        memcpy(o->now.value[i].name, name, strlen(name) + 1);
        o->now.values++;
    }
    o->now.value[i].bytes = sim_keep(&o->node->sim->arena, value);
    return EVX_OK;
}

enum evx_status evx_outbox_letter(struct evx_outbox *o, const struct evx_inbox_letter *l)
{
    enum evx_status s = change(o);
    if (s) return s;
    for (unsigned i = 0; i < o->now.letters; i++)
        if (o->now.letter[i].letter.index == l->index) return EVX_OK;
    if (o->now.letters == SIM_LETTERS) return EVX_E_DISK_FULL;
    struct sim_arena *a = &o->node->sim->arena;
    struct sim_letter *kept = &o->now.letter[o->now.letters++];
    *kept = (struct sim_letter){.letter = *l};
    memcpy(kept->sender, l->sender, strnlen(l->sender, sizeof kept->sender - 1));
    kept->letter.whole = sim_keep(a, l->whole);
    kept->letter.item =
        (const struct evx_inbox_item *)sim_keep(a, evx_bytes(l->item, l->items * sizeof *l->item)).p;
    o->now.counts.inbox_items += l->items;
    o->now.counts.inbox_bytes += l->whole.n;
    o->node->sim->tally.letters++;
    return EVX_OK;
}
