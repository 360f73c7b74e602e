// SPDX-License-Identifier: Apache-2.0
#include "crypto/note.h"

#include <stdio.h>
#include <string.h>

#include "crypto/note_inside.h"

#define DASH            "\xe2\x80\x94 " // em dash, space
#define KEYID_BYTES     4
#define LINE_BLOB_BYTES 8192 // a signature line of any kind, decoded
#define COSIGNATURE     (8 + 64)

// Length of the Unicode space at p, 0 if none begins there.
static size_t space_at(const uint8_t *p, size_t n)
{
    static const char *const wide[] = {"\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xa8",
                                       "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};
    if (p[0] == ' ' || (p[0] >= 0x09 && p[0] <= 0x0d)) return 1;
    if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 && p[2] >= 0x80 && p[2] <= 0x8a) return 3;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        size_t k = strlen(wide[i]);
        if (n >= k && memcmp(p, wide[i], k) == 0) return k;
    }
    return 0;
}

static bool name_ok(struct evx_bytes name)
{
    if (name.n == 0 || name.n >= EVX_NOTE_NAME_BYTES || !evx_utf8_valid(name.p, name.n)) return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] == '+' || name.p[i] < 0x20 || space_at(name.p + i, name.n - i)) return false;
    return true;
}

static bool text_ok(struct evx_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 && text.p[i] != '\n') return false;
    return text.n > 0 && text.p[text.n - 1] == '\n' && evx_utf8_valid(text.p, text.n);
}

enum evx_status evx_vkey_make(struct evx_vkey *out, const char *name, uint8_t type,
                              const struct evx_sign_public *key)
{
    memset(out, 0, sizeof *out);
    struct evx_bytes n = evx_bytes_of_text(name);
    if (!name_ok(n)) return EVX_E_NOTE_FORMAT;
    if (type != EVX_NOTE_ED25519 && type != EVX_NOTE_COSIGNATURE) return EVX_E_NOTE_FORMAT;
    uint8_t input[EVX_NOTE_NAME_BYTES + 2 + 32];
    memcpy(input, n.p, n.n);
    input[n.n] = '\n';
    input[n.n + 1] = type;
    memcpy(input + n.n + 2, key->b, 32);
    struct evx_digest digest;
    evx_sha256(&digest, evx_bytes(input, n.n + 2 + 32));
    memcpy(out->name, n.p, n.n);
    out->type = type;
    memcpy(out->keyid, digest.b, sizeof out->keyid);
    out->key = *key;
    return EVX_OK;
}

// The parts of "name+hex+base64".
static bool vkey_parts(const char *text, char name[EVX_NOTE_NAME_BYTES], char keyid[9], const char **base64)
{
    const char *first = strchr(text, '+');
    if (!first || first == text || (size_t)(first - text) >= EVX_NOTE_NAME_BYTES) return false;
    if (strlen(first) < 10 || first[9] != '+') return false;
    memcpy(name, text, (size_t)(first - text));
    name[first - text] = '\0';
    memcpy(keyid, first + 1, 8);
    keyid[8] = '\0';
    *base64 = first + 10;
    return true;
}

enum evx_status evx_vkey_parse(struct evx_vkey *out, const char *text)
{
    char name[EVX_NOTE_NAME_BYTES], keyid[9], expected[9];
    uint8_t key[33];
    size_t n;
    const char *base64;
    struct evx_sign_public public_key;
    memset(out, 0, sizeof *out);
    if (!vkey_parts(text, name, keyid, &base64)) return EVX_E_NOTE_FORMAT;
    if (!evx_unbase64(key, sizeof key, &n, base64, strlen(base64)) || n != sizeof key)
        return EVX_E_NOTE_FORMAT;
    memcpy(public_key.b, key + 1, sizeof public_key.b);
    enum evx_status s = evx_vkey_make(out, name, key[0], &public_key);
    if (s) return s;
    evx_hex(expected, out->keyid, sizeof out->keyid);
    if (strcmp(expected, keyid) == 0) return EVX_OK;
    memset(out, 0, sizeof *out);
    return EVX_E_NOTE_FORMAT;
}

enum evx_status evx_vkey_text(struct evx_buf *out, const struct evx_vkey *k)
{
    uint8_t key[33] = {k->type};
    char keyid[9], base64[45];
    memcpy(key + 1, k->key.b, 32);
    evx_hex(keyid, k->keyid, sizeof k->keyid);
    evx_base64(base64, key, sizeof key);
    return evx_buf_printf(out, "%s+%s+%s", k->name, keyid, base64);
}

