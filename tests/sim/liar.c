// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/liar.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/broker_node.h"
#include "tests/sim/disks.h"
#include "tests/sim/fleet.h"

static bool lies_about(const struct sim *s, enum sim_lie kind) { return s->lies & SIM_BIT(kind); }

// --- lies that change what the broker is: a second view, an older disk ---

static void begin_fork(struct sim *s)
{
    struct sim_broker *a = &s->broker[0], *b = &s->broker[1];
    if (!a->up || !sim_broker_quiet(a)) return;
    sim_log_copy(b->disk, a->disk);
    b->directories = a->directories;
    sim_broker_start(b);
    s->tally.lie[SIM_LIE_FORK]++;
    for (unsigned i = 0; i < s->nodes; i++) {
        if (!s->liar->victim[i]) continue;
        s->node[i].view = 1;
        sim_net_cut_node(&s->node[i], false);
        sim_say(s, "liar", "%s is shown another view", sim_name(&s->node[i]));
    }
}

static void end_fork(struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++) {
        if (!s->node[i].view) continue;
        s->node[i].view = 0;
        sim_net_cut_node(&s->node[i], false);
    }
    sim_broker_stop(&s->broker[1]);
}

static void remember(struct sim *s, struct sim_event *e)
{
    (void)e;
    struct sim_broker *b = &s->broker[0];
    if (b->up && sim_broker_quiet(b)) sim_log_copy(s->liar->past, b->disk);
}

static void roll_back(struct sim *s)
{
    struct sim_broker *b = &s->broker[0];
    if (!s->liar->past->entries || s->liar->past->entries == b->disk->entries) return;
    sim_say(s, "liar", "the log goes back from %llu to %llu entries", (unsigned long long)b->disk->entries,
            (unsigned long long)s->liar->past->entries);
    sim_broker_stop(b);
    sim_log_copy(b->disk, s->liar->past);
    s->tally.lie[SIM_LIE_ROLLBACK]++;
    sim_broker_start(b);
}

// --- when ---

static void stop_log_here(struct sim *s)
{
    const struct sim_log_disk *d = s->broker[0].disk;
    for (unsigned i = d->boundaries; i-- > 0;) {
        if (!d->boundary[i].note.n) continue;
        s->liar->size = d->boundary[i].size;
        s->liar->note = d->boundary[i].note;
        return;
    }
}

static void begin(struct sim *s, struct sim_event *e)
{
    (void)e;
    struct sim_liar *l = s->liar;
    l->on = true;
    l->directory = s->directories;
    stop_log_here(s);
    sim_say(s, "liar", "begins");
    if (lies_about(s, SIM_LIE_FORK)) begin_fork(s);
    if (lies_about(s, SIM_LIE_ROLLBACK)) roll_back(s);
    if (lies_about(s, SIM_LIE_FORGE)) sim_lie_forge(s);
}

static void end(struct sim *s, struct sim_event *e)
{
    (void)e;
    struct sim_liar *l = s->liar;
    l->on = false;
    sim_message_free(l->held);
    l->held = NULL;
    sim_say(s, "liar", "ends");
    end_fork(s);
}

// At least one party is lied to, at least one is not.
static void choose_victims(struct sim *s)
{
    struct sim_liar *l = s->liar;
    for (unsigned i = 0; i < s->nodes; i++)
        l->victim[i] = sim_chance(&s->dice, 50);
    unsigned first = (unsigned)sim_below(&s->dice, s->nodes);
    l->victim[first] = true;
    l->victim[(first + 1) % s->nodes] = false;
}

void sim_liar_plan(struct sim *s)
{
    s->liar = sim_take(&s->arena, sizeof *s->liar);
    if (!s->lies) return;
    s->liar->past = sim_take(&s->arena, sizeof *s->liar->past);
    choose_victims(s);
    uint64_t at = sim_between(&s->dice, 3000, SIM_WORK_MS - 12000);
    sim_plan(s, sim_between(&s->dice, 1000, at), remember, NULL, 0);
    sim_plan(s, at, begin, NULL, 0);
    s->liar->for_good = s->lies == SIM_BIT(SIM_LIE_TAIL) && sim_chance(&s->dice, 40);
    if (!s->liar->for_good) sim_plan(s, sim_between(&s->dice, at + 3000, SIM_WORK_MS), end, NULL, 0);
}

