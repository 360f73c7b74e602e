// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <sqlite3.h>
#include <string.h>

#include "tests/unit/broker/rig.h"

#define POLICE  "northam-police"
#define COUNCIL "northam-council"
#define CARE    "inspectorate-care"
#define HEALTH  "inspectorate-health"

struct scene {
    struct rig r;
    struct rig_stream police, council, care;
    struct evx_buf bytes;
    struct evx_digest id;
};

static void begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    rig_new(&s->r);
    s->police = rig_stream(POLICE, 1);
    s->council = rig_stream(COUNCIL, 2);
    s->care = rig_stream(CARE, 3);
    rig_hello(&s->r, 1, POLICE);
    rig_hello(&s->r, 2, COUNCIL);
    rig_hello(&s->r, 3, CARE);
    rig_hello(&s->r, 4, HEALTH);
}

static void end(struct scene *s)
{
    evx_buf_free(&s->bytes);
    rig_free(&s->r);
}

static void post_to(struct scene *s, uint32_t session, struct rig_stream *from, const char *const *to)
{
    rig_seal(&s->r, from, &s->bytes, &s->id, &(struct rig_sealing){.to = to});
    rig_submit(&s->r, session, from->org, &s->id, evx_buf_bytes(&s->bytes));
    cr_assert_eq(rig_verdict(&s->r, session, evx_buf_bytes(&s->bytes)), EVX_OK);
}

// Three from the police, two from the council (one to care alone), one request
// from care to the police.
static void fill(struct scene *s)
{
    const char *const care_only[] = {CARE, NULL}, *const police_only[] = {POLICE, NULL};
    post_to(s, 1, &s->police, NULL);
    post_to(s, 2, &s->council, NULL);
    post_to(s, 1, &s->police, NULL);
    post_to(s, 2, &s->council, care_only);
    post_to(s, 3, &s->care, police_only);
    post_to(s, 1, &s->police, NULL);
}

struct seen {
    uint64_t index[64];
    bool body[64];
    size_t n;
    struct rig_out *end;
};

static void collect(struct scene *s, uint32_t session, struct seen *seen)
{
    memset(seen, 0, sizeof *seen);
    struct rig_out *o;
    while ((o = rig_take(&s->r, session)) && o->frame->body_case == EVX__V1__FRAME__BODY_ENTRY) {
        Evx__V1__Entry *e = o->frame->entry;
        cr_assert_eq(e->bytes, o->body.n);
        cr_assert_eq(e->body, o->body.n != 0);
        seen->index[seen->n] = e->index;
        seen->body[seen->n++] = e->body;
        rig_out_free(o);
    }
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_FETCH_END);
    seen->end = o;
}

static void fetch(struct scene *s, uint32_t session, const char *org, struct seen *seen)
{
    rig_fetch(&s->r, session, org, 0, 0, 0, false);
    collect(s, session, seen);
}

Test(core_fetch, an_inspectorate_sees_every_entry_and_the_bodies_addressed_to_it, .timeout = 60)
{
    struct scene s;
    struct seen seen;
    begin(&s);
    fill(&s);
    fetch(&s, 3, CARE, &seen);
    cr_assert_eq(seen.n, 7);
    for (size_t i = 0; i < 7; i++) {
        cr_assert_eq(seen.index[i], i);
        cr_assert_eq(seen.body[i], i > 0, "index %zu", i); // the directory; addressed to it, or sent by it
    }
    rig_out_free(seen.end);
    fetch(&s, 4, HEALTH, &seen);
    cr_assert_eq(seen.n, 7);
    for (size_t i = 0; i < 7; i++)
        cr_assert_eq(seen.body[i], i != 0 && i != 4 && i != 5, "index %zu", i);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    cr_assert_eq(seen.end->frame->fetch_end->size, 7);
    rig_out_free(seen.end);
    end(&s);
}

