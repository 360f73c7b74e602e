// SPDX-License-Identifier: Apache-2.0
//
// Witnesses at the broker: which lines are kept, what a quorum changes, and that
// nothing else ever waits for them.
#include "broker/witnesses.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/core_state.h"
#include "broker/tiles.h"
#include "proto/base/file.h"
#include "tests/unit/broker/rig.h"

#define POLICE   "northam-police"
#define CARE     "inspectorate-care"
#define HEALTH   "inspectorate-health"
#define POLICING "inspectorate-policing"

static const char *const quorum_of_two[] = {"quorum 0\n", "quorum 2\n", NULL};

static void open_with(struct rig *r, const char *const *replace)
{
    rig_new(r);
    cr_assert_eq(rig_directory(r, replace), EVX_OK);
    rig_settle(r);
    rig_hello(r, 1, CARE);
    rig_hello(r, 2, HEALTH);
    rig_hello(r, 3, POLICING);
    rig_hello(r, 4, POLICE);
}

static uint32_t session_of(const char *org)
{
    return !strcmp(org, CARE) ? 1 : !strcmp(org, HEALTH) ? 2 : !strcmp(org, POLICING) ? 3 : 4;
}

// One more entry in the log; its size.
static uint64_t grow(struct rig *r, struct rig_stream *s, struct evx_digest *id)
{
    struct evx_buf whole = {0};
    rig_post(r, 4, s, &whole, id);
    struct rig_out *o = rig_take(r, 4);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_RECEIPT);
    uint64_t size = o->frame->receipt->index + 1;
    rig_out_free(o);
    evx_buf_free(&whole);
    return size;
}

// A core with this quorum and one entry of an agency's in its log; its size.
static uint64_t open_with_one(struct rig *r, struct rig_stream *s, struct evx_digest *id,
                              const char *const *quorum)
{
    open_with(r, quorum);
    *s = rig_stream(POLICE, 1);
    return grow(r, s, id);
}

struct view { // a Checkpoint frame
    struct evx_checkpoint newest, witnessed, candidate;
    size_t newest_lines, witnessed_lines;
    enum evx_status refused;
};

static size_t open_note(struct evx_checkpoint *c, const struct rig *r, ProtobufCBinaryData note)
{
    struct evx_vkey log = rig_log_key(r);
    struct evx_note n;
    *c = (struct evx_checkpoint){0};
    if (!note.len) return 0;
    cr_assert_eq(evx_checkpoint_open(c, evx_bytes(note.data, note.len), &log), EVX_OK);
    cr_assert_eq(evx_note_parse(&n, evx_bytes(note.data, note.len)), EVX_OK);
    return n.signatures - 1;
}

static struct view take_view(struct rig *r, uint32_t session)
{
    struct view v;
    struct rig_out *o = rig_take(r, session);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_CHECKPOINT);
    v.newest_lines = open_note(&v.newest, r, o->frame->checkpoint->checkpoint);
    v.witnessed_lines = open_note(&v.witnessed, r, o->frame->checkpoint->witnessed);
    cr_assert_eq(open_note(&v.candidate, r, o->frame->checkpoint->candidate), 0,
                 "a candidate bears no lines");
    v.refused = (enum evx_status)o->frame->checkpoint->refused;
    rig_out_free(o);
    return v;
}

static struct view look(struct rig *r)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    Evx__V1__GetCheckpoint m = EVX__V1__GET_CHECKPOINT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_CHECKPOINT;
    f.get_checkpoint = &m;
    rig_send(r, 4, POLICE, &f, evx_bytes(NULL, 0));
    return take_view(r, 4);
}

struct signing {
    const char *org;    // whose session
    const char *signer; // whose key and name; NULL: the same
    uint64_t size;      // said in the frame
    uint64_t text_size; // of the tree signed; 0: the same
    int64_t late_s;     // of the time in the line
    bool spoil;
};