void sim_liar_free(struct sim *s)
{
    if (s->liar) sim_message_free(s->liar->held);
    s->liar = NULL;
}

// --- lies in messages ---

static void release_held(struct sim_liar *l)
{
    struct sim_message *m = l->held;
    if (!m) return;
    l->held = NULL;
    sim_net_down(l->at, &m->frame, &m->body);
    sim_message_free(m);
}

static enum sim_lied twist(struct sim_session *at, Evx__V1__Frame *f, struct evx_buf *body)
{
    switch (f->body_case) {
    case EVX__V1__FRAME__BODY_RECEIPT: return sim_lie_in_receipt(at, f);
    case EVX__V1__FRAME__BODY_ENTRY: return sim_lie_in_entry(at, f, body);
    case EVX__V1__FRAME__BODY_FETCH_END:
    case EVX__V1__FRAME__BODY_MORE:
    case EVX__V1__FRAME__BODY_CHECKPOINT: return sim_lie_in_end(at, f);
    case EVX__V1__FRAME__BODY_WELCOME:
    case EVX__V1__FRAME__BODY_DIRECTORY: return sim_lie_in_greeting(at, f);
    default: return SIM_TRUE;
    }
}

static bool hold_back(struct sim_session *at, Evx__V1__Frame *f, struct evx_buf *frame, struct evx_buf *body)
{
    struct sim_liar *l = at->node->sim->liar;
    bool entry = f->body_case == EVX__V1__FRAME__BODY_ENTRY;
    if (!lies_about(at->node->sim, SIM_LIE_REORDER) || !entry || l->held) return false;
    l->held = calloc(1, sizeof *l->held);
    if (!l->held) return false;
    l->at = at;
    l->held->frame = *frame;
    *frame = (struct evx_buf){0};
    if (body) l->held->body = *body;
    if (body) *body = (struct evx_buf){0};
    at->node->sim->tally.frames[SIM_LIE_REORDER]++;
    return true;
}

static bool repack(struct evx_buf *frame, const Evx__V1__Frame *f)
{
    evx_buf_clear(frame);
    return !evx_frame_pack(frame, f);
}

static bool send_twice(struct sim_session *at, const struct evx_buf *frame, const struct evx_buf *body)
{
    struct evx_buf f = {0}, b = {0};
    if (!evx_buf_append(&f, frame->p, frame->n) && (!body || !evx_buf_append(&b, body->p, body->n)))
        sim_net_down(at, &f, &b);
    evx_buf_free(&f);
    evx_buf_free(&b);
    at->node->sim->tally.frames[SIM_LIE_DUPLICATE]++;
    return true;
}

bool sim_liar_passes(struct sim_session *at, struct evx_buf *frame, struct evx_buf *body)
{
    struct sim *s = at->node->sim;
    struct sim_liar *l = s->liar;
    if (!l->on || !l->victim[at->node->number]) return true;
    Evx__V1__Frame *f = NULL;
    if (evx_frame_unpack(&f, evx_buf_bytes(frame))) return true;
    enum sim_lied lied = twist(at, f, body);
    bool kept = hold_back(at, f, frame, body);
    bool goes = lied != SIM_DROPPED && !kept;
    if (lied == SIM_CHANGED) goes = goes && repack(frame, f);
    if (lied != SIM_TRUE) l->told++;
    bool entry = f->body_case == EVX__V1__FRAME__BODY_ENTRY;
    if (goes && entry && lies_about(s, SIM_LIE_DUPLICATE) && sim_chance(&s->dice, 30))
        send_twice(at, frame, body);
    if (goes && l->held && l->at == at) {
        sim_net_down(at, frame, body);
        release_held(l);
        goes = false;
    }
    evx_frame_free(f);
    return goes;
}

bool sim_liar_takes(struct sim_session *at, struct sim_message *m)
{
    struct sim *s = at->node->sim;
    if (!s->liar->on || !s->liar->victim[at->node->number] || !m->body.n) return false;
    if (!lies_about(s, SIM_LIE_INVENT) || !sim_chance(&s->dice, 60)) return false;
    return sim_lie_invent(at, m);
}
