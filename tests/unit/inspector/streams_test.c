// SPDX-License-Identifier: Apache-2.0
//
// Is everything here that an agency says it sent: the verdicts (P7, P8).
#include "agents/inspector/views/streams.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "scene.h"

#define HOUR 3600000ull

// --- one row at a time ---

static struct evx_stream_row whole(void)
{
    struct evx_stream_row r = {.last_ms = SCENE_NOW, .stated = true};
    r.stream.head.sequence = 6;
    r.statement.last = 5;
    r.statement.final = true;
    return r;
}

static enum evx_stream_verdict judge(const struct evx_stream_row *r)
{
    return evx_stream_judge(r, SCENE_NOW, HOUR, true);
}

Test(streams, a_true_final_statement_makes_it_complete, .timeout = 30)
{
    struct evx_stream_row r = whole();
    cr_assert_eq(judge(&r), EVX_STREAM_COMPLETE);
    r.statement.final = false;
    cr_assert_eq(judge(&r), EVX_STREAM_STATED);
    r.stated = false;
    cr_assert_eq(judge(&r), EVX_STREAM_UNSTATED);
}

Test(streams, what_follows_a_final_statement_takes_it_back, .timeout = 30)
{
    struct evx_stream_row r = whole();
    r.after = 1;
    cr_assert_eq(judge(&r), EVX_STREAM_STATED);
}

Test(streams, a_statement_or_heartbeat_above_the_log_is_a_withheld_tail, .timeout = 30)
{
    struct evx_stream_row r = whole();
    r.statement.last = 7;
    r.statement.code = EVX_E_GAP;
    cr_assert_eq(judge(&r), EVX_STREAM_TAIL);
    r = whole();
    r.beat_seen = true;
    r.beat.said = 6;
    cr_assert_eq(judge(&r), EVX_STREAM_COMPLETE);
    r.beat.said = 7;
    cr_assert_eq(judge(&r), EVX_STREAM_TAIL);
}

Test(streams, every_contradiction_counts_before_the_statement, .timeout = 30)
{
    struct evx_stream_row r = whole();
    r.statement.code = EVX_E_CHAIN;
    cr_assert_eq(judge(&r), EVX_STREAM_DIFFERENT);
    r = whole();
    r.beat_seen = true;
    r.beat.code = EVX_E_CHAIN;
    cr_assert_eq(judge(&r), EVX_STREAM_DIFFERENT);
    r = whole();
    r.gap = true;
    cr_assert_eq(judge(&r), EVX_STREAM_GAP);
    r = whole();
    r.equivocates = true;
    cr_assert_eq(judge(&r), EVX_STREAM_EQUIVOCATION);
    r = whole();
    r.stream.head.frozen = true;
    cr_assert_eq(judge(&r), EVX_STREAM_EQUIVOCATION);
}

Test(streams, silence_counts_while_more_is_to_come, .timeout = 30)
{
    struct evx_stream_row r = whole();
    r.last_ms = SCENE_NOW - HOUR - 1;
    cr_assert_eq(judge(&r), EVX_STREAM_COMPLETE, "after the end nobody has to speak");
    r.statement.final = false;
    cr_assert_eq(judge(&r), EVX_STREAM_SILENT);
    cr_assert_eq(evx_stream_judge(&r, SCENE_NOW, HOUR, false), EVX_STREAM_STATED, "the inspection is closed");
    r.last_ms++;
    cr_assert_eq(judge(&r), EVX_STREAM_STATED);
    r.last_ms = 0;
    r.replaced = true;
    cr_assert_eq(judge(&r), EVX_STREAM_STATED, "its successor speaks");
}

Test(streams, only_what_is_missing_or_contradictory_fails, .timeout = 30)
{
    for (int v = 0; v < EVX_STREAM_VERDICTS; v++)
        cr_assert_eq(evx_stream_verdict_missing((enum evx_stream_verdict)v), v <= EVX_STREAM_DIFFERENT);
}

// --- from a store ---

static struct scene s;
static struct evx_streams streams;

static struct evx_store_stream police_stream(uint64_t head)
{
    struct evx_store_stream x = {.head = {.sequence = head}};
    memset(x.id.b, POLICE + 1, sizeof x.id.b); // as scene_put() seals
    snprintf(x.sender, sizeof x.sender, "%s", scene_org[POLICE]);
    return x;
}

// `head` consignments of the police in the store.
static void begin(uint64_t head)
{
    scene_begin(&s);
    for (uint64_t i = 0; i < head; i++)
        scene_evidence(&s, POLICE, &(struct scene_evidence){.kind = "note", .occurred = "2026-01-12"});
    struct evx_store_stream x = police_stream(head);
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_stream(s.store, &x), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
}

static void put_statement(uint64_t index, uint64_t last, enum evx_status code)
{
    struct evx_store_statement st = {.ref = {index, 0},
                                     .received_ms = SCENE_NOW,
                                     .first = 1,
                                     .last = last,
                                     .final = true,
                                     .code = code,
                                     .seen = last};
    st.stream = police_stream(0).id;
    snprintf(st.sender, sizeof st.sender, "%s", scene_org[POLICE]);
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_statement(s.store, &st), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
}

