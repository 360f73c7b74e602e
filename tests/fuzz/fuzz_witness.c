// SPDX-License-Identifier: Apache-2.0
// A witness that knows one log at size 5. What it cosigns is what was asked, goes
// on from what it cosigned before, and is said in one line that holds; everything
// else leaves no line. Its record has one spelling of its own.
#include <stdio.h>
#include <string.h>

#include "crypto/witness.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scene.h"

static void fuzz_record(struct evx_bytes input)
{
    struct evx_witness_record r;
    uint8_t again[EVX_WITNESS_RECORD_BYTES];
    enum evx_status s = evx_witness_record_read(&r, input);
    fuzz_demand((s == EVX_OK) == (input.n == sizeof again) && (s == EVX_OK || s == EVX_E_STORE_DAMAGED));
    if (s) return;
    evx_witness_record_write(again, &r);
    fuzz_demand(evx_bytes_equal(evx_bytes(again, sizeof again), input));
}

// The note of a request stands behind its first empty line.
static void demand_cosigned(const struct evx_witness_answer *a, struct evx_bytes request)
{
    static struct evx_note note;
    struct evx_buf all = {0};
    struct evx_checkpoint c;
    uint64_t time_s = 0;
    const uint8_t *at = memmem(request.p, request.n, "\n\n", 2);
    fuzz_demand(at != NULL);
    fuzz_demand(evx_note_parse(&note, evx_bytes(at + 2, (size_t)(request.p + request.n - at) - 2)) == EVX_OK);
    fuzz_demand(evx_checkpoint_parse_text(&c, note.text) == EVX_OK);
    fuzz_demand(c.size == a->next.size && memcmp(&c.root, &a->next.root, sizeof c.root) == 0);
    fuzz_demand(evx_note_verified_by(&note, &scene()->log.key, NULL));
    fuzz_demand(evx_buf_append(&all, note.text.p, note.text.n) == EVX_OK);
    fuzz_demand(evx_buf_append_text(&all, "\n") == EVX_OK);
    fuzz_demand(evx_buf_append(&all, a->body.p, a->body.n) == EVX_OK);
    fuzz_demand(evx_note_parse(&note, evx_buf_bytes(&all)) == EVX_OK && note.signatures == 1);
    fuzz_demand(evx_note_verified_by(&note, &scene()->witness[0].key, &time_s) && time_s == a->next.time_s);
    evx_buf_free(&all);
}

static void demand_size(const struct evx_witness_answer *a, uint64_t size)
{
    char text[24];
    int n = snprintf(text, sizeof text, "%llu\n", (unsigned long long)size);
    fuzz_demand(a->code == 409 && evx_bytes_equal(evx_buf_bytes(&a->body), evx_bytes(text, (size_t)n)));
}

// Asked again after the new record was kept: the same answer, or that it knows more now.
static void ask_again(const struct evx_witness *w, const struct evx_witness_record *before,
                      const struct evx_witness_answer *first, struct evx_bytes request)
{
    struct evx_witness_answer a;
    evx_witness_add_checkpoint(&a, w, request, SCENE_NOW_S);
    if (before->size == first->next.size)
        fuzz_demand(a.code == 200 && evx_bytes_equal(evx_buf_bytes(&a.body), evx_buf_bytes(&first->body)));
    else
        demand_size(&a, first->next.size);
    evx_buf_free(&a.body);
}

static void fuzz_request(struct evx_bytes request)
{
    const struct scene *s = scene();
    const struct evx_witness_record before = {5, s->honest.root[5], SCENE_NOW_S - 60};
    struct evx_witness_log log = {.key = &s->log.key, .keys = 1, .last = before};
    const struct evx_witness w = {s->witness[0].key.name, s->witness[0].secret, &s->witness[0].public_key,
                                  &log, 1};
    struct evx_witness_answer a;
    evx_witness_add_checkpoint(&a, &w, request, SCENE_NOW_S);
    if (a.code == 409) demand_size(&a, before.size);
    if (a.code == 200) {
        fuzz_demand(a.log == 0 && a.next.size >= before.size && a.next.time_s == SCENE_NOW_S);
        fuzz_demand(a.next.size <= SCENE_ENTRIES &&
                    memcmp(&a.next.root, &s->honest.root[a.next.size], sizeof a.next.root) == 0);
        demand_cosigned(&a, request);
        log.last = a.next;
        ask_again(&w, &before, &a, request);
    } else {
        fuzz_demand(a.code == 400 || a.code == 403 || a.code == 404 || a.code == 409 || a.code == 422);
        fuzz_demand(a.code == 409 || a.body.n == 0);
    }
    evx_buf_free(&a.body);
}

void fuzz_one(struct evx_bytes input)
{
    fuzz_record(input);
    fuzz_request(input);
}
