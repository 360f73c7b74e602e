// SPDX-License-Identifier: Apache-2.0
#include "crypto/fork.h"

#include <string.h>

#include "crypto/text_inside.h"

#define FIRST_LINE "evx.fork/v1"

void evx_fork_free(struct evx_fork *f)
{
    evx_buf_free(&f->first);
    evx_buf_free(&f->second);
    *f = (struct evx_fork){0};
}

enum evx_status evx_fork_make(struct evx_fork *out, struct evx_bytes first, struct evx_bytes second)
{
    *out = (struct evx_fork){0};
    enum evx_status s = evx_buf_append(&out->first, first.p, first.n);
    if (!s) s = evx_buf_append(&out->second, second.p, second.n);
    if (s) evx_fork_free(out);
    return s;
}

static enum evx_status write_digest(struct evx_buf *out, const char *before, const struct evx_digest *d)
{
    char text[45];
    evx_base64(text, d->b, sizeof d->b);
    return evx_buf_printf(out, "%s%s\n", before, text);
}

static enum evx_status write_proof(struct evx_buf *out, const struct evx_fork *f)
{
    if (!f->has_proof) return EVX_OK;
    enum evx_status s = write_digest(out, "old-root ", &f->old_root);
    for (size_t i = 0; i < f->proof.n && !s; i++)
        s = write_digest(out, "", &f->proof.hash[i]);
    return s;
}

enum evx_status evx_fork_text(struct evx_buf *out, const struct evx_fork *f)
{
    size_t before = out->n;
    if (f->first.n > EVX_LIMIT_NOTE_BYTES / 4 || f->second.n > EVX_LIMIT_NOTE_BYTES / 4)
        return EVX_E_TOO_LARGE;
    enum evx_status s = evx_buf_printf(out, FIRST_LINE "\nfirst %zu\nsecond %zu\n", f->first.n, f->second.n);
    if (!s) s = write_proof(out, f);
    if (!s) s = evx_buf_append_text(out, "\n");
    if (!s) s = evx_buf_append(out, f->first.p, f->first.n);
    if (!s) s = evx_buf_append(out, f->second.p, f->second.n);
    if (s) out->n = before;
    return s;
}

// A line "WORD number".
static bool read_length(uint64_t *out, const char *name, struct evx_bytes *rest)
{
    struct evx_bytes line, word;
    return evx_text_line(&line, rest) && evx_text_word(&word, &line) && evx_text_is(word, name) &&
           evx_text_number(out, line, EVX_LIMIT_NOTE_BYTES / 4);
}

// Up to and with the empty line.
static bool read_proof(struct evx_fork *f, struct evx_bytes *rest)
{
    struct evx_bytes line, word;
    if (!evx_text_line(&line, rest)) return false;
    if (line.n == 0) return true;
    if (!evx_text_word(&word, &line) || !evx_text_is(word, "old-root")) return false;
    if (!evx_text_digest(f->old_root.b, line)) return false;
    f->has_proof = true;
    while (evx_text_line(&line, rest)) {
        if (line.n == 0) return true;
        if (f->proof.n == EVX_LIMIT_PROOF_HASHES) return false;
        if (!evx_text_digest(f->proof.hash[f->proof.n].b, line)) return false;
        f->proof.n++;
    }
    return false;
}

static bool read_head(struct evx_fork *f, uint64_t *first, uint64_t *second, struct evx_bytes *rest)
{
    struct evx_bytes line;
    return evx_text_line(&line, rest) && evx_text_is(line, FIRST_LINE) && read_length(first, "first", rest) &&
           read_length(second, "second", rest) && read_proof(f, rest);
}

enum evx_status evx_fork_parse(struct evx_fork *out, struct evx_bytes text)
{
    struct evx_fork f = {0};
    uint64_t first = 0, second = 0;
    *out = f;
    if (text.n > EVX_LIMIT_NOTE_BYTES || !read_head(&f, &first, &second, &text)) return EVX_E_FORK_FILE;
    if (text.n != first + second) return EVX_E_FORK_FILE;
    enum evx_status s = evx_buf_append(&f.first, text.p, first);
    if (!s) s = evx_buf_append(&f.second, text.p + first, second);
    if (s)
        evx_fork_free(&f);
    else
        *out = f;
    return s;
}

static bool same(const struct evx_digest *a, const struct evx_digest *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

// A tree without entries has one root only, whatever was signed.
static bool impossible(const struct evx_checkpoint *c)
{
    struct evx_digest empty;
    evx_log_empty(&empty);
    return c->size == 0 && !same(&c->root, &empty);
}

static enum evx_fork_verdict judge(const struct evx_fork *f, const struct evx_checkpoint *low,
                                   const struct evx_checkpoint *high)
{
    if (impossible(low) || impossible(high)) return EVX_FORK_PROVED;
    if (low->size == high->size) return same(&low->root, &high->root) ? EVX_FORK_REFUTED : EVX_FORK_PROVED;
    if (low->size == 0) return EVX_FORK_REFUTED;
    bool leads_up = f->has_proof && evx_consistency_verify(&f->proof, low->size, high->size, &f->old_root,
                                                           &high->root) == EVX_OK;
    if (!leads_up) return EVX_FORK_UNPROVED;
    return same(&f->old_root, &low->root) ? EVX_FORK_REFUTED : EVX_FORK_PROVED;
}

enum evx_status evx_fork_check(enum evx_fork_verdict *out, const struct evx_fork *f,
                               const struct evx_vkey *log, struct evx_checkpoint *first,
                               struct evx_checkpoint *second)
{
    *out = EVX_FORK_UNPROVED;
    enum evx_status s = evx_checkpoint_open(first, evx_buf_bytes(&f->first), log);
    if (!s) s = evx_checkpoint_open(second, evx_buf_bytes(&f->second), log);
    if (s) return s;
    bool ascending = first->size <= second->size;
    *out = judge(f, ascending ? first : second, ascending ? second : first);
    return EVX_OK;
}
