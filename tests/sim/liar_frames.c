// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "tests/sim/broker_node.h"
#include "tests/sim/disks.h"
#include "tests/sim/fleet.h"
#include "tests/sim/liar.h"

static bool tells(struct sim *s, enum sim_lie kind, unsigned percent)
{
    if (!(s->lies & SIM_BIT(kind)) || !sim_chance(&s->dice, percent)) return false;
    s->tally.frames[kind]++;
    return true;
}

// Unpacked frames are freed with their own allocator, so bytes are changed in place
// or pointed at the run's arena, and the frame is packed before it is freed.
static ProtobufCBinaryData kept(struct sim *s, struct evx_bytes b)
{
    struct evx_bytes k = sim_keep(&s->arena, b);
    return (ProtobufCBinaryData){k.n, (uint8_t *)k.p};
}

// Another root under the same size and the log's own key.
static bool sign_again(struct sim *s, ProtobufCBinaryData *note)
{
    struct evx_vkey key = sim_log_key();
    struct evx_sign_public log;
    const struct evx_sign_secret *secret = sim_broker_key(EVX_KEY_LOG, &log);
    struct evx_checkpoint c;
    struct evx_buf out = {0};
    if (evx_checkpoint_open(&c, evx_bytes(note->data, note->len), &key)) return false;
    evx_random(c.root.b, sizeof c.root.b);
    bool good = !evx_checkpoint_sign(&out, &c, secret, &log);
    if (good) *note = kept(s, evx_buf_bytes(&out));
    evx_buf_free(&out);
    return good;
}

// --- receipts ---

static bool tell_old(struct sim *s, Evx__V1__Receipt *m, bool whole)
{
    Evx__V1__Frame *f = NULL;
    if (!s->liar->old.n || evx_frame_unpack(&f, s->liar->old)) return false;
    const Evx__V1__Receipt *old = f->receipt;
    if (whole) m->consignment = kept(s, evx_bytes(old->consignment.data, old->consignment.len));
    m->index = old->index;
    m->received_ms = old->received_ms;
    m->checkpoint = kept(s, evx_bytes(old->checkpoint.data, old->checkpoint.len));
    m->n_path = old->n_path < m->n_path ? old->n_path : m->n_path;
    for (size_t i = 0; i < m->n_path; i++)
        m->path[i] = kept(s, evx_bytes(old->path[i].data, old->path[i].len));
    evx_frame_free(f);
    return true;
}

static void keep_receipt(struct sim *s, const Evx__V1__Frame *f)
{
    struct evx_buf packed = {0};
    if (!s->liar->old.n && !evx_frame_pack(&packed, f))
        s->liar->old = sim_keep(&s->arena, evx_buf_bytes(&packed));
    evx_buf_free(&packed);
}

enum sim_lied sim_lie_in_receipt(struct sim_session *at, Evx__V1__Frame *f)
{
    struct sim *s = at->node->sim;
    Evx__V1__Receipt *m = f->receipt;
    bool first = !s->liar->old.n;
    keep_receipt(s, f);
    if (!first && tells(s, SIM_LIE_REPLAY, 50)) return tell_old(s, m, true) ? SIM_CHANGED : SIM_TRUE;
    if (!first && tells(s, SIM_LIE_SWAP, 50)) return tell_old(s, m, false) ? SIM_CHANGED : SIM_TRUE;
    if (tells(s, SIM_LIE_INDEX, 60)) {
        if (sim_chance(&s->dice, 50))
            m->index++;
        else
            m->received_ms++;
        return SIM_CHANGED;
    }
    if (tells(s, SIM_LIE_RESIGN, 40)) return sign_again(s, &m->checkpoint) ? SIM_CHANGED : SIM_TRUE;
    return SIM_TRUE;
}

// --- entries ---

static void flip(struct sim *s, uint8_t *p, size_t n)
{
    if (n) p[sim_below(&s->dice, n)] ^= (uint8_t)(1u << sim_below(&s->dice, 8));
}

