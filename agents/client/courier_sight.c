// SPDX-License-Identifier: Apache-2.0
//
// Every signed checkpoint that comes along, on a receipt or at the end of a fetch, must
// be proved to continue the last one (P10). They are proved one by one, oldest first;
// two that cannot both be true are kept as evidence and everything stops.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

void evx_courier_sighting_free(struct sighting *s)
{
    evx_buf_free(&s->note);
    *s = (struct sighting){0};
}

enum evx_status evx_courier_sighting_set(struct sighting *s, const struct evx_checkpoint *c,
                                         struct evx_bytes note)
{
    evx_buf_clear(&s->note);
    s->checkpoint = *c;
    return evx_buf_append(&s->note, note.p, note.n);
}

void evx_courier_sights_free(struct evx_courier *c)
{
    for (size_t i = 0; i < c->sights.n; i++)
        evx_courier_sighting_free(&c->sights.waiting[i]);
    evx_courier_sighting_free(&c->sights.last);
    c->sights = (struct sights){0};
}

// What the broker gave as a proof says of itself what its log held at the smaller
// size: with both signatures that convicts it before anybody.
static void add_answer(struct evx_fork *f, const struct evx_checkpoint *high, const Evx__V1__Consistency *m)
{
    struct evx_digest root = {0};
    if (m->old_root.len == sizeof root.b) memcpy(root.b, m->old_root.data, sizeof root.b);
    if (m->to_size != high->size || evx_proof_from_slots(&f->proof, m->path, m->n_path)) return;
    if (evx_consistency_old_root(&root, &f->proof, m->from_size, m->to_size, &high->root)) return;
    f->old_root = root;
    f->has_proof = true;
}

static enum evx_status keep_fork(struct evx_courier *c, struct evx_bytes note, struct evx_bytes other,
                                 const Evx__V1__Consistency *answer)
{
    struct evx_fork f;
    struct evx_checkpoint a, b;
    enum evx_status s = evx_fork_make(&f, note, other);
    if (!s && answer && !evx_courier_open_checkpoint(c, &a, note) &&
        !evx_courier_open_checkpoint(c, &b, other))
        add_answer(&f, a.size > b.size ? &a : &b, answer);
    if (!s) s = c->port.forked(c->port.user, &f);
    evx_fork_free(&f);
    return s;
}

enum evx_status evx_courier_fork(struct evx_courier *c, struct evx_bytes note, struct evx_bytes other,
                                 const Evx__V1__Consistency *answer)
{
    evx_log(EVX_LOG_ERROR, "LOG-FORKED", "code=EVX-3024");
    enum evx_status s = keep_fork(c, note, other, answer);
    evx_courier_halt(c, EVX_E_CONSISTENCY);
    return s ? s : EVX_E_CONSISTENCY;
}

static bool same_tree(const struct evx_checkpoint *a, const struct evx_checkpoint *b)
{
    return a->size == b->size && memcmp(a->root.b, b->root.b, sizeof a->root.b) == 0;
}

// Of two checkpoints of one size only one root can be true.
static enum evx_status compare(struct evx_courier *c, const struct sighting *held,
                               const struct evx_checkpoint *checkpoint, struct evx_bytes note)
{
    return same_tree(&held->checkpoint, checkpoint)
               ? EVX_OK
               : evx_courier_fork(c, evx_buf_bytes(&held->note), note, NULL);
}

static enum evx_status insert(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                              struct evx_bytes note)
{
    struct sights *v = &c->sights;
    size_t at = 0;
    while (at < v->n && v->waiting[at].checkpoint.size < checkpoint->size)
        at++;
    if (at < v->n && v->waiting[at].checkpoint.size == checkpoint->size)
        return compare(c, &v->waiting[at], checkpoint, note);
    // The first one may be asked for at this moment: its place is taken.
    if (at == 0 && v->asked) at = v->n ? 1 : 0;
    if (v->n == COURIER_SIGHTINGS) {
        evx_log(EVX_LOG_WARN, "CLIENT-SIGHTINGS", "waiting=%zu", v->n);
        return EVX_E_BUSY;
    }
    v->changed = true;
    memmove(&v->waiting[at + 1], &v->waiting[at], (v->n - at) * sizeof v->waiting[0]);
    v->waiting[at] = (struct sighting){0};
    v->n++;
    return evx_courier_sighting_set(&v->waiting[at], checkpoint, note);
}

static enum evx_status first_sight(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                   struct evx_bytes note)
{
    enum evx_status s = evx_courier_sighting_set(&c->sights.last, checkpoint, note);
    c->sights.any = !s;
    return s ? s : c->port.seen(c->port.user, note);
}

enum evx_status evx_courier_see(struct evx_courier *c, const struct evx_checkpoint *checkpoint,
                                struct evx_bytes note)
{
    if (checkpoint->size == 0) return EVX_OK;
    if (c->sights.any && c->sights.last.checkpoint.size != checkpoint->size)
        return insert(c, checkpoint, note);
    enum evx_status s =
        c->sights.any ? compare(c, &c->sights.last, checkpoint, note) : first_sight(c, checkpoint, note);
    if (!s) evx_courier_witness_proved(c, checkpoint);
    return s;
}