static struct evx_digest root_at(struct rig *r, uint64_t size)
{
    struct evx_journal_boundary b = {0};
    cr_assert_eq(r->journal->ops->boundary(r->journal, size, &b), EVX_OK);
    struct evx_digest root = b.root;
    evx_journal_boundary_free(&b);
    return root;
}

static void make_line(struct evx_buf *line, struct rig *r, const struct signing *s)
{
    const char *signer = s->signer ? s->signer : s->org;
    struct evx_checkpoint c = {.size = s->text_size ? s->text_size : s->size};
    struct evx_vkey log = rig_log_key(r);
    struct evx_buf text = {0};
    struct evx_sign_public public_key;
    memcpy(c.origin, log.name, sizeof c.origin);
    if (c.size < 90) c.root = root_at(r, c.size);
    cr_assert_eq(evx_checkpoint_text(&text, &c), EVX_OK);
    memcpy(public_key.b, evx_fixture_key(r->fixture, signer, EVX_KEY_WIT)->public_key, 32);
    cr_assert_eq(evx_note_cosign_line(line, evx_buf_bytes(&text),
                                      (uint64_t)((int64_t)(r->now_ms / 1000) + s->late_s), signer,
                                      evx_fixture_sign(r->fixture, signer, EVX_KEY_WIT), &public_key),
                 EVX_OK);
    if (s->spoil) line->p[line->n - 8] ^= 1;
    evx_buf_free(&text);
}

static void send_line(struct rig *r, const struct signing *s)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_buf line = {0};
    make_line(&line, r, s);
    Evx__V1__Cosign m = EVX__V1__COSIGN__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.size = s->size;
    m.line = (ProtobufCBinaryData){line.n, line.p};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_COSIGN;
    f.cosign = &m;
    rig_send(r, session_of(s->org), s->org, &f, evx_bytes(NULL, 0));
    evx_buf_free(&line);
}

static struct view cosign_as(struct rig *r, const struct signing *s)
{
    send_line(r, s);
    return take_view(r, session_of(s->org));
}

static struct view cosign(struct rig *r, const char *org, uint64_t size)
{
    return cosign_as(r, &(struct signing){.org = org, .size = size});
}

Test(witnesses, a_line_is_kept_and_served, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    struct view v = cosign(&r, CARE, size);
    cr_assert_eq(v.refused, EVX_OK);
    cr_assert_eq(v.newest.size, size);
    cr_assert_eq(v.newest_lines, 1);
    cr_assert_eq(v.witnessed.size, 0, "one is no quorum of two");
    cr_assert_eq(look(&r).newest_lines, 1);
    rig_free(&r);
}

Test(witnesses, what_is_not_kept_and_why, .timeout = 60)
{
    static const struct {
        struct signing s;
        enum evx_status why;
    } rows[] = {
        {{.org = CARE, .size = 2, .spoil = true}, EVX_E_NOTE_SIGNATURE},
        {{.org = CARE, .size = 2, .signer = HEALTH}, EVX_E_NOTE_SIGNATURE},
        {{.org = CARE, .size = 2, .text_size = 3}, EVX_E_NOTE_SIGNATURE},
        {{.org = CARE, .size = 99}, EVX_E_COSIGN_LATE},
        {{.org = CARE, .size = 2, .late_s = 301}, EVX_E_CLOCK},
        {{.org = CARE, .size = 2, .late_s = -301}, EVX_E_CLOCK},
        {{.org = CARE, .size = 2, .late_s = 300}, EVX_OK},
    };
    struct rig r;
    struct evx_digest id;
    open_with(&r, quorum_of_two);
    struct rig_stream s = rig_stream(POLICE, 1);
    while (grow(&r, &s, &id) < 4)
        continue;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(cosign_as(&r, &rows[i].s).refused, rows[i].why, "row %zu", i);
    rig_free(&r);
}