static const struct evx_streams_agency *work_out(int agency)
{
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(evx_streams_work_out(&streams, v, 1000 * 365 * 24 * HOUR), EVX_OK);
    for (size_t a = 0; a < streams.agencies; a++)
        if (!strcmp(streams.agency[a].agency->id, scene_org[agency])) return &streams.agency[a];
    cr_assert(false, "no such agency");
    return NULL;
}

Test(streams, the_newest_statement_of_a_stream_decides, .timeout = 60)
{
    begin(3);
    put_statement(0, 1, EVX_E_CHAIN);
    put_statement(2, 2, EVX_OK); // the third consignment is the statement itself
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->rows, 1);
    cr_assert_eq(a->verdict, EVX_STREAM_COMPLETE, "%s", a->words);
    cr_assert_eq(a->row[0].after, 0);
    cr_assert_eq(streams.complete, 1);
    cr_assert_eq(streams.missing, 0);
    scene_end(&s);
}

Test(streams, a_withheld_tail_names_the_statement_and_the_size_of_the_log, .timeout = 60)
{
    begin(3);
    put_statement(2, 9, EVX_E_GAP);
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->verdict, EVX_STREAM_TAIL);
    cr_assert(strstr(a->words, "at index 2") && strstr(a->words, "(size 3)") &&
                  strstr(a->words, "6 are missing"),
              "%s", a->words);
    cr_assert_eq(streams.missing, 1);
    scene_end(&s);
}

// Not even the first consignment of the stream is in the log.
Test(streams, a_statement_about_an_unknown_stream_is_a_withheld_tail, .timeout = 60)
{
    scene_begin(&s);
    put_statement(0, 4, EVX_E_GAP);
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->rows, 1);
    cr_assert_eq(a->verdict, EVX_STREAM_TAIL);
    scene_end(&s);
}

Test(streams, a_heartbeat_above_the_log_is_a_withheld_tail, .timeout = 60)
{
    begin(2);
    struct evx_store_beat b = {.index = 1, .said = 5, .seen = 2, .code = EVX_E_GAP};
    b.carrier = b.about = police_stream(0).id;
    snprintf(b.sender, sizeof b.sender, "%s", scene_org[POLICE]);
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_beat(s.store, &b), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->verdict, EVX_STREAM_TAIL);
    cr_assert(strstr(a->words, "heartbeat at index 1"), "%s", a->words);
    scene_end(&s);
}

static void put_note(uint64_t said)
{
    struct evx_store_note n = {.index = 9,
                               .number = EVX_STORE_NO_ITEM,
                               .code = EVX_E_GAP,
                               .said = said,
                               .seen = 2,
                               .text = "a consignment before this is missing"};
    n.stream = police_stream(0).id;
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_note(s.store, &n), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
}

Test(streams, a_gap_stays_until_it_is_filled, .timeout = 60)
{
    begin(2);
    put_note(2); // has come since
    cr_assert_eq(work_out(POLICE)->verdict, EVX_STREAM_UNSTATED);
    scene_end(&s);
    begin(2);
    put_note(5);
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->verdict, EVX_STREAM_GAP);
    cr_assert(strstr(a->words, "3 to 4 are missing"), "%s", a->words);
    scene_end(&s);
}

Test(streams, an_equivocation_is_shown_with_both_headers, .timeout = 60)
{
    begin(2);
    struct evx_store_equivocation e = {.sequence = 2,
                                       .first_id = {{1}},
                                       .second_id = {{2}},
                                       .number = 1,
                                       .first = evx_bytes("one", 3),
                                       .second = evx_bytes("other", 5)};
    e.stream = police_stream(0).id;
    snprintf(e.sender, sizeof e.sender, "%s", scene_org[POLICE]);
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_equivocation(s.store, &e), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
    cr_assert_eq(work_out(POLICE)->verdict, EVX_STREAM_EQUIVOCATION);
    cr_assert_eq(streams.equivocations, 1);
    cr_assert_eq(memcmp(streams.equivocation[0].second.p, "other", 5), 0);
    scene_end(&s);
}

Test(streams, an_agency_that_sent_nothing_is_silent, .timeout = 60)
{
    begin(1);
    const struct evx_streams_agency *a = work_out(HEALTH);
    cr_assert_eq(a->rows, 0);
    cr_assert_eq(a->verdict, EVX_STREAM_SILENT);
    scene_end(&s);
}

// Restored from a copy that ended at 1 of 3: nothing is missing, and it is said.
Test(streams, a_replaced_stream_is_judged_by_its_successor, .timeout = 60)
{
    begin(3);
    struct evx_store_stream fresh = {.id = {{0x77}}, .reset = true, .replaces_at = 1};
    fresh.replaces = police_stream(0).id;
    snprintf(fresh.sender, sizeof fresh.sender, "%s", scene_org[POLICE]);
    cr_assert_eq(evx_store_begin(s.store), EVX_OK);
    cr_assert_eq(evx_store_put_stream(s.store, &fresh), EVX_OK);
    cr_assert_eq(evx_store_commit(s.store), EVX_OK);
    const struct evx_streams_agency *a = work_out(POLICE);
    cr_assert_eq(a->rows, 2);
    const struct evx_stream_row *old = a->row[0].replaced ? &a->row[0] : &a->row[1];
    const struct evx_stream_row *new = a->row[0].replaced ? &a->row[1] : &a->row[0];
    cr_assert(old->replaced);
    cr_assert(strstr(new->words, "ended at consignment 1") && strstr(new->words, "has 3"), "%s", new->words);
    scene_end(&s);
}
