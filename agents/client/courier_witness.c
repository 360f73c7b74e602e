// SPDX-License-Identifier: Apache-2.0
//
// This agent as a witness, and what other witnesses say (P10). The broker is asked for
// its newest checkpoint, for the one that a quorum has cosigned, and for the one that it
// wants cosigned next. Each is believed only once it is proved to agree with everything
// seen before; then a witness puts on record what it is about to sign, and signs.
// Nothing here is ever waited for: delivery goes on without witnesses.
#include <string.h>

#include "agents/client/courier_state.h"
#include "proto/base/log.h"

#define PAUSE_MS 500   // between two questions while the log grows
#define QUIET_MS 30000 // at most, while nothing changes

static bool same_tree(const struct evx_checkpoint *a, const struct evx_checkpoint *b)
{
    return a->size == b->size && memcmp(a->root.b, b->root.b, sizeof a->root.b) == 0;
}

static bool takes_part(const struct evx_courier *c) { return c->witness.secret || c->port.witnessed; }

static void forget(struct sighting *s, bool *proved)
{
    evx_courier_sighting_free(s);
    *proved = false;
}

// A record without what was seen up to it shows that one of the two is lost: then it
// is not known what may be signed.
static bool record_fits(const struct evx_courier *c, const struct evx_witness_record *r)
{
    const struct evx_checkpoint *seen = &c->sights.last.checkpoint;
    if (r->size == 0) return true;
    if (seen->size != r->size) return seen->size > r->size;
    return memcmp(seen->root.b, r->root.b, sizeof seen->root.b) == 0;
}

static bool is_quorate(const struct evx_courier *c, struct evx_bytes note, struct evx_checkpoint *checkpoint)
{
    struct evx_grade g;
    if (!c->witness.policy || evx_policy_grade(&g, c->witness.policy, note)) return false;
    *checkpoint = g.checkpoint;
    return g.level == EVX_GRADE_WITNESSED;
}

enum evx_status evx_courier_witness_open(struct evx_courier *c, const struct evx_courier_setup *setup)
{
    struct witness *w = &c->witness;
    struct evx_checkpoint kept;
    w->last = setup->cosigned;
    if (setup->witness && c->port.cosigning && !setup->forked && record_fits(c, &setup->cosigned)) {
        w->secret = setup->witness;
        w->public_key = *setup->witness_public;
    } else if (setup->witness && c->port.cosigning) {
        evx_log(EVX_LOG_WARN, "WITNESS-OFF", "why=\"%s\"",
                setup->forked ? "proof of a fork is kept here" : "its record does not fit what was seen");
    }
    if (!setup->witnessed.n || !is_quorate(c, setup->witnessed, &kept)) return EVX_OK;
    return evx_courier_sighting_set(&w->kept, &kept, setup->witnessed);
}

void evx_courier_witness_free(struct evx_courier *c)
{
    struct witness *w = &c->witness;
    evx_courier_sighting_free(&w->candidate);
    evx_courier_sighting_free(&w->quorate);
    evx_courier_sighting_free(&w->kept);
    evx_buf_free(&w->line);
    evx_receipt_free(&w->wanted.receipt);
    evx_buf_free(&w->wanted.log_entry);
    evx_policy_destroy(&w->policy);
}

enum evx_status evx_courier_witness_review(struct evx_courier *c)
{
    struct witness *w = &c->witness;
    struct evx_checkpoint kept;
    evx_policy_destroy(&w->policy);
    enum evx_status s = evx_policy_from_directory(&w->policy, c->directory, &c->inspection);
    if (s == EVX_E_MEMORY) return s;
    if (s) evx_log(EVX_LOG_WARN, "WITNESS-POLICY", "code=%s", evx_error_info(s)->code);
    // What no longer counts has to be witnessed again.
    if (w->kept.note.n && !is_quorate(c, evx_buf_bytes(&w->kept.note), &kept))
        evx_courier_sighting_free(&w->kept);
    w->not_before_ms = 0;
    return EVX_OK;
}

void evx_courier_witness_offline(struct evx_courier *c)
{
    struct witness *w = &c->witness;
    w->asked = w->answered = w->proof_asked = false;
    w->late = 0;
    w->not_before_ms = w->proof_not_before_ms = 0;
    w->quiet = 0;
    forget(&w->candidate, &w->candidate_proved);
    forget(&w->quorate, &w->quorate_proved);
    evx_buf_clear(&w->line); // it is on record, and can be made again
}

void evx_courier_witness_proved(struct evx_courier *c, const struct evx_checkpoint *checkpoint)
{
    struct witness *w = &c->witness;
    if (w->candidate.note.n && same_tree(&w->candidate.checkpoint, checkpoint)) w->candidate_proved = true;
    if (w->quorate.note.n && same_tree(&w->quorate.checkpoint, checkpoint)) w->quorate_proved = true;
}