Test(witnesses, who_has_no_right_is_refused_and_who_has_no_key_too, .timeout = 60)
{
    static const char *const no_right[] = {"inspectorate-health send,receive,witness",
                                           "inspectorate-health send,receive", NULL};
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, no_right);
    send_line(&r, &(struct signing){.org = HEALTH, .size = size});
    cr_assert_eq(rig_verdict(&r, 2, evx_bytes(NULL, 0)), EVX_E_NOT_ALLOWED);
    rig_free(&r);
}

Test(witnesses, a_right_without_a_key_is_not_enough, .timeout = 60)
{
    static const char *const right[] = {"northam-police send\n", "northam-police send,witness\n", NULL};
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, right);
    struct signing by = {.org = POLICE, .signer = CARE, .size = size};
    cr_assert_eq(cosign_as(&r, &by).refused, EVX_E_UNKNOWN_KEY);
    rig_free(&r);
}

Test(witnesses, a_quorum_stands_while_the_log_grows, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    cosign(&r, CARE, size);
    struct view v = cosign(&r, HEALTH, size);
    cr_assert_eq(v.newest_lines, 2);
    cr_assert_eq(v.witnessed.size, 0, "the newest is the witnessed one: said once");
    grow(&r, &s, &id);
    v = look(&r);
    cr_assert_eq(v.newest.size, size + 1);
    cr_assert_eq(v.newest_lines, 0);
    cr_assert_eq(v.witnessed.size, size);
    cr_assert_eq(v.witnessed_lines, 2);
    // A third one may join the newest witnessed, not one before it.
    cr_assert_eq(cosign(&r, POLICING, size).witnessed_lines, 3);
    cr_assert_eq(cosign(&r, POLICING, size - 1).refused, EVX_E_COSIGN_LATE);
    rig_free(&r);
}

Test(witnesses, they_meet_on_one_checkpoint_under_load, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t first = open_with_one(&r, &s, &id, quorum_of_two);
    cr_assert_eq(look(&r).candidate.size, 0, "the candidate is the newest");
    for (int i = 0; i < 5; i++)
        grow(&r, &s, &id);
    cr_assert_eq(look(&r).candidate.size, first, "it stands although the log grew");
    cr_assert_eq(cosign(&r, CARE, first).refused, EVX_OK);
    grow(&r, &s, &id);
    struct view v = cosign(&r, HEALTH, first);
    cr_assert_eq(v.witnessed.size, first);
    cr_assert_eq(v.candidate.size, 0, "its quorum is complete: now the newest");
    rig_free(&r);
}

Test(witnesses, a_candidate_that_nobody_signs_gives_way, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t first = open_with_one(&r, &s, &id, quorum_of_two);
    look(&r);
    uint64_t second = grow(&r, &s, &id);
    cr_assert_eq(cosign(&r, CARE, first).candidate.size, first);
    r.now_ms += EVX_WITNESSES_ROUND_MS;
    cr_assert_eq(look(&r).candidate.size, 0);
    cr_assert_eq(look(&r).newest.size, second);
    // The older one was signed and is not below a witnessed one: a late line still counts.
    cr_assert_eq(cosign(&r, HEALTH, first).witnessed.size, first);
    rig_free(&r);
}

Test(witnesses, the_first_line_of_a_witness_stays, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    cosign(&r, CARE, size);
    struct view v = cosign_as(&r, &(struct signing){.org = CARE, .size = size, .late_s = 60});
    cr_assert_eq(v.refused, EVX_OK);
    cr_assert_eq(v.newest_lines, 1);
    rig_free(&r);
}

Test(witnesses, lines_outlive_a_restart, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    cosign(&r, CARE, size);
    cosign(&r, HEALTH, size);
    evx_core_tick(r.core, r.now_ms, true);
    rig_stop(&r);
    cr_assert_eq(rig_restart(&r), EVX_OK);
    rig_settle(&r);
    rig_hello(&r, 4, POLICE);
    cr_assert_eq(look(&r).newest_lines, 2);
    grow(&r, &s, &id);
    struct view v = look(&r);
    cr_assert_eq(v.witnessed.size, size);
    cr_assert_eq(v.witnessed_lines, 2);
    rig_free(&r);
}