Test(core_fetch, an_agency_sees_its_own_entries_and_what_is_addressed_to_it_and_nothing_else, .timeout = 60)
{
    struct scene s;
    struct seen seen;
    begin(&s);
    fill(&s);
    fetch(&s, 1, POLICE, &seen);
    const uint64_t police[] = {0, 1, 3, 5, 6}; // the directory is everybody's
    cr_assert_eq(seen.n, 5);
    for (size_t i = 0; i < 5; i++)
        cr_assert(seen.index[i] == police[i] && seen.body[i] == (police[i] == 5));
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    rig_out_free(seen.end);
    fetch(&s, 2, COUNCIL, &seen);
    const uint64_t council[] = {0, 2, 4};
    cr_assert_eq(seen.n, 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert(seen.index[i] == council[i] && !seen.body[i]);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    rig_out_free(seen.end);
    end(&s);
}

static struct evx_checkpoint checkpoint_of(struct scene *s, const struct rig_out *end)
{
    struct evx_checkpoint c;
    struct evx_vkey key = rig_log_key(&s->r);
    ProtobufCBinaryData note = end->frame->fetch_end->checkpoint;
    cr_assert_eq(evx_checkpoint_open(&c, evx_bytes(note.data, note.len), &key), EVX_OK);
    return c;
}

// What is on the disk but not signed yet is nobody's to see.
Test(core_fetch, nothing_beyond_the_signed_size_is_served, .timeout = 60)
{
    struct scene s;
    struct seen seen;
    struct evx_buf bytes = {0};
    struct evx_digest id;
    begin(&s);
    fill(&s);
    struct rig_stream more = rig_stream(POLICE, 99);
    s.r.hold_sign = true;
    rig_post(&s.r, 1, &more, &bytes, &id);
    uint64_t size = 0;
    cr_assert_eq(s.r.journal->ops->size(s.r.journal, &size), EVX_OK);
    cr_assert_eq(size, 8);
    fetch(&s, 3, CARE, &seen);
    cr_assert_eq(seen.n, 7);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    rig_out_free(seen.end);
    fetch(&s, 1, POLICE, &seen);
    cr_assert_eq(seen.n, 5);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    rig_out_free(seen.end);
    evx_buf_free(&bytes);
    end(&s);
}

Test(core_fetch, an_agencys_entries_carry_proofs_under_the_checkpoint_at_the_end, .timeout = 60)
{
    struct scene s;
    begin(&s);
    fill(&s);
    rig_fetch(&s.r, 1, POLICE, 0, 0, 0, false);
    struct rig_out *entries[8], *o;
    size_t n = 0;
    while ((o = rig_take(&s.r, 1)) && o->frame->body_case == EVX__V1__FRAME__BODY_ENTRY)
        entries[n++] = o;
    struct evx_checkpoint c = checkpoint_of(&s, o);
    cr_assert_eq(c.size, 7);
    cr_assert_eq(n, 5);
    for (size_t i = 0; i < n; i++) {
        const Evx__V1__Entry *e = entries[i]->frame->entry;
        struct evx_proof p = {.n = e->n_path};
        struct evx_digest leaf;
        for (size_t k = 0; k < p.n; k++)
            memcpy(p.hash[k].b, e->path[k].data, 32);
        evx_log_leaf(&leaf, evx_bytes(e->log_entry.data, e->log_entry.len));
        cr_assert_eq(evx_inclusion_verify(&p, e->index, c.size, &leaf, &c.root), EVX_OK);
        rig_out_free(entries[i]);
    }
    rig_out_free(o);
    end(&s);
}

Test(core_fetch, the_tree_rebuilt_from_entries_is_the_signed_one, .timeout = 60)
{
    struct scene s;
    begin(&s);
    fill(&s);
    struct evx_frontier f = {0};
    struct evx_digest root, at_three = {{0}};
    rig_fetch(&s.r, 4, HEALTH, 0, 0, 3, false);
    struct rig_out *o;
    for (int round = 0; round < 2; round++) {
        while ((o = rig_take(&s.r, 4)) && o->frame->body_case == EVX__V1__FRAME__BODY_ENTRY) {
            struct evx_digest leaf;
            cr_assert_eq(o->frame->entry->n_path, 0);
            evx_log_leaf(&leaf, evx_bytes(o->frame->entry->log_entry.data, o->frame->entry->log_entry.len));
            evx_frontier_append(&f, &leaf, NULL, NULL);
            rig_out_free(o);
        }
        cr_assert(o);
        if (round == 0) {
            cr_assert_eq(o->frame->fetch_end->next_index, 3);
            evx_frontier_root(&at_three, &f);
            rig_out_free(o);
            rig_fetch(&s.r, 4, HEALTH, 3, 0, 4, false);
        }
    }
    struct evx_checkpoint c = checkpoint_of(&s, o);
    evx_frontier_root(&root, &f);
    cr_assert_eq(f.size, c.size);
    cr_assert(!memcmp(root.b, c.root.b, 32));
    struct evx_proof p = {.n = o->frame->fetch_end->n_consistency};
    for (size_t k = 0; k < p.n; k++)
        memcpy(p.hash[k].b, o->frame->fetch_end->consistency[k].data, 32);
    cr_assert_eq(evx_consistency_verify(&p, 3, 7, &at_three, &root), EVX_OK);
    rig_out_free(o);
    end(&s);
}

Test(core_fetch, credit_and_count_are_kept_but_one_always_comes, .timeout = 60)
{
    struct scene s;
    struct seen seen;
    begin(&s);
    fill(&s);
    rig_fetch(&s.r, 3, CARE, 0, 1, 0, false);
    collect(&s, 3, &seen);
    cr_assert_eq(seen.n, 1);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 1);
    rig_out_free(seen.end);
    rig_fetch(&s.r, 3, CARE, 1, 2 * (s.bytes.n + 700), 0, false);
    collect(&s, 3, &seen);
    cr_assert_eq(seen.n, 2);
    rig_out_free(seen.end);
    rig_fetch(&s.r, 3, CARE, 0, 0, 4, false);
    collect(&s, 3, &seen);
    cr_assert_eq(seen.n, 4);
    rig_out_free(seen.end);
    rig_fetch(&s.r, 3, CARE, 7, 0, 0, false);
    collect(&s, 3, &seen);
    cr_assert_eq(seen.n, 0);
    cr_assert_eq(seen.end->frame->fetch_end->next_index, 7);
    rig_out_free(seen.end);
    end(&s);
}

