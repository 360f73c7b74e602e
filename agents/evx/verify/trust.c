// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/trust.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

#define LINE_BYTES (EVX_NOTE_NAME_BYTES + 64)

void evx_notes_free(struct evx_notes *n)
{
    for (size_t i = 0; i < n->n; i++)
        evx_buf_free(&n->note[i]);
    free(n->note);
    memset(n, 0, sizeof *n);
}

enum evx_status evx_notes_add(struct evx_notes *n, struct evx_bytes note)
{
    if (n->n == n->cap) {
        size_t cap = n->cap ? n->cap * 2 : 8;
        struct evx_buf *more = realloc(n->note, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        n->note = more;
        n->cap = cap;
    }
    n->note[n->n] = (struct evx_buf){0};
    enum evx_status s = evx_buf_append(&n->note[n->n], note.p, note.n);
    if (!s) n->n++;
    return s;
}

enum evx_status evx_notes_read(struct evx_notes *n, const char *path)
{
    struct evx_buf file = {0};
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_notes_add(n, evx_buf_bytes(&file));
    evx_buf_free(&file);
    return s;
}

// "threshold K"; 0 if it is none.
static size_t threshold_of(const char *line)
{
    static const char word[] = "threshold ";
    if (strncmp(line, word, sizeof word - 1) != 0) return 0;
    char *end;
    unsigned long k = strtoul(line + sizeof word - 1, &end, 10);
    return *end == 0 && k <= EVX_LIMIT_NOTE_SIGNATURES ? k : 0;
}

// One holder, one voice: no key twice.
static bool new_root(const struct evx_trust *t, const struct evx_vkey *k)
{
    for (size_t i = 0; i < t->roots; i++)
        if (memcmp(t->root[i].key.b, k->key.b, sizeof k->key.b) == 0) return false;
    return k->type == EVX_NOTE_ED25519;
}

static enum evx_status take_root_line(struct evx_trust *t, struct evx_bytes text)
{
    char line[LINE_BYTES];
    if (text.n >= sizeof line) return EVX_E_TRUST_ROOTS;
    memcpy(line, text.p, text.n);
    line[text.n] = 0;
    if (!*line || *line == '#') return EVX_OK;
    if (!t->roots && !t->threshold && (t->threshold = threshold_of(line))) return EVX_OK;
    if (t->roots == EVX_LIMIT_NOTE_SIGNATURES) return EVX_E_TRUST_ROOTS;
    struct evx_vkey *k = &t->root[t->roots];
    if (evx_vkey_parse(k, line) || !new_root(t, k)) return EVX_E_TRUST_ROOTS;
    t->roots++;
    return EVX_OK;
}

static enum evx_status read_roots(struct evx_trust *t, const char *path)
{
    struct evx_buf file = {0};
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_NOTE_BYTES);
    for (size_t at = 0; !s && at < file.n;) {
        const uint8_t *end = memchr(file.p + at, '\n', file.n - at);
        size_t n = end ? (size_t)(end - file.p) - at : file.n - at;
        s = take_root_line(t, evx_bytes(file.p + at, n));
        at += n + 1;
    }
    evx_buf_free(&file);
    if (!s && !t->threshold) t->threshold = t->roots;
    return !s && (t->roots == 0 || t->threshold > t->roots) ? EVX_E_TRUST_ROOTS : s;
}

static enum evx_status read_policy(struct evx_trust *t, const char *path)
{
    struct evx_buf file = {0};
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_policy_parse(&t->policy, evx_buf_bytes(&file), NULL);
    evx_buf_free(&file);
    return s;
}

enum evx_status evx_trust_open(struct evx_trust *out, const struct evx_verify_given *given)
{
    struct evx_trust t = {0};
    memset(out, 0, sizeof *out);
    enum evx_status s = EVX_OK;
    t.pinned = given->pin != NULL;
    if (given->pin && !evx_unhex(t.pin.b, sizeof t.pin.b, given->pin)) s = EVX_E_USAGE;
    if (!s && given->roots) s = read_roots(&t, given->roots);
    if (!s && given->policy) s = read_policy(&t, given->policy);
    for (size_t i = 0; i < given->directories && !s; i++)
        s = evx_notes_read(&t.given, given->directory[i]);
    if (s)
        evx_trust_close(&t);
    else
        *out = t;
    return s;
}

void evx_trust_close(struct evx_trust *t)
{
    evx_policy_destroy(&t->policy);
    evx_notes_free(&t->given);
    memset(t, 0, sizeof *t);
}

void evx_trust_spoken(char out[EVX_SPOKEN_TEXT], const struct evx_digest *hash)
{
    struct evx_fingerprint f;
    memcpy(f.b, hash->b, sizeof f.b);
    evx_fingerprint_spoken(out, &f);
}
