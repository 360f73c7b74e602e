// SPDX-License-Identifier: Apache-2.0
#include "crypto/directory_request.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"
#include "crypto/text_inside.h"
#include "proto/base/clock.h"

#define FIRST_LINE   "evx.directory-request/v1"
#define SPOKEN_CHARS 50

static int by_bytes(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static enum evx_status sorted_lines(struct evx_buf *out, struct evx_bytes lines)
{
    char *line[EVX_DIRECTORY_REQUEST_KEYS] = {0};
    struct evx_bytes one, rest = lines;
    size_t n = 0;
    enum evx_status s = EVX_OK;
    while (!s && evx_text_line(&one, &rest)) {
        if (n == EVX_DIRECTORY_REQUEST_KEYS)
            s = EVX_E_TOO_LARGE;
        else if (!(line[n++] = strndup((const char *)one.p, one.n)))
            s = EVX_E_MEMORY;
    }
    if (!s && rest.n) s = EVX_E_DIRECTORY_FORMAT;
    if (!s) qsort(line, n, sizeof line[0], by_bytes);
    for (size_t i = 0; i < n && !s; i++)
        s = evx_buf_printf(out, "%s\n", line[i]);
    for (size_t i = 0; i < n; i++)
        free(line[i]);
    return s;
}

enum evx_status evx_directory_request_text(struct evx_buf *out, const char *org, int64_t made_ms,
                                           struct evx_bytes key_lines)
{
    char made[EVX_TIME_TEXT];
    evx_time_text(made, made_ms);
    enum evx_status s = evx_buf_printf(out, FIRST_LINE "\norg %s\nmade %s\n", org, made);
    return s ? s : sorted_lines(out, key_lines);
}

// A directory of this organisation alone: so the lines obey the directory's own grammar.
static enum evx_status parse_keys(struct evx_directory **out, const char *org, struct evx_bytes lines)
{
    struct evx_buf text = {0};
    struct evx_vkey root;
    struct evx_sign_public nobody = {{1}};
    enum evx_status s =
        evx_buf_append_text(&text, "evx.directory/v1\nexchange request\nversion 1\nprevious -\n"
                                   "issued 2000-01-01T00:00:00.000Z\n"
                                   "expires 2000-01-02T00:00:00.000Z\n"
                                   "min-suite 1\nthreshold 1\nquorum 0\nroot ");
    if (!s) s = evx_vkey_make(&root, "nobody", EVX_NOTE_ED25519, &nobody);
    if (!s) s = evx_vkey_text(&text, &root);
    if (!s) s = evx_buf_printf(&text, "\norg %s witness active request\n", org);
    if (!s) s = evx_buf_append(&text, lines.p, lines.n);
    if (!s) s = evx_directory_parse(out, evx_buf_bytes(&text), NULL);
    evx_buf_free(&text);
    return s;
}

static enum evx_status take_keys(struct evx_dir_request *r)
{
    struct evx_directory *d = NULL;
    enum evx_status s = parse_keys(&d, r->org, r->key_lines);
    if (s) return s == EVX_E_MEMORY ? s : EVX_E_DIRECTORY_FORMAT;
    r->keys = d->keys;
    bool only_keys = !d->inspections && !d->members && !d->revocations;
    // Its name is one word, or the words behind it went where they do not belong.
    if (d->orgs != 1 || strcmp(d->org[0].id, r->org) != 0) s = EVX_E_DIRECTORY_FORMAT;
    if (!only_keys || !r->keys || r->keys > EVX_DIRECTORY_REQUEST_KEYS) s = EVX_E_DIRECTORY_FORMAT;
    if (!s) memcpy(r->key, d->key, r->keys * sizeof r->key[0]);
    evx_directory_destroy(&d);
    return s;
}

// A line "WORD value"; the value alone.
static bool take_line(struct evx_bytes *value, struct evx_bytes *rest, const char *word)
{
    struct evx_bytes first;
    return evx_text_line(value, rest) && evx_text_word(&first, value) && evx_text_is(first, word) && value->n;
}

static enum evx_status read_text(struct evx_dir_request *r)
{
    struct evx_bytes rest = r->note.text, line;
    char made[EVX_TIME_TEXT];
    if (!evx_text_line(&line, &rest) || !evx_text_is(line, FIRST_LINE)) return EVX_E_DIRECTORY_FORMAT;
    if (!take_line(&line, &rest, "org") || line.n >= sizeof r->org) return EVX_E_DIRECTORY_FORMAT;
    memcpy(r->org, line.p, line.n);
    r->org[line.n] = '\0';
    if (!take_line(&line, &rest, "made") || line.n != EVX_TIME_TEXT - 1) return EVX_E_DIRECTORY_FORMAT;
    memcpy(made, line.p, line.n);
    made[line.n] = '\0';
    // Of this length evx_time_parse() knows one spelling a moment.
    if (!evx_time_parse(&r->made_ms, made)) return EVX_E_DIRECTORY_FORMAT;
    r->key_lines = rest;
    return take_keys(r);
}

static bool signed_by(const struct evx_dir_request *r, const struct evx_dir_key *k)
{
    struct evx_sign_public key;
    struct evx_vkey v;
    memcpy(key.b, k->public_key, sizeof key.b);
    return evx_vkey_make(&v, r->org, EVX_NOTE_ED25519, &key) == EVX_OK &&
           evx_note_verified_by(&r->note, &v, NULL);
}

static bool can_sign(enum evx_key_use use)
{
    return use == EVX_KEY_SIG || use == EVX_KEY_WIT || use == EVX_KEY_LOG;
}

enum evx_status evx_directory_request_open(struct evx_dir_request *out, struct evx_bytes note)
{
    *out = (struct evx_dir_request){0};
    enum evx_status s = evx_note_parse(&out->note, note);
    if (!s) s = read_text(out);
    if (s) return s;
    struct evx_digest hash;
    evx_sha256(&hash, out->note.text);
    memcpy(out->fingerprint.b, hash.b, sizeof hash.b);
    for (size_t i = 0; i < out->keys; i++)
        if (can_sign(out->key[i].use) && !signed_by(out, &out->key[i])) return EVX_E_SIGNATURE;
    return EVX_OK;
}

size_t evx_directory_request_approvals(const struct evx_dir_request *r, const struct evx_directory *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->roots; i++)
        n += evx_note_verified_by(&r->note, &d->root[i], NULL);
    return n;
}