// Position after the text's final newline, where the empty line stands; 0 if there is none.
static size_t text_end(struct evx_bytes note)
{
    for (size_t i = note.n; i >= 2; i--)
        if (note.p[i - 1] == '\n' && note.p[i - 2] == '\n') return i - 1;
    return 0;
}

// "name base64" without dash and newline. Blobs longer than any that we verify
// belong to kinds we do not know: kept without content, so that nothing matches.
static enum evx_status parse_signature(struct evx_note_signature *out, struct evx_bytes line)
{
    const uint8_t *space = memchr(line.p, ' ', line.n);
    out->name = evx_bytes(line.p, space ? (size_t)(space - line.p) : 0);
    if (!name_ok(out->name)) return EVX_E_NOTE_FORMAT;
    uint8_t blob[LINE_BLOB_BYTES];
    size_t n, base64_n = line.n - out->name.n - 1;
    if (!evx_unbase64(blob, sizeof blob, &n, (const char *)space + 1, base64_n)) return EVX_E_NOTE_FORMAT;
    if (n <= KEYID_BYTES) return EVX_E_NOTE_FORMAT;
    memcpy(out->keyid, blob, KEYID_BYTES);
    out->blob_n = n - KEYID_BYTES <= sizeof out->blob ? n - KEYID_BYTES : 0;
    memcpy(out->blob, blob + KEYID_BYTES, out->blob_n);
    return EVX_OK;
}

static enum evx_status parse_signatures(struct evx_note *out, struct evx_bytes rest)
{
    const size_t dash = sizeof DASH - 1;
    while (rest.n) {
        const uint8_t *end = memchr(rest.p, '\n', rest.n);
        size_t n = end ? (size_t)(end - rest.p) : 0;
        if (n <= dash || memcmp(rest.p, DASH, dash) != 0) return EVX_E_NOTE_FORMAT;
        if (out->signatures == EVX_LIMIT_NOTE_SIGNATURES) return EVX_E_NOTE_FORMAT;
        enum evx_status s =
            parse_signature(&out->signature[out->signatures], evx_bytes(rest.p + dash, n - dash));
        if (s) return s;
        out->signatures++;
        rest = evx_bytes(rest.p + n + 1, rest.n - n - 1);
    }
    return out->signatures ? EVX_OK : EVX_E_NOTE_FORMAT;
}

enum evx_status evx_note_parse(struct evx_note *out, struct evx_bytes note)
{
    out->text = evx_bytes(NULL, 0);
    out->signatures = 0;
    if (note.n > EVX_LIMIT_NOTE_BYTES || !text_ok(note)) return EVX_E_NOTE_FORMAT;
    size_t end = text_end(note);
    if (end == 0) return EVX_E_NOTE_FORMAT;
    enum evx_status s = parse_signatures(out, evx_bytes(note.p + end + 1, note.n - end - 1));
    if (s)
        out->signatures = 0;
    else
        out->text = evx_bytes(note.p, end);
    return s;
}

enum evx_status evx_note_cosigned_text(struct evx_buf *out, struct evx_bytes text, uint64_t time_s)
{
    enum evx_status s = evx_buf_printf(out, "cosignature/v1\ntime %llu\n", (unsigned long long)time_s);
    return s ? s : evx_buf_append(out, text.p, text.n);
}

static bool cosignature_ok(const struct evx_note_signature *sig, struct evx_bytes text,
                           const struct evx_vkey *k, uint64_t *time_s)
{
    if (sig->blob_n != COSIGNATURE) return false;
    uint64_t time = evx_get_be64(sig->blob);
    if (time > INT64_MAX) return false;
    struct evx_signature ed25519;
    memcpy(ed25519.b, sig->blob + 8, sizeof ed25519.b);
    struct evx_buf message = {0};
    bool ok = evx_note_cosigned_text(&message, text, time) == EVX_OK &&
              evx_verify_raw(&k->key, evx_buf_bytes(&message), &ed25519);
    evx_buf_free(&message);
    if (ok && time_s) *time_s = time;
    return ok;
}

static bool signature_ok(const struct evx_note_signature *sig, struct evx_bytes text,
                         const struct evx_vkey *k, uint64_t *time_s)
{
    if (k->type == EVX_NOTE_COSIGNATURE) return cosignature_ok(sig, text, k, time_s);
    struct evx_signature ed25519;
    if (sig->blob_n != sizeof ed25519.b) return false;
    memcpy(ed25519.b, sig->blob, sizeof ed25519.b);
    return evx_verify_raw(&k->key, text, &ed25519);
}