enum sim_lied sim_lie_in_entry(struct sim_session *at, Evx__V1__Frame *f, struct evx_buf *body)
{
    struct sim *s = at->node->sim;
    Evx__V1__Entry *m = f->entry;
    if ((s->lies & SIM_BIT(SIM_LIE_TAIL)) && m->index >= s->liar->size) {
        s->tally.frames[SIM_LIE_TAIL]++;
        return SIM_DROPPED;
    }
    if (tells(s, SIM_LIE_WITHHOLD, 30)) return SIM_DROPPED;
    if (body && body->n && tells(s, SIM_LIE_STRIP, 40)) {
        evx_buf_clear(body);
        m->body = false;
        m->bytes = 0;
        return SIM_CHANGED;
    }
    if (tells(s, SIM_LIE_ALTER, 40)) {
        if (body && body->n && sim_chance(&s->dice, 60))
            flip(s, body->p, body->n);
        else
            flip(s, m->log_entry.data, m->log_entry.len);
        return SIM_CHANGED;
    }
    if (tells(s, SIM_LIE_SENDER, 60)) {
        const char *other = s->node[(at->node->number + 1) % s->nodes].person->org;
        size_t n = strlen(m->sender), k = strlen(other);
        memcpy(m->sender, other, k < n ? k : n);
        return SIM_CHANGED;
    }
    return SIM_TRUE;
}

// --- where the log ends ---

static enum sim_lied cut_tail(struct sim *s, Evx__V1__Frame *f)
{
    if (f->body_case == EVX__V1__FRAME__BODY_MORE) return SIM_DROPPED;
    ProtobufCBinaryData note = kept(s, s->liar->note);
    if (f->body_case == EVX__V1__FRAME__BODY_CHECKPOINT) {
        f->checkpoint->checkpoint = note;
        f->checkpoint->candidate = (ProtobufCBinaryData){0};
        return SIM_CHANGED;
    }
    Evx__V1__FetchEnd *m = f->fetch_end;
    if (m->size <= s->liar->size) return SIM_TRUE;
    m->size = s->liar->size;
    if (m->next_index > m->size) m->next_index = m->size;
    m->checkpoint = note;
    m->n_consistency = 0;
    return SIM_CHANGED;
}

enum sim_lied sim_lie_in_end(struct sim_session *at, Evx__V1__Frame *f)
{
    struct sim *s = at->node->sim;
    if (s->liar->note.n && tells(s, SIM_LIE_TAIL, 100)) return cut_tail(s, f);
    if (f->body_case == EVX__V1__FRAME__BODY_MORE) return SIM_TRUE;
    if (!tells(s, SIM_LIE_RESIGN, 30)) return SIM_TRUE;
    ProtobufCBinaryData *note = f->body_case == EVX__V1__FRAME__BODY_CHECKPOINT ? &f->checkpoint->checkpoint
                                                                                : &f->fetch_end->checkpoint;
    return sign_again(s, note) ? SIM_CHANGED : SIM_TRUE;
}

enum sim_lied sim_lie_in_greeting(struct sim_session *at, Evx__V1__Frame *f)
{
    struct sim *s = at->node->sim;
    if (!(s->lies & SIM_BIT(SIM_LIE_FREEZE)) || s->directories <= s->liar->directory) return SIM_TRUE;
    s->tally.frames[SIM_LIE_FREEZE]++;
    if (f->body_case == EVX__V1__FRAME__BODY_DIRECTORY)
        return f->directory->version > s->liar->directory ? SIM_DROPPED : SIM_TRUE;
    f->welcome->directory_version = s->liar->directory;
    return SIM_CHANGED;
}

// --- a receipt for what was never logged: the log's own tree with one leaf more, or another last one ---

struct grown {
    const struct sim_log_disk *d;
    uint64_t kept; // entries of the log before the leaf
    struct evx_digest leaf;
};

static enum evx_status grown_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    const struct grown *g = user;
    if (height == 0) {
        *out = number < g->kept ? g->d->entry[number].leaf : g->leaf;
        return EVX_OK;
    }
    struct evx_digest left, right;
    enum evx_status s = grown_node(user, height - 1, 2 * number, &left);
    if (!s) s = grown_node(user, height - 1, 2 * number + 1, &right);
    evx_log_node(out, &left, &right);
    return s;
}

static void grown_root(struct evx_digest *out, const struct grown *g)
{
    struct evx_frontier f = {0};
    for (uint64_t i = 0; i <= g->kept; i++)
        evx_frontier_append(&f, i < g->kept ? &g->d->entry[i].leaf : &g->leaf, NULL, NULL);
    evx_frontier_root(out, &f);
}

static bool make_receipt(struct evx_receipt *r, const struct sim_log_disk *d, uint64_t kept,
                         struct evx_bytes whole, uint64_t now_ms)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_buf entry = {0};
    struct grown g = {.d = d, .kept = kept};
    struct evx_sign_public log;
    const struct evx_sign_secret *secret = sim_broker_key(EVX_KEY_LOG, &log);
    struct evx_checkpoint c = {.size = kept + 1};
    memcpy(c.origin, sim_inspection()->origin, sizeof c.origin);
    enum evx_status s = evx_consignment_peek(&header, &signature, whole);
    if (!s) s = evx_log_entry(&entry, now_ms, header, signature);
    if (!s) evx_consignment_id(&r->consignment, header);
    evx_log_leaf(&g.leaf, evx_buf_bytes(&entry));
    evx_buf_free(&entry);
    grown_root(&c.root, &g);
    r->inspection = sim_inspection()->id;
    r->index = kept;
    r->received_ms = now_ms;
    if (!s) s = evx_inclusion_proof(&r->path, r->index, c.size, grown_node, &g);
    if (!s) s = evx_checkpoint_sign(&r->checkpoint, &c, secret, &log);
    return !s;
}