Test(witnesses, many_lines_are_stored_without_waiting_for_a_group, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    open_with(&r, quorum_of_two);
    struct rig_stream s = rig_stream(POLICE, 1);
    uint64_t size[EVX_LEDGER_LINES + 1];
    for (size_t i = 0; i < EVX_LEDGER_LINES + 1; i++)
        size[i] = grow(&r, &s, &id);
    for (size_t i = 0; i < EVX_LEDGER_LINES + 1; i++)
        cr_assert_eq(cosign(&r, CARE, size[i]).refused, EVX_OK, "line %zu", i);
    struct evx_buf lines = {0};
    cr_assert_eq(r.journal->ops->cosignatures(r.journal, size[3], &lines), EVX_OK);
    cr_assert(lines.n > 0);
    evx_buf_free(&lines);
    rig_free(&r);
}

// When the disk takes nothing, lines are refused rather than kept beyond their places.
Test(witnesses, no_more_lines_are_kept_than_there_is_room_for, .timeout = 60)
{
    static const char *const org[] = {CARE, HEALTH, POLICING};
    struct rig r;
    struct evx_digest id;
    struct evx_inspection_id inspection = evx_fixture_inspection();
    open_with(&r, quorum_of_two);
    struct rig_stream s = rig_stream(POLICE, 1);
    uint64_t size[EVX_LEDGER_LINES / 3 + 1];
    for (size_t i = 0; i < EVX_LEDGER_LINES / 3 + 1; i++)
        size[i] = grow(&r, &s, &id);
    struct evx_ledger *l = evx_core_ledger(r.core, &inspection);
    for (size_t i = 0; i < EVX_LEDGER_LINES + 2; i++) {
        struct evx_buf line = {0};
        make_line(&line, &r, &(struct signing){.org = org[i % 3], .size = size[i / 3]});
        enum evx_status status =
            evx_witnesses_add(l, org[i % 3], size[i / 3], evx_buf_bytes(&line), r.now_ms);
        cr_assert_eq(status, i < EVX_LEDGER_LINES ? EVX_OK : EVX_E_BUSY, "line %zu", i);
        evx_buf_free(&line);
    }
    rig_free(&r);
}

Test(witnesses, what_a_directory_takes_away_no_longer_counts, .timeout = 60)
{
    static const char *const suspended[] = {"quorum 0\n", "quorum 2\n",
                                            "org inspectorate-health inspectorate active",
                                            "org inspectorate-health inspectorate suspended", NULL};
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    cosign(&r, CARE, size);
    cosign(&r, HEALTH, size);
    evx_core_tick(r.core, r.now_ms, true);
    grow(&r, &s, &id);
    cr_assert_eq(look(&r).witnessed.size, size);
    cr_assert_eq(rig_directory(&r, suspended), EVX_OK);
    rig_settle(&r);
    cr_assert_eq(look(&r).witnessed.size, 0);
    cr_assert_eq(rig_directory(&r, quorum_of_two), EVX_OK);
    rig_settle(&r);
    cr_assert_eq(look(&r).witnessed.size, size);
    rig_free(&r);
}

// --- receipts and proofs ---

static struct rig_out *ask_receipt(struct rig *r, const struct rig_stream *s, uint64_t sequence,
                                   uint64_t under)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    Evx__V1__GetReceipt m = EVX__V1__GET_RECEIPT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.stream = (ProtobufCBinaryData){sizeof s->link.stream.b, (uint8_t *)s->link.stream.b};
    m.sequence = sequence;
    m.under_size = under;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_RECEIPT;
    f.get_receipt = &m;
    rig_send(r, 4, POLICE, &f, evx_bytes(NULL, 0));
    return rig_take(r, 4);
}