Test(core_fetch, follow_says_more_once_when_the_log_has_grown, .timeout = 60)
{
    struct scene s;
    struct seen seen;
    begin(&s);
    fill(&s);
    rig_fetch(&s.r, 3, CARE, 0, 0, 0, true);
    collect(&s, 3, &seen);
    rig_out_free(seen.end);
    cr_assert_null(rig_take(&s.r, 3));
    post_to(&s, 1, &s.police, NULL);
    post_to(&s, 1, &s.police, NULL);
    struct rig_out *o = rig_take(&s.r, 3);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_MORE);
    cr_assert_eq(o->frame->more->size, 8);
    rig_out_free(o);
    cr_assert_null(rig_take(&s.r, 3));
    end(&s);
}

Test(core_fetch, a_reader_that_takes_nothing_is_sent_a_bounded_amount, .timeout = 120)
{
    struct scene s;
    begin(&s);
    for (int i = 0; i < 12; i++) {
        rig_seal(&s.r, &s.police, &s.bytes, &s.id, &(struct rig_sealing){.items = 12, .item_bytes = 60000});
        rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
        cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    }
    cr_assert_gt(12 * s.bytes.n, EVX_LIMIT_SESSION_QUEUE + 2 * s.bytes.n);
    rig_fetch(&s.r, 3, CARE, 0, EVX_LIMIT_FETCH_BYTES, 0, false);
    uint64_t sent = 0;
    size_t n = 0;
    struct rig_out *o;
    for (; (o = rig_take(&s.r, 3)); n++) {
        sent += o->body.n;
        rig_out_free(o);
    }
    cr_assert_leq(sent, EVX_LIMIT_SESSION_QUEUE + s.bytes.n);
    cr_assert_lt(n, 10);
    // No second fetch beside the first.
    rig_fetch(&s.r, 3, CARE, 0, 0, 0, false);
    cr_assert_eq(rig_verdict(&s.r, 3, evx_bytes(NULL, 0)), EVX_E_BUSY);
    evx_core_drained(s.r.core, 3, sent);
    rig_settle(&s.r);
    o = rig_take(&s.r, 3);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_ENTRY);
    rig_out_free(o);
    end(&s);
}

Test(core_fetch, a_right_that_is_taken_away_ends_the_fetch, .timeout = 120)
{
    struct scene s;
    begin(&s);
    for (int i = 0; i < 12; i++) {
        rig_seal(&s.r, &s.police, &s.bytes, &s.id, &(struct rig_sealing){.items = 12, .item_bytes = 60000});
        rig_submit(&s.r, 1, POLICE, &s.id, evx_buf_bytes(&s.bytes));
        cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK);
    }
    rig_fetch(&s.r, 3, CARE, 0, EVX_LIMIT_FETCH_BYTES, 0, false);
    struct rig_out *o;
    while ((o = rig_take(&s.r, 3)))
        rig_out_free(o);
    const char *replace[] = {"inspectorate-care send,receive,witness", "inspectorate-care witness", NULL};
    cr_assert_eq(rig_directory(&s.r, replace), EVX_OK);
    evx_core_drained(s.r.core, 3, UINT64_MAX);
    rig_settle(&s.r);
    cr_assert_eq(rig_verdict(&s.r, 3, evx_bytes(NULL, 0)), EVX_E_NOT_ALLOWED);
    cr_assert_null(rig_take(&s.r, 3));
    end(&s);
}