// Length (4) and note, one after the other.
enum evx_status evx_courier_waiting(struct evx_courier *c, struct evx_buf *out, bool *changed)
{
    struct sights *v = &c->sights;
    enum evx_status s = EVX_OK;
    *changed = v->changed;
    for (size_t i = 0; i < v->n && *changed && !s; i++) {
        uint8_t be[4];
        evx_put_be32(be, (uint32_t)v->waiting[i].note.n);
        s = evx_buf_append(out, be, sizeof be);
        if (!s) s = evx_buf_append(out, v->waiting[i].note.p, v->waiting[i].note.n);
    }
    if (!s) v->changed = false;
    return s;
}

enum evx_status evx_courier_wait_again(struct evx_courier *c, struct evx_bytes waiting)
{
    struct sights *v = &c->sights;
    for (size_t at = 0; at < waiting.n;) {
        uint32_t n = waiting.n - at < 4 ? 0 : evx_get_be32(waiting.p + at);
        if (!n || n > waiting.n - at - 4 || v->n == COURIER_SIGHTINGS) return EVX_E_STORE_DAMAGED;
        struct evx_bytes note = evx_bytes(waiting.p + at + 4, n);
        struct evx_checkpoint checkpoint;
        enum evx_status s = evx_courier_open_checkpoint(c, &checkpoint, note);
        if (!s) s = evx_courier_sighting_set(&v->waiting[v->n], &checkpoint, note);
        if (s) return s;
        v->n++;
        at += 4 + n;
    }
    return EVX_OK;
}

bool evx_courier_sights_settled(const struct evx_courier *c) { return c->sights.n == 0; }

enum evx_status evx_courier_ask_consistency(struct evx_courier *c, uint64_t now_ms)
{
    struct sights *v = &c->sights;
    if (v->n == 0 || (v->asked && now_ms < v->asked_ms + COURIER_ANSWER_MS)) return EVX_OK;
    uint64_t a = v->last.checkpoint.size, b = v->waiting[0].checkpoint.size;
    Evx__V1__GetConsistency m = EVX__V1__GET_CONSISTENCY__INIT;
    m.inspection.data = c->inspection.b;
    m.inspection.len = sizeof c->inspection.b;
    m.from_size = a < b ? a : b;
    m.to_size = a < b ? b : a;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_CONSISTENCY;
    f.get_consistency = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    v->asked = !s;
    v->asked_ms = now_ms;
    return s;
}

// The first waiting one is proved: it becomes the last seen if it is the larger.
static enum evx_status settle_first(struct evx_courier *c)
{
    struct sights *v = &c->sights;
    struct sighting first = v->waiting[0];
    v->changed = true;
    v->n--;
    memmove(&v->waiting[0], &v->waiting[1], v->n * sizeof v->waiting[0]);
    v->asked = false;
    evx_courier_witness_proved(c, &first.checkpoint);
    if (first.checkpoint.size < v->last.checkpoint.size) {
        evx_courier_sighting_free(&first);
        return EVX_OK;
    }
    evx_courier_sighting_free(&v->last);
    v->last = first;
    return c->port.seen(c->port.user, evx_buf_bytes(&v->last.note));
}

static enum evx_status prove_sighting(struct evx_courier *c, const struct evx_proof *proof,
                                      const Evx__V1__Consistency *m)
{
    uint64_t from = m->from_size, to = m->to_size;
    const struct sighting *last = &c->sights.last, *first = &c->sights.waiting[0];
    bool forward = last->checkpoint.size < first->checkpoint.size;
    const struct evx_checkpoint *low = forward ? &last->checkpoint : &first->checkpoint;
    const struct evx_checkpoint *high = forward ? &first->checkpoint : &last->checkpoint;
    if (low->size != from || high->size != to) return EVX_OK;
    if (evx_consistency_verify(proof, from, to, &low->root, &high->root))
        return evx_courier_fork(c, evx_buf_bytes(&last->note), evx_buf_bytes(&first->note), m);
    return settle_first(c);
}

// That the entries fetched so far are the beginning of the checkpoint that came with them.
static enum evx_status prove_tail(struct evx_courier *c, const struct evx_proof *proof, uint64_t from,
                                  uint64_t to)
{
    struct fetch *f = &c->fetch;
    if (!f->ending || !f->tail_asked || from != f->end_next || to != f->end.checkpoint.size) return EVX_OK;
    if (evx_consistency_verify(proof, from, to, &f->tail_root, &f->end.checkpoint.root))
        return evx_courier_tail_wrong(c);
    f->tail_proved = true;
    return EVX_OK;
}

enum evx_status evx_courier_on_consistency(struct evx_courier *c, const Evx__V1__Frame *f,
                                           struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__Consistency *m = f->consistency;
    struct evx_proof proof;
    enum evx_status s = evx_courier_is_ours(c, &m->inspection)
                            ? evx_proof_from_slots(&proof, m->path, m->n_path)
                            : EVX_E_MALFORMED;
    if (s) return evx_courier_disbelieve(c, "consistency", s);
    if (c->sights.n && c->sights.asked) s = prove_sighting(c, &proof, m);
    if (!s) s = prove_tail(c, &proof, m->from_size, m->to_size);
    if (!s && c->fetch.ending && c->fetch.tail_wrong) s = evx_courier_tail_wrong(c);
    if (!s) s = evx_courier_fetch_finish(c, now);
    return s ? s : evx_courier_tick(c, now);
}