Test(witnesses, a_receipt_is_given_under_any_signed_size, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct evx_receipt receipt;
    struct evx_checkpoint c;
    struct evx_journal_entry e = {0};
    open_with(&r, quorum_of_two);
    struct rig_stream s = rig_stream(POLICE, 1);
    uint64_t index = grow(&r, &s, &id) - 1, size = index + 4;
    while (grow(&r, &s, &id) < size)
        continue;
    cosign(&r, CARE, size);
    cosign(&r, HEALTH, size);
    struct rig_out *o = ask_receipt(&r, &s, 1, size);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_RECEIPT);
    cr_assert_eq(evx_receipt_from_frame(&receipt, o->frame->receipt), EVX_OK);
    cr_assert_eq(r.journal->ops->read(r.journal, index, &e), EVX_OK);
    struct evx_vkey log = rig_log_key(&r);
    cr_assert_eq(evx_tlog_proof_verify(&receipt, &log, evx_buf_bytes(&e.log_entry), &c), EVX_OK);
    cr_assert_eq(c.size, size);
    cr_assert_eq(receipt.index, index);
    evx_receipt_free(&receipt);
    rig_out_free(o);
    // The original stays the original: no lines, its own size.
    o = ask_receipt(&r, &s, 1, 0);
    cr_assert_eq(evx_receipt_from_frame(&receipt, o->frame->receipt), EVX_OK);
    cr_assert_eq(evx_tlog_proof_verify(&receipt, &log, evx_buf_bytes(&e.log_entry), &c), EVX_OK);
    cr_assert_eq(c.size, index + 1);
    evx_receipt_free(&receipt);
    rig_out_free(o);
    static const uint64_t wrong[] = {1, 1000};
    for (size_t i = 0; i < 2; i++) {
        o = ask_receipt(&r, &s, 1, wrong[i]);
        cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_REJECTION, "size %d", (int)wrong[i]);
        rig_out_free(o);
    }
    evx_journal_entry_free(&e);
    rig_free(&r);
}

// Two entries in one group: nothing was ever signed at the size between them.
Test(witnesses, a_size_that_was_never_signed_is_not_one, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct evx_buf whole[2] = {{0}};
    struct rig_stream s;
    uint64_t before = open_with_one(&r, &s, &id, quorum_of_two);
    r.hold_verify = true;
    rig_post(&r, 4, &s, &whole[0], &id);
    rig_post(&r, 4, &s, &whole[1], &id);
    r.hold_verify = false;
    rig_settle(&r);
    for (struct rig_out *o; (o = rig_take(&r, 4)); rig_out_free(o))
        cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_RECEIPT);
    cr_assert_eq(look(&r).newest.size, before + 2);
    struct signing between = {.org = CARE, .size = before + 1};
    cr_assert_eq(cosign_as(&r, &between).refused, EVX_E_COSIGN_LATE);
    struct rig_out *o = ask_receipt(&r, &s, 1, before + 1);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_REJECTION);
    rig_out_free(o);
    evx_buf_free(&whole[0]);
    evx_buf_free(&whole[1]);
    rig_free(&r);
}

// Between any two sizes, whether signed or not; against roots found entry by entry.
Test(witnesses, any_two_sizes_are_joined, .timeout = 60)
{
    struct rig r;
    struct evx_digest id, root[24];
    struct evx_frontier f = {0};
    open_with(&r, quorum_of_two);
    struct rig_stream s = rig_stream(POLICE, 1);
    uint64_t last = 0;
    while ((last = grow(&r, &s, &id)) < 20)
        continue;
    for (uint64_t i = 0; i < last; i++) {
        struct evx_journal_entry e = {0};
        cr_assert_eq(r.journal->ops->read(r.journal, i, &e), EVX_OK);
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_buf_bytes(&e.log_entry));
        evx_frontier_append(&f, &leaf, NULL, NULL);
        evx_frontier_root(&root[i + 1], &f);
        evx_journal_entry_free(&e);
    }
    struct evx_inspection_id inspection = evx_fixture_inspection();
    for (uint64_t from = 1; from <= last; from++)
        for (uint64_t to = from; to <= last; to++) {
            Evx__V1__GetConsistency m = EVX__V1__GET_CONSISTENCY__INIT;
            m.inspection = (ProtobufCBinaryData){16, inspection.b};
            m.from_size = from, m.to_size = to;
            Evx__V1__Frame ask = EVX__V1__FRAME__INIT;
            ask.body_case = EVX__V1__FRAME__BODY_GET_CONSISTENCY;
            ask.get_consistency = &m;
            rig_send(&r, 1, CARE, &ask, evx_bytes(NULL, 0));
            struct rig_out *o = rig_take(&r, 1);
            cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_CONSISTENCY);
            const Evx__V1__Consistency *got = o->frame->consistency;
            struct evx_proof p = {.n = got->n_path};
            for (size_t i = 0; i < p.n; i++)
                memcpy(p.hash[i].b, got->path[i].data, 32);
            cr_assert_eq(evx_consistency_verify(&p, from, to, &root[from], &root[to]), EVX_OK);
            cr_assert_eq(got->old_root.len, 32);
            cr_assert_eq(memcmp(got->old_root.data, root[from].b, 32), 0);
            rig_out_free(o);
        }
    rig_free(&r);
}