static bool is_of(const struct evx_note_signature *sig, const struct evx_vkey *k)
{
    return memcmp(sig->keyid, k->keyid, KEYID_BYTES) == 0 &&
           evx_bytes_equal(sig->name, evx_bytes_of_text(k->name));
}

bool evx_note_bears(const struct evx_note *n, const struct evx_vkey *k)
{
    size_t i = 0;
    while (i < n->signatures && !is_of(&n->signature[i], k))
        i++;
    return i < n->signatures;
}

enum evx_note_verdict evx_note_verdict(const struct evx_note *n, const struct evx_vkey *k, uint64_t *time_s)
{
    enum evx_note_verdict verdict = EVX_NOTE_ABSENT;
    uint64_t time = 0;
    for (size_t i = 0; i < n->signatures; i++) {
        const struct evx_note_signature *sig = &n->signature[i];
        if (!is_of(sig, k)) continue;
        if (!signature_ok(sig, n->text, k, &time)) return EVX_NOTE_BAD;
        if (time_s && (verdict == EVX_NOTE_ABSENT || time < *time_s)) *time_s = time;
        verdict = EVX_NOTE_GOOD;
    }
    return verdict;
}

bool evx_note_verified_by(const struct evx_note *n, const struct evx_vkey *k, uint64_t *time_s)
{
    return evx_note_verdict(n, k, time_s) == EVX_NOTE_GOOD;
}

static enum evx_status signature_line(struct evx_buf *out, const struct evx_vkey *k, const uint8_t *blob,
                                      size_t blob_n)
{
    uint8_t joined[KEYID_BYTES + COSIGNATURE];
    char base64[(sizeof joined + 2) / 3 * 4 + 1];
    memcpy(joined, k->keyid, KEYID_BYTES);
    memcpy(joined + KEYID_BYTES, blob, blob_n);
    evx_base64(base64, joined, KEYID_BYTES + blob_n);
    return evx_buf_printf(out, DASH "%s %s\n", k->name, base64);
}

static enum evx_status ed25519_line(struct evx_buf *out, struct evx_bytes text, const char *name,
                                    const struct evx_sign_secret *k, const struct evx_sign_public *public_key)
{
    struct evx_vkey vkey;
    enum evx_status s = evx_vkey_make(&vkey, name, EVX_NOTE_ED25519, public_key);
    if (s) return s;
    struct evx_signature signature;
    evx_sign_raw(&signature, k, text);
    return signature_line(out, &vkey, signature.b, sizeof signature.b);
}

enum evx_status evx_note_sign(struct evx_buf *out, struct evx_bytes text, const char *name,
                              const struct evx_sign_secret *k, const struct evx_sign_public *public_key)
{
    if (text.n > EVX_LIMIT_NOTE_BYTES || !text_ok(text)) return EVX_E_NOTE_FORMAT;
    size_t before = out->n;
    enum evx_status s = evx_buf_append(out, text.p, text.n);
    if (s == EVX_OK) s = evx_buf_append_text(out, "\n");
    if (s == EVX_OK) s = ed25519_line(out, text, name, k, public_key);
    if (s) out->n = before;
    return s;
}

enum evx_status evx_note_add_signature(struct evx_buf *note, const char *name,
                                       const struct evx_sign_secret *k,
                                       const struct evx_sign_public *public_key)
{
    struct evx_note parsed;
    enum evx_status s = evx_note_parse(&parsed, evx_buf_bytes(note));
    if (s) return s;
    struct evx_buf line = {0};
    s = ed25519_line(&line, parsed.text, name, k, public_key);
    if (s == EVX_OK) s = evx_buf_append(note, line.p, line.n);
    evx_buf_free(&line);
    return s;
}

enum evx_status evx_note_cosign_line(struct evx_buf *line, struct evx_bytes text, uint64_t time_s,
                                     const char *name, const struct evx_sign_secret *k,
                                     const struct evx_sign_public *public_key)
{
    struct evx_vkey vkey;
    enum evx_status s = evx_vkey_make(&vkey, name, EVX_NOTE_COSIGNATURE, public_key);
    if (s) return s;
    if (!text_ok(text) || time_s > INT64_MAX) return EVX_E_NOTE_FORMAT;
    struct evx_buf message = {0};
    uint8_t blob[COSIGNATURE];
    struct evx_signature signature;
    s = evx_note_cosigned_text(&message, text, time_s);
    if (s) goto out;
    evx_sign_raw(&signature, k, evx_buf_bytes(&message));
    evx_put_be64(blob, time_s);
    memcpy(blob + 8, signature.b, sizeof signature.b);
    s = signature_line(line, &vkey, blob, sizeof blob);
out:
    evx_buf_free(&message);
    return s;
}