// Its machine fails before it can ask for the proof.
static void fail_soon(struct sim_session *at)
{
    struct sim *s = at->node->sim;
    bool fails = s->options->faults & SIM_BIT(SIM_FAULT_CRASH_AGENCY);
    if (!fails || !sim_chance(&s->dice, 30)) return;
    s->tally.fault[SIM_FAULT_CRASH_AGENCY]++;
    sim_plan(s, at->down_at - s->now_ms + sim_between(&s->dice, 1, 30), sim_node_fails, at->node, 0);
}

bool sim_lie_invent(struct sim_session *at, struct sim_message *submit)
{
    struct sim *s = at->node->sim;
    struct evx_receipt r = {0};
    struct evx_buf frame = {0};
    Evx__V1__Receipt m = EVX__V1__RECEIPT__INIT;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    uint64_t size = at->broker->disk->entries, kept_n = size - (size > 1 && sim_chance(&s->dice, 40));
    bool good = make_receipt(&r, at->broker->disk, kept_n, evx_buf_bytes(&submit->body), s->now_ms);
    if (good) {
        evx_receipt_to_frame(&m, slot, &r);
        f.body_case = EVX__V1__FRAME__BODY_RECEIPT;
        f.receipt = &m;
        good = !evx_frame_pack(&frame, &f);
    }
    if (good) {
        sim_say(s, "liar", "%s gets a receipt for what is not logged, index %llu", sim_name(at->node),
                (unsigned long long)r.index);
        s->tally.frames[SIM_LIE_INVENT]++;
        s->liar->told++;
        sim_net_down(at, &frame, NULL);
        fail_soon(at);
    }
    evx_buf_free(&frame);
    evx_receipt_free(&r);
    return good;
}

// --- an entry that its sender never signed ---

static bool seal_as(struct evx_buf *out, struct sim *s, const struct sim_person *p)
{
    struct evx_sign_public ignored;
    struct evx_sealer *sealer = NULL;
    struct evx_digest id;
    const struct evx_directory *d = s->directory[s->broker[0].directories - 1];
    const struct evx_dir_key *to[1] = {NULL};
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].collects)
            to[0] = evx_directory_key_of(d, s->node[i].person->org, EVX_KEY_ENC, (int64_t)s->now_ms);
    struct evx_seal_context c = {.directory = d,
                                 .inspection = sim_inspection()->id,
                                 .recipient = to,
                                 .recipients = 1,
                                 .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                 .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                 .now_ms = s->now_ms,
                                 .link = {.sequence = 1}};
    struct evx_plain_item item = {.content = sim_evidence(0)};
    evx_random(c.link.stream.b, sizeof c.link.stream.b);
    enum evx_status e = evx_sealer_new(&sealer, sim_broker_key(EVX_KEY_SIG, &ignored), &p->sign_public[0]);
    if (!e) e = evx_seal(out, &id, NULL, sealer, &c, &item, 1);
    evx_sealer_destroy(&sealer);
    return !e;
}

static const struct sim_node *some_agency(const struct sim *s)
{
    unsigned i = 0;
    while (i + 1 < s->nodes && s->node[i].collects)
        i++;
    return &s->node[i];
}

void sim_lie_forge(struct sim *s)
{
    struct sim_broker *b = &s->broker[0];
    const struct sim_person *p = some_agency(s)->person;
    struct evx_verify_job *job = b->up ? calloc(1, sizeof *job) : NULL;
    if (!job) return;
    memcpy(job->org, p->org, strlen(p->org) + 1);
    job->directory = evx_directory_ref(s->directory[b->directories - 1]);
    if (!seal_as(&job->body, s, p) ||
        evx_consignment_open_trusted(&job->consignment, evx_buf_bytes(&job->body))) {
        evx_verify_job_destroy(&job);
        return;
    }
    job->bytes = job->body.n;
    s->tally.lie[SIM_LIE_FORGE]++;
    s->tally.frames[SIM_LIE_FORGE]++;
    sim_say(s, "liar", "logs a consignment in the name of %s", p->org);
    sim_broker_smuggle(b, job);
}