Test(witnesses, without_room_on_the_disk_no_line_is_taken, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    r.core->config.reserve_bytes = 1;
    evx_core_set_free(r.core, 0);
    cr_assert_eq(cosign(&r, CARE, size).refused, EVX_E_STORAGE_FULL);
    rig_free(&r);
}

// A mirror needs nothing but files: the quorum's checkpoint, and the tiles of its size.
Test(witnesses, the_quorums_checkpoint_is_exported_with_its_tiles, .timeout = 60)
{
    struct rig r;
    struct evx_digest id;
    char folder[64], path[160], command[100];
    uint64_t written = 0;
    struct evx_policy *policy = NULL;
    struct evx_buf note = {0}, hashes = {0};
    struct evx_inspection_id inspection = evx_fixture_inspection();
    struct rig_stream s;
    uint64_t size = open_with_one(&r, &s, &id, quorum_of_two);
    snprintf(folder, sizeof folder, "/tmp/evx-witnessed-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(evx_policy_from_directory(&policy, r.directory, &inspection), EVX_OK);
    cr_assert_eq(evx_tiles_write_witnessed(r.journal, folder, policy, &written), EVX_OK);
    cr_assert_eq(written, 0, "nobody has cosigned yet");
    cosign(&r, CARE, size);
    cosign(&r, HEALTH, size);
    grow(&r, &s, &id);
    uint64_t newest = grow(&r, &s, &id);
    cosign(&r, CARE, newest); // one is no quorum
    evx_core_tick(r.core, r.now_ms, true);
    cr_assert_eq(evx_tiles_write_witnessed(r.journal, folder, policy, &written), EVX_OK);
    cr_assert_eq(written, size);
    struct evx_grade g;
    snprintf(path, sizeof path, "%s/witnessed-checkpoint", folder);
    cr_assert_eq(evx_file_read(&note, path, 1u << 20), EVX_OK);
    cr_assert_eq(evx_policy_grade(&g, policy, evx_buf_bytes(&note)), EVX_OK);
    cr_assert_eq(g.level, EVX_GRADE_WITNESSED);
    cr_assert_eq(g.checkpoint.size, size);
    snprintf(path, sizeof path, "%s/tile/0/000.p/%u", folder, (unsigned)size);
    cr_assert_eq(evx_file_read(&hashes, path, 1u << 20), EVX_OK);
    cr_assert_eq(hashes.n, 32 * size);
    struct evx_frontier f = {0};
    struct evx_digest root;
    for (uint64_t i = 0; i < size; i++)
        evx_frontier_append(&f, (const struct evx_digest *)(const void *)(hashes.p + 32 * i), NULL, NULL);
    evx_frontier_root(&root, &f);
    cr_assert_eq(memcmp(root.b, g.checkpoint.root.b, 32), 0);
    evx_policy_destroy(&policy);
    evx_buf_free(&note);
    evx_buf_free(&hashes);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
    rig_free(&r);
}