// --- equivocations ---

static struct rig_out *ask_equivocation(struct scene *s, uint32_t session, const char *org, uint64_t after)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    Evx__V1__GetEquivocations m = EVX__V1__GET_EQUIVOCATIONS__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.after = after;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_GET_EQUIVOCATIONS;
    f.get_equivocations = &m;
    rig_send(&s->r, session, org, &f, evx_bytes(NULL, 0));
    rig_settle(&s->r);
    return rig_take(&s->r, session);
}

// Two contents of the police under one number.
static void equivocate(struct scene *s, struct evx_digest id[2])
{
    for (uint8_t i = 0; i < 2; i++) {
        rig_seal(&s->r, &s->police, &s->bytes, &id[i], &(struct rig_sealing){.nonce = i, .stay = true});
        rig_submit(&s->r, 1, POLICE, &id[i], evx_buf_bytes(&s->bytes));
        cr_assert_eq(rig_verdict(&s->r, 1, evx_buf_bytes(&s->bytes)), i ? EVX_E_EQUIVOCATION : EVX_OK);
    }
}

static void check_entry(ProtobufCBinaryData entry, const struct evx_digest *id)
{
    uint64_t received_ms;
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_digest found;
    cr_assert_eq(evx_log_entry_parse(&received_ms, &header, &signature, evx_bytes(entry.data, entry.len)),
                 EVX_OK);
    evx_consignment_id(&found, header);
    cr_assert_eq(memcmp(found.b, id->b, sizeof found), 0);
}

Test(core_fetch, an_inspectorate_gets_both_headers_of_an_equivocation, .timeout = 60)
{
    struct scene s;
    struct evx_digest id[2];
    begin(&s);
    struct rig_out *o = ask_equivocation(&s, 3, CARE, 0);
    cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_EQUIVOCATION);
    cr_assert_eq(o->frame->equivocation->number, 0);
    rig_out_free(o);
    equivocate(&s, id);
    o = ask_equivocation(&s, 3, CARE, 0);
    cr_assert_eq(o->frame->equivocation->number, 1);
    check_entry(o->frame->equivocation->first, &id[0]);
    check_entry(o->frame->equivocation->second, &id[1]);
    rig_out_free(o);
    o = ask_equivocation(&s, 3, CARE, 1);
    cr_assert_eq(o->frame->equivocation->number, 0);
    rig_out_free(o);
    end(&s);
}

Test(core_fetch, an_agency_learns_of_no_equivocation, .timeout = 60)
{
    struct scene s;
    struct evx_digest id[2];
    begin(&s);
    equivocate(&s, id);
    struct rig_out *o = ask_equivocation(&s, 2, COUNCIL, 0);
    cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_REJECTION);
    Evx__V1__RejectionBody *body = NULL;
    cr_assert_eq(evx_rejection_body_unpack(
                     &body, evx_bytes(o->frame->rejection->body.data, o->frame->rejection->body.len)),
                 EVX_OK);
    cr_assert_eq(body->code, (uint32_t)EVX_E_NOT_ALLOWED);
    evx_rejection_body_free(body);
    rig_out_free(o);
    end(&s);
}

Test(core_fetch, a_damaged_equivocation_is_not_served, .timeout = 60)
{
    struct scene s;
    struct evx_digest id[2];
    sqlite3 *db = NULL;
    begin(&s);
    equivocate(&s, id);
    cr_assert_eq(sqlite3_open(s.r.journal_path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db,
                              "UPDATE equivocation SET second = CAST(substr(second, 1, 40) || X'00' ||"
                              " substr(second, 42) AS BLOB)",
                              NULL, NULL, NULL),
                 SQLITE_OK);
    sqlite3_close(db);
    struct rig_out *o = ask_equivocation(&s, 3, CARE, 0);
    cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_REJECTION);
    rig_out_free(o);
    end(&s);
}