// The right and the key as of now, so that a revocation works at once.
static bool may_cosign(const struct evx_courier *c, uint64_t now_ms)
{
    const struct witness *w = &c->witness;
    const struct evx_dir_org *org = evx_directory_org(c->directory, c->organisation);
    if (!w->secret || !org || !org->active) return false;
    if (!(evx_directory_rights(c->directory, &c->inspection, c->organisation) & EVX_RIGHT_WITNESS))
        return false;
    const struct evx_dir_key *k =
        evx_directory_key_of(c->directory, c->organisation, EVX_KEY_WIT, (int64_t)now_ms);
    return k && memcmp(k->public_key, w->public_key.b, sizeof w->public_key.b) == 0;
}

// True when our own line is on the note already.
static bool bears_our_line(const struct evx_courier *c, struct evx_bytes note)
{
    struct evx_note n;
    struct evx_vkey key;
    return !evx_vkey_make(&key, c->organisation, EVX_NOTE_COSIGNATURE, &c->witness.public_key) &&
           !evx_note_parse(&n, note) && evx_note_verified_by(&n, &key, NULL);
}

static enum evx_status make_line(struct evx_courier *c, const struct evx_witness_record *next)
{
    struct witness *w = &c->witness;
    struct evx_note n;
    enum evx_status s = evx_note_parse(&n, evx_buf_bytes(&w->candidate.note));
    evx_buf_clear(&w->line);
    // On record first: after a crash in between it can only sign this very tree again.
    if (!s) s = c->port.cosigning(c->port.user, next);
    if (s) return s;
    w->last = *next;
    w->line_size = next->size;
    return evx_note_cosign_line(&w->line, n.text, next->time_s, c->organisation, w->secret, &w->public_key);
}

// Signs the candidate that was proved, once.
static enum evx_status cosign(struct evx_courier *c, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    struct evx_witness_record next;
    if (!w->candidate_proved) return EVX_OK;
    enum evx_status s = EVX_OK;
    if (may_cosign(c, now_ms) && !bears_our_line(c, evx_buf_bytes(&w->candidate.note))) {
        s = evx_witness_next(&next, &w->last, &w->candidate.checkpoint, now_ms / 1000);
        if (s == EVX_E_CONSISTENCY)
            return evx_courier_fork(c, evx_buf_bytes(&c->sights.last.note), evx_buf_bytes(&w->candidate.note),
                                    NULL);
        if (!s)
            s = make_line(c, &next);
        else {
            evx_log(EVX_LOG_WARN, "WITNESS-REFUSED", "size=%llu code=%s",
                    (unsigned long long)w->candidate.checkpoint.size, evx_error_info(s)->code);
            s = EVX_OK;
        }
    }
    forget(&w->candidate, &w->candidate_proved);
    return s;
}

static enum evx_status send_line(struct evx_courier *c, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    // One question at a time: the answers are alike.
    if (w->line.n == 0 || (w->asked && now_ms < w->asked_ms + COURIER_ANSWER_MS)) return EVX_OK;
    Evx__V1__Cosign m = EVX__V1__COSIGN__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof c->inspection.b, c->inspection.b};
    m.size = w->line_size;
    m.line = (ProtobufCBinaryData){w->line.n, w->line.p};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_COSIGN;
    f.cosign = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    if (s) return s;
    evx_buf_clear(&w->line);
    w->late += w->asked;
    w->asked = true;
    w->asked_ms = now_ms;
    return EVX_OK;
}

// Keeps what a quorum cosigned, once it is proved.
static enum evx_status keep(struct evx_courier *c)
{
    struct witness *w = &c->witness;
    if (!w->quorate_proved) return EVX_OK;
    evx_courier_sighting_free(&w->kept);
    w->kept = w->quorate;
    w->quorate = (struct sighting){0};
    w->quorate_proved = false;
    evx_courier_cover_again(c);
    return c->port.witnessed(c->port.user, evx_buf_bytes(&w->kept.note));
}

static uint64_t known_size(const struct evx_courier *c)
{
    uint64_t n = c->sights.any ? c->sights.last.checkpoint.size : 0;
    return c->sights.n && c->sights.waiting[c->sights.n - 1].checkpoint.size > n
               ? c->sights.waiting[c->sights.n - 1].checkpoint.size
               : n;
}

static bool question_due(const struct evx_courier *c, uint64_t now_ms)
{
    const struct witness *w = &c->witness;
    if (w->asked && now_ms < w->asked_ms + COURIER_ANSWER_MS) return false;
    if (!w->answered) return now_ms >= w->not_before_ms;
    uint64_t size = known_size(c);
    bool grown = size > w->asked_size;
    uint64_t soon = w->asked_ms + PAUSE_MS;
    return size > w->kept.checkpoint.size &&
           now_ms >= (grown && soon < w->not_before_ms ? soon : w->not_before_ms);
}

