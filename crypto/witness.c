// SPDX-License-Identifier: Apache-2.0
#include "crypto/witness.h"

#include <string.h>

#include "crypto/note_inside.h"
#include "crypto/text_inside.h"

#define CLOCK_SLACK_S 300
#define MAX_PROOF     63 // lines, says the specification

void evx_witness_record_write(uint8_t out[EVX_WITNESS_RECORD_BYTES], const struct evx_witness_record *r)
{
    evx_put_be64(out, r->size);
    memcpy(out + 8, r->root.b, sizeof r->root.b);
    evx_put_be64(out + 40, r->time_s);
}

enum evx_status evx_witness_record_read(struct evx_witness_record *out, struct evx_bytes bytes)
{
    *out = (struct evx_witness_record){0};
    if (bytes.n != EVX_WITNESS_RECORD_BYTES) return EVX_E_STORE_DAMAGED;
    out->size = evx_get_be64(bytes.p);
    memcpy(out->root.b, bytes.p + 8, sizeof out->root.b);
    out->time_s = evx_get_be64(bytes.p + 40);
    return EVX_OK;
}

static bool same(const struct evx_digest *a, const struct evx_digest *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

enum evx_status evx_witness_next(struct evx_witness_record *next, const struct evx_witness_record *last,
                                 const struct evx_checkpoint *c, uint64_t now_s)
{
    struct evx_digest empty;
    *next = *last;
    evx_log_empty(&empty);
    if (c->size == 0 && !same(&c->root, &empty)) return EVX_E_CONSISTENCY;
    if (c->size < last->size) return EVX_E_COSIGN_LATE;
    if (c->size == last->size && c->size > 0 && !same(&c->root, &last->root)) return EVX_E_CONSISTENCY;
    if (now_s > INT64_MAX || now_s + CLOCK_SLACK_S < last->time_s) return EVX_E_CLOCK;
    next->size = c->size;
    next->root = c->root;
    if (now_s > last->time_s) next->time_s = now_s;
    return EVX_OK;
}

struct request {
    uint64_t old_size;
    struct evx_proof proof;
    struct evx_note note;
    struct evx_checkpoint checkpoint;
};

static bool read_old(uint64_t *old, struct evx_bytes *rest)
{
    struct evx_bytes line, word;
    return evx_text_line(&line, rest) && evx_text_word(&word, &line) && evx_text_is(word, "old") &&
           evx_text_number(old, line, INT64_MAX);
}

static bool read_proof(struct evx_proof *p, struct evx_bytes *rest)
{
    struct evx_bytes line;
    p->n = 0;
    while (evx_text_line(&line, rest)) {
        if (line.n == 0) return true;
        if (p->n == MAX_PROOF || !evx_text_digest(p->hash[p->n].b, line)) return false;
        p->n++;
    }
    return false;
}

static bool read_request(struct request *r, struct evx_bytes body)
{
    if (body.n > EVX_LIMIT_NOTE_BYTES || !read_old(&r->old_size, &body)) return false;
    return read_proof(&r->proof, &body) && evx_note_parse(&r->note, body) == EVX_OK &&
           evx_checkpoint_parse_text(&r->checkpoint, r->note.text) == EVX_OK;
}

static const struct evx_witness_log *known_log(const struct evx_witness *w, const char *origin)
{
    for (size_t i = 0; i < w->logs; i++)
        if (w->log[i].keys && strcmp(w->log[i].key[0].name, origin) == 0) return &w->log[i];
    return NULL;
}

// Signed by a key of the log, and none of them wrongly.
static bool signed_by(const struct evx_note *n, const struct evx_witness_log *log)
{
    bool good = false;
    for (size_t i = 0; i < log->keys; i++) {
        enum evx_note_verdict v = evx_note_verdict(n, &log->key[i], NULL);
        if (v == EVX_NOTE_BAD) return false;
        if (v == EVX_NOTE_GOOD) good = true;
    }
    return good;
}

// The same tree, or one that goes on from it.
static bool goes_on(const struct request *r, const struct evx_digest *old_root)
{
    if (r->old_size == 0) return r->proof.n == 0;
    return evx_consistency_verify(&r->proof, r->old_size, r->checkpoint.size, old_root,
                                  &r->checkpoint.root) == EVX_OK;
}

static enum evx_status answer_size(struct evx_witness_answer *out, uint64_t size)
{
    out->code = 409;
    out->content_type = "text/x.tlog.size";
    return evx_buf_printf(&out->body, "%llu\n", (unsigned long long)size);
}

static enum evx_status cosign(struct evx_witness_answer *out, const struct evx_witness *w,
                              const struct request *r, const struct evx_witness_log *log, uint64_t now_s)
{
    enum evx_status s = evx_witness_next(&out->next, &log->last, &r->checkpoint, now_s);
    out->code = 422;
    if (s == EVX_E_CONSISTENCY || s == EVX_E_COSIGN_LATE) return EVX_OK;
    if (s) return s;
    s = evx_note_cosign_line(&out->body, r->note.text, out->next.time_s, w->name, w->secret, w->public_key);
    out->code = 200;
    out->log = (size_t)(log - w->log);
    return s;
}

static enum evx_status decide(struct evx_witness_answer *out, const struct evx_witness *w, struct request *r,
                              struct evx_bytes body, uint64_t now_s)
{
    out->code = 400;
    if (!read_request(r, body)) return EVX_OK;
    const struct evx_witness_log *log = known_log(w, r->checkpoint.origin);
    out->code = 404;
    if (!log) return EVX_OK;
    out->code = 403;
    if (!signed_by(&r->note, log)) return EVX_OK;
    out->code = 400;
    if (r->old_size > r->checkpoint.size) return EVX_OK;
    if (r->old_size != log->last.size) return answer_size(out, log->last.size);
    out->code = 422;
    if (!goes_on(r, &log->last.root)) return EVX_OK;
    return cosign(out, w, r, log, now_s);
}

void evx_witness_add_checkpoint(struct evx_witness_answer *out, const struct evx_witness *w,
                                struct evx_bytes request, uint64_t now_s)
{
    struct request r;
    *out = (struct evx_witness_answer){.content_type = "text/plain; charset=utf-8"};
    if (decide(out, w, &r, request, now_s) == EVX_OK) return;
    evx_buf_clear(&out->body);
    out->code = 500;
}