enum evx_status evx_directory_request_enrols(const struct evx_dir_request *r, const struct evx_directory *d)
{
    bool proves = false;
    for (size_t i = 0; i < r->keys; i++)
        proves = proves || r->key[i].use == EVX_KEY_SIG;
    if (!proves) return EVX_E_UNKNOWN_KEY;
    size_t needed = d->threshold > EVX_DIRECTORY_APPROVALS ? d->threshold : EVX_DIRECTORY_APPROVALS;
    return evx_directory_request_approvals(r, d) >= needed ? EVX_OK : EVX_E_APPROVALS;
}

static bool epoch_is_new(const struct evx_directory *d, const struct evx_dir_key *k)
{
    for (size_t i = 0; i < d->keys; i++)
        if (!strcmp(d->key[i].org, k->org) && d->key[i].use == k->use && d->key[i].epoch >= k->epoch)
            return false;
    return true;
}

enum evx_status evx_directory_request_rotates(const struct evx_dir_request *r, const struct evx_directory *d,
                                              int64_t now_ms)
{
    bool known = false;
    for (size_t i = 0; i < d->keys && !known; i++) {
        const struct evx_dir_key *k = &d->key[i];
        if (strcmp(k->org, r->org) != 0 || k->use != EVX_KEY_SIG) continue;
        if (now_ms < k->from_ms || now_ms >= k->until_ms) continue;
        bool revoked = false;
        for (size_t j = 0; j < d->revocations; j++)
            revoked = revoked || !memcmp(d->revocation[j].fingerprint.b, k->fingerprint.b, 32);
        known = !revoked && signed_by(r, k);
    }
    if (!known) return EVX_E_SIGNATURE;
    for (size_t i = 0; i < r->keys; i++)
        if (!epoch_is_new(d, &r->key[i])) return EVX_E_DIRECTORY_ROLLBACK;
    return EVX_OK;
}

enum evx_status evx_directory_request_heard(const struct evx_dir_request *r, const char *spoken)
{
    char expected[EVX_SPOKEN_TEXT], want[SPOKEN_CHARS] = {0}, got[SPOKEN_CHARS] = {0};
    size_t n = 0, m = 0;
    evx_fingerprint_spoken(expected, &r->fingerprint);
    for (const char *p = expected; *p; p++)
        if (*p != ' ') want[n++] = *p;
    for (const char *p = spoken; *p; p++) {
        if (*p == ' ') continue;
        if (*p < '0' || *p > '9' || m == SPOKEN_CHARS) return EVX_E_SPOKEN;
        got[m++] = *p;
    }
    return m == SPOKEN_CHARS && evx_equal_secret(want, got, sizeof want) ? EVX_OK : EVX_E_SPOKEN;
}
