// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "crypto/receipt.h"
#include "crypto/text_inside.h"

#define FIRST_LINE "c2sp.org/tlog-proof@v1"

enum evx_status evx_tlog_proof_text(struct evx_buf *out, const struct evx_receipt *r)
{
    size_t before = out->n;
    enum evx_status s = evx_buf_printf(out, FIRST_LINE "\nindex %llu\n", (unsigned long long)r->index);
    for (size_t i = 0; i < r->path.n && s == EVX_OK; i++) {
        char hash[45];
        evx_base64(hash, r->path.hash[i].b, 32);
        s = evx_buf_printf(out, "%s\n", hash);
    }
    if (s == EVX_OK) s = evx_buf_append_text(out, "\n");
    if (s == EVX_OK) s = evx_buf_append(out, r->checkpoint.p, r->checkpoint.n);
    if (s) out->n = before;
    return s;
}

// Lines up to and with the empty one.
static bool read_path(struct evx_proof *path, struct evx_bytes *rest)
{
    struct evx_bytes line;
    while (evx_text_line(&line, rest)) {
        if (line.n == 0) return true;
        if (path->n == EVX_LIMIT_PROOF_HASHES) return false;
        if (!evx_text_digest(path->hash[path->n].b, line)) return false;
        path->n++;
    }
    return false;
}

// Base64 in its one spelling, and not empty. What it says concerns nobody here.
static bool extra_ok(struct evx_bytes text)
{
    uint8_t group[3];
    size_t n = 3;
    for (size_t at = 0; at < text.n; at += 4) {
        size_t left = text.n - at;
        if (n != 3 || !evx_unbase64(group, sizeof group, &n, (const char *)text.p + at, left < 4 ? left : 4))
            return false;
    }
    return text.n > 0;
}

static bool read_index(uint64_t *index, struct evx_bytes *rest)
{
    struct evx_bytes line, word;
    if (!evx_text_line(&line, rest)) return false;
    if (!evx_text_word(&word, &line)) return false;
    if (evx_text_is(word, "extra")) {
        if (!extra_ok(line) || !evx_text_line(&line, rest) || !evx_text_word(&word, &line)) return false;
    }
    return evx_text_is(word, "index") && evx_text_number(index, line, INT64_MAX);
}

// Our origins end in the inspection's id; in others' it stays zero.
static void inspection_of(struct evx_inspection_id *out, struct evx_bytes checkpoint)
{
    struct evx_bytes origin;
    const size_t tail = 2 * sizeof out->b + 1;
    if (!evx_text_line(&origin, &checkpoint) || origin.n < tail || origin.p[origin.n - tail] != '/') return;
    struct evx_bytes hex = {origin.p + origin.n - tail + 1, tail - 1};
    if (!evx_text_hex(out->b, sizeof out->b, hex)) memset(out->b, 0, sizeof out->b);
}

enum evx_status evx_tlog_proof_parse(struct evx_receipt *out, struct evx_bytes text)
{
    struct evx_bytes line;
    memset(out, 0, sizeof *out);
    struct evx_receipt r = {0};
    if (text.n > EVX_LIMIT_NOTE_BYTES) return EVX_E_TOO_LARGE;
    if (!evx_text_line(&line, &text) || !evx_text_is(line, FIRST_LINE)) return EVX_E_NOTE_FORMAT;
    if (!read_index(&r.index, &text) || !read_path(&r.path, &text) || text.n == 0) return EVX_E_NOTE_FORMAT;
    enum evx_status s = evx_buf_append(&r.checkpoint, text.p, text.n);
    if (s) return s;
    inspection_of(&r.inspection, text);
    *out = r;
    return EVX_OK;
}

enum evx_status evx_tlog_proof_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                      struct evx_bytes log_entry, struct evx_checkpoint *checkpoint)
{
    struct evx_checkpoint c;
    struct evx_digest leaf;
    if (checkpoint) memset(checkpoint, 0, sizeof *checkpoint);
    enum evx_status s = evx_checkpoint_open(&c, evx_buf_bytes(&r->checkpoint), log);
    if (s) return s;
    evx_log_leaf(&leaf, log_entry);
    s = evx_inclusion_verify(&r->path, r->index, c.size, &leaf, &c.root);
    if (s == EVX_OK && checkpoint) *checkpoint = c;
    return s;
}