static enum evx_status ask(struct evx_courier *c, uint64_t now_ms)
{
    struct witness *w = &c->witness;
    if (!question_due(c, now_ms)) return EVX_OK;
    Evx__V1__GetCheckpoint m = EVX__V1__GET_CHECKPOINT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof c->inspection.b, c->inspection.b};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_CHECKPOINT;
    f.get_checkpoint = &m;
    enum evx_status s = evx_courier_send(c, &f, NULL);
    if (s) return s;
    w->late += w->asked;
    w->asked = true;
    w->asked_ms = now_ms;
    w->asked_size = known_size(c);
    return EVX_OK;
}

enum evx_status evx_courier_witness_due(struct evx_courier *c, uint64_t now_ms)
{
    if (!takes_part(c)) return EVX_OK;
    enum evx_status s = keep(c);
    if (!s) s = cosign(c, now_ms);
    if (!s) s = send_line(c, now_ms);
    if (!s) s = ask(c, now_ms);
    return s ? s : evx_courier_cover_due(c, now_ms);
}

uint64_t evx_courier_witness_deadline(const struct evx_courier *c)
{
    const struct witness *w = &c->witness;
    if (!takes_part(c)) return UINT64_MAX;
    if (w->asked) return w->asked_ms + COURIER_ANSWER_MS;
    return w->answered && known_size(c) <= w->kept.checkpoint.size ? UINT64_MAX : w->not_before_ms;
}

bool evx_courier_cosigned(const struct evx_courier *c)
{
    const struct witness *w = &c->witness;
    if (!takes_part(c)) return true;
    return w->answered && !w->asked && !w->candidate.note.n && !w->quorate.note.n && !w->line.n &&
           !w->proof_asked;
}

static enum evx_status take_candidate(struct evx_courier *c, struct evx_bytes note)
{
    struct evx_checkpoint checkpoint;
    struct witness *w = &c->witness;
    enum evx_status s = evx_courier_open_checkpoint(c, &checkpoint, note);
    forget(&w->candidate, &w->candidate_proved);
    if (!s && w->secret && checkpoint.size) s = evx_courier_sighting_set(&w->candidate, &checkpoint, note);
    return s ? s : evx_courier_see(c, &checkpoint, note);
}

static enum evx_status take_quorate(struct evx_courier *c, struct evx_bytes note, bool *news)
{
    struct evx_checkpoint checkpoint;
    struct witness *w = &c->witness;
    if (!c->port.witnessed || !is_quorate(c, note, &checkpoint)) return EVX_OK;
    if (checkpoint.size <= w->kept.checkpoint.size) return EVX_OK;
    forget(&w->quorate, &w->quorate_proved);
    *news = true;
    enum evx_status s = evx_courier_sighting_set(&w->quorate, &checkpoint, note);
    return s ? s : evx_courier_see(c, &checkpoint, note);
}

static void pause_questions(struct evx_courier *c, uint64_t now_ms, bool news)
{
    struct witness *w = &c->witness;
    w->quiet = news ? 0 : w->quiet + (w->quiet < 6);
    uint64_t wait = (uint64_t)PAUSE_MS << w->quiet;
    if (wait > QUIET_MS) wait = QUIET_MS;
    w->not_before_ms = now_ms + wait / 2 + c->port.random(c->port.user) % (wait / 2 + 1);
}

enum evx_status evx_courier_on_checkpoint(struct evx_courier *c, const Evx__V1__Frame *frame,
                                          struct evx_bytes body, uint64_t now)
{
    (void)body;
    const Evx__V1__Checkpoint *m = frame->checkpoint;
    struct witness *w = &c->witness;
    struct evx_checkpoint newest;
    struct evx_bytes note = evx_bytes(m->checkpoint.data, m->checkpoint.len);
    struct evx_bytes quorate = m->witnessed.len ? evx_bytes(m->witnessed.data, m->witnessed.len) : note;
    struct evx_bytes candidate = m->candidate.len ? evx_bytes(m->candidate.data, m->candidate.len) : note;
    if (!w->asked && w->late) {
        w->late--;
        return EVX_OK;
    }
    bool news = known_size(c) > w->asked_size;
    enum evx_status s = w->asked && evx_courier_is_ours(c, &m->inspection) ? EVX_OK : EVX_E_PROTOCOL;
    if (!s) s = evx_courier_open_checkpoint(c, &newest, note);
    if (s) return evx_courier_disbelieve(c, "checkpoint", s);
    w->asked = false;
    w->answered = true;
    if (m->refused)
        evx_log(EVX_LOG_INFO, "WITNESS-NOT-KEPT", "code=%s",
                evx_error_info(evx_status_from_wire(m->refused))->code);
    s = evx_courier_see(c, &newest, note);
    if (!s) s = take_quorate(c, quorate, &news);
    // A line that was refused would be refused again: at the next question's time.
    if (!s && !m->refused) s = take_candidate(c, candidate);
    if (s && s != EVX_E_CONSISTENCY && s != EVX_E_MEMORY) s = evx_courier_disbelieve(c, "candidate", s);
    pause_questions(c, now, news);
    return s ? s : evx_courier_tick(c, now);
}
