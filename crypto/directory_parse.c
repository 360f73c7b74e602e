// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"
#include "crypto/text_inside.h"
#include "proto/base/clock.h"

#define MAX_EXCHANGE 128
#define QUORUM_LINE  9

struct reader {
    struct evx_directory *d;
    struct evx_bytes rest; // lines not yet read
    struct evx_bytes line; // the one being read, whole
    unsigned number;       // its number, from 1
    const void *array;     // what this section is read into
};

// What a line "WORD ..." of a section is read into.
struct section {
    const char *word;
    size_t limit, element;
    bool required;
    bool (*read)(struct reader *r, struct evx_bytes rest, void *element, const void *before);
};

static bool next_line(struct reader *r)
{
    if (!evx_text_line(&r->line, &r->rest)) return false;
    r->number++;
    return true;
}

static bool is_org_id(struct evx_bytes word)
{
    if (word.n == 0 || word.n >= EVX_ORG_ID_BYTES || word.p[0] == '-') return false;
    for (size_t i = 0; i < word.n; i++) {
        uint8_t c = word.p[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-') return false;
    }
    return true;
}

static bool take_org_id(char out[EVX_ORG_ID_BYTES], struct evx_bytes *rest)
{
    struct evx_bytes word;
    if (!evx_text_word(&word, rest) || !is_org_id(word)) return false;
    memcpy(out, word.p, word.n);
    out[word.n] = '\0';
    return true;
}

static bool take_number(uint64_t *out, struct evx_bytes *rest, uint64_t max)
{
    struct evx_bytes word;
    return evx_text_word(&word, rest) && evx_text_number(out, word, max);
}

// One spelling: exactly what evx_time_text() writes.
static bool take_time(int64_t *out, struct evx_bytes *rest)
{
    struct evx_bytes word;
    char text[EVX_TIME_TEXT], again[EVX_TIME_TEXT];
    if (!evx_text_word(&word, rest) || word.n != EVX_TIME_TEXT - 1) return false;
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    if (!evx_time_parse(out, text)) return false;
    evx_time_text(again, *out);
    return strcmp(text, again) == 0;
}

static bool take_hex(uint8_t *out, size_t n, struct evx_bytes *rest)
{
    struct evx_bytes word;
    return evx_text_word(&word, rest) && evx_text_hex(out, n, word);
}

// A word out of a list; its position.
static bool take_choice(unsigned *out, struct evx_bytes *rest, const char *const *choice, size_t choices)
{
    struct evx_bytes word;
    if (!evx_text_word(&word, rest)) return false;
    for (size_t i = 0; i < choices; i++) {
        if (!evx_text_is(word, choice[i])) continue;
        *out = (unsigned)i;
        return true;
    }
    return false;
}

// Free text to the end of the line: there, and without spaces at its ends.
static bool take_name(const char **out, struct reader *r, struct evx_bytes rest)
{
    if (rest.n == 0 || rest.n > EVX_LIMIT_NAME_BYTES) return false;
    if (rest.p[0] == ' ' || rest.p[rest.n - 1] == ' ') return false;
    char *at = r->d->names + r->d->names_n; // names has room for the whole text
    memcpy(at, rest.p, rest.n);
    at[rest.n] = '\0';
    r->d->names_n += rest.n + 1;
    *out = at;
    return true;
}

static bool read_root(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    struct evx_vkey *root = element;
    char text[EVX_NOTE_NAME_BYTES + 64];
    (void)before;
    if (rest.n >= sizeof text) return false;
    memcpy(text, rest.p, rest.n);
    text[rest.n] = '\0';
    if (evx_vkey_parse(root, text) || root->type != EVX_NOTE_ED25519) return false;
    for (const struct evx_vkey *other = r->array; other < root; other++)
        if (memcmp(other->key.b, root->key.b, sizeof root->key.b) == 0) return false; // one holder, one voice
    return true;
}

static bool read_org(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    static const char *const statuses[] = {"active", "suspended"};
    struct evx_dir_org *org = element;
    const struct evx_dir_org *last = before;
    struct evx_bytes role;
    unsigned status;
    if (!take_org_id(org->id, &rest) || (last && strcmp(last->id, org->id) == 0)) return false;
    if (!evx_text_word(&role, &rest)) return false;
    for (org->role = EVX_ROLE_POLICE; !evx_text_is(role, evx_role_name(org->role)); org->role++)
        if (org->role == EVX_ROLE_WITNESS) return false;
    if (!take_choice(&status, &rest, statuses, 2)) return false;
    org->active = status == 0;
    return take_name(&org->name, r, rest);
}

static bool read_key(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    static const char *const uses[] = {"sig", "enc", "trn", "wit", "log"};
    struct evx_dir_key *key = element;
    const struct evx_dir_key *last = before;
    unsigned use;
    uint64_t epoch;
    if (!take_org_id(key->org, &rest) || !evx_directory_org(r->d, key->org)) return false;
    if (!take_choice(&use, &rest, uses, 5) || !take_number(&epoch, &rest, UINT32_MAX)) return false;
    key->use = (enum evx_key_use)(EVX_KEY_SIG + use);
    key->epoch = (uint32_t)epoch;
    if (last && strcmp(last->org, key->org) == 0 && last->use == key->use && last->epoch == key->epoch)
        return false;
    if (!take_hex(key->public_key, 32, &rest)) return false;
    evx_fingerprint_of(&key->fingerprint, key->use, key->public_key);
    return take_time(&key->from_ms, &rest) && take_time(&key->until_ms, &rest) && rest.n == 0 &&
           key->from_ms < key->until_ms;
}

static bool read_inspection(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    static const char *const statuses[] = {"open", "closed"};
    struct evx_dir_inspection *inspection = element;
    const struct evx_dir_inspection *last = before;
    unsigned status;
    if (!take_hex(inspection->id.b, 16, &rest)) return false;
    if (last && memcmp(last->id.b, inspection->id.b, 16) == 0) return false;
    if (!take_org_id(inspection->framework, &rest) || !take_choice(&status, &rest, statuses, 2)) return false;
    if (!take_time(&inspection->opens_ms, &rest) || !take_time(&inspection->closes_ms, &rest)) return false;
    if (inspection->opens_ms >= inspection->closes_ms) return false;
    inspection->open = status == 0;
    char hex[33];
    evx_hex(hex, inspection->id.b, 16);
    snprintf(inspection->origin, sizeof inspection->origin, "%.*s/%s", MAX_EXCHANGE, r->d->exchange, hex);
    return take_name(&inspection->name, r, rest);
}

static bool read_rights(unsigned *out, struct evx_bytes word)
{
    static const char *const names[] = {"send", "receive", "witness"};
    for (unsigned rights = 1; rights < 8; rights++) {
        char text[32] = "";
        int n = 0;
        for (unsigned bit = 0; bit < 3; bit++)
            if (rights >> bit & 1)
                n += snprintf(text + n, sizeof text - (size_t)n, "%s%s", n ? "," : "", names[bit]);
        if (!evx_text_is(word, text)) continue;
        *out = rights;
        return true;
    }
    return false;
}

static bool read_member(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    struct evx_dir_member *member = element;
    const struct evx_dir_member *last = before;
    char id[EVX_ORG_ID_BYTES];
    if (!take_hex(member->inspection.b, 16, &rest) || !evx_directory_inspection(r->d, &member->inspection))
        return false;
    const struct evx_dir_org *org = take_org_id(id, &rest) ? evx_directory_org(r->d, id) : NULL;
    if (!org) return false;
    member->org = (uint32_t)(org - r->d->org);
    if (last && last->org == member->org && memcmp(last->inspection.b, member->inspection.b, 16) == 0)
        return false;
    return read_rights(&member->rights, rest);
}

static bool origin_known(const struct evx_directory *d, const char *origin)
{
    if (strcmp(origin, "*") == 0) return true;
    for (size_t i = 0; i < d->inspections; i++)
        if (strcmp(d->inspection[i].origin, origin) == 0) return true;
    return false;
}

// The key must still be listed: a mistyped fingerprint would revoke nothing.
static bool read_revocation(struct reader *r, struct evx_bytes rest, void *element, const void *before)
{
    struct evx_dir_revocation *revocation = element;
    const struct evx_dir_revocation *last = before;
    struct evx_bytes origin;
    if (!take_hex(revocation->fingerprint.b, 32, &rest) || !evx_text_word(&origin, &rest)) return false;
    if (origin.n >= sizeof revocation->origin) return false;
    memcpy(revocation->origin, origin.p, origin.n);
    revocation->origin[origin.n] = '\0';
    if (!origin_known(r->d, revocation->origin)) return false;
    if (!take_number(&revocation->index, &rest, INT64_MAX)) return false;
    if (revocation->origin[0] == '*' && revocation->index != 0) return false;
    if (last && memcmp(last->fingerprint.b, revocation->fingerprint.b, 32) == 0 &&
        strcmp(last->origin, revocation->origin) == 0)
        return false;
    return take_name(&revocation->reason, r, rest);
}

// Number of consecutive lines that begin with "WORD ".
static size_t lines_of(struct evx_bytes rest, const char *word)
{
    struct evx_bytes line, first;
    size_t n = 0;
    while (evx_text_line(&line, &rest) && evx_text_word(&first, &line) && evx_text_is(first, word))
        n++;
    return n;
}

// True when a comes strictly before b, byte by byte, a prefix first.
static bool comes_before(struct evx_bytes a, struct evx_bytes b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order < 0 || (order == 0 && a.n < b.n);
}

// Reads a section into a new array; *done counts the complete elements.
static enum evx_status read_section(struct reader *r, const struct section *section, void **array,
                                    size_t *done)
{
    *array = NULL;
    size_t n = lines_of(r->rest, section->word);
    if (n == 0 && !section->required) return EVX_OK;
    if (n == 0 || n > section->limit) {
        r->number++;
        return EVX_E_DIRECTORY_FORMAT;
    }
    uint8_t *element = *array = calloc(n, section->element);
    if (!element) return EVX_E_MEMORY;
    r->array = element;
    struct evx_bytes last = {0};
    for (size_t i = 0; i < n; i++, element += section->element) {
        if (!next_line(r) || (i && !comes_before(last, r->line))) return EVX_E_DIRECTORY_FORMAT;
        last = r->line;
        struct evx_bytes word, rest = r->line;
        const void *before = i ? element - section->element : NULL;
        if (!evx_text_word(&word, &rest) || !section->read(r, rest, element, before))
            return EVX_E_DIRECTORY_FORMAT;
        *done = i + 1;
    }
    return EVX_OK;
}

// A line "WORD rest"; *rest is what follows.
static bool read_line(struct reader *r, const char *word, struct evx_bytes *rest)
{
    struct evx_bytes first;
    if (!next_line(r)) {
        r->number++;
        return false;
    }
    *rest = r->line;
    return evx_text_word(&first, rest) && evx_text_is(first, word) && rest->n > 0;
}

static bool read_exchange(struct evx_directory *d, struct evx_bytes name)
{
    if (name.n == 0 || name.n > MAX_EXCHANGE) return false;
    for (size_t i = 0; i < name.n; i++) {
        uint8_t c = name.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
        if (!plain) return false;
    }
    memcpy(d->exchange, name.p, name.n);
    return true;
}

static bool read_previous(struct evx_directory *d, struct evx_bytes word)
{
    if (d->version == 1) return evx_text_is(word, "-");
    return evx_text_digest(d->previous.b, word);
}

static bool read_head(struct reader *r)
{
    struct evx_directory *d = r->d;
    struct evx_bytes rest;
    uint64_t number;
    if (!next_line(r) || !evx_text_is(r->line, "evx.directory/v1")) return false;
    if (!read_line(r, "exchange", &rest) || !read_exchange(d, rest)) return false;
    if (!read_line(r, "version", &rest) || !evx_text_number(&d->version, rest, INT64_MAX) || d->version == 0)
        return false;
    if (!read_line(r, "previous", &rest) || !read_previous(d, rest)) return false;
    if (!read_line(r, "issued", &rest) || !take_time(&d->issued_ms, &rest) || rest.n) return false;
    if (!read_line(r, "expires", &rest) || !take_time(&d->expires_ms, &rest) || rest.n) return false;
    if (d->issued_ms >= d->expires_ms) return false;
    if (!read_line(r, "min-suite", &rest) || !evx_text_number(&number, rest, UINT32_MAX) || number == 0)
        return false;
    d->min_suite = (uint32_t)number;
    if (!read_line(r, "threshold", &rest) || !evx_text_number(&number, rest, EVX_DIRECTORY_ROOTS) ||
        number == 0)
        return false;
    d->threshold = (uint32_t)number;
    if (!read_line(r, "quorum", &rest) || !evx_text_number(&number, rest, EVX_LIMIT_DIRECTORY_ORGS))
        return false;
    d->quorum = (uint32_t)number;
    return true;
}

struct indexed {
    const uint8_t *bytes; // 32
    uint32_t position;
};

static int compare_indexed(const void *a, const void *b)
{
    return memcmp(((const struct indexed *)a)->bytes, ((const struct indexed *)b)->bytes, 32);
}

// Fingerprints in order; and no public key twice, whatever its use.
static enum evx_status index_keys(struct evx_directory *d)
{
    struct indexed *at = calloc(d->keys + 1, sizeof *at);
    d->by_fingerprint = calloc(d->keys + 1, sizeof *d->by_fingerprint);
    enum evx_status s = at && d->by_fingerprint ? EVX_OK : EVX_E_MEMORY;
    if (s) goto out;
    for (size_t i = 0; i < d->keys; i++)
        at[i] = (struct indexed){d->key[i].public_key, (uint32_t)i};
    qsort(at, d->keys, sizeof *at, compare_indexed);
    for (size_t i = 1; i < d->keys; i++)
        if (compare_indexed(&at[i - 1], &at[i]) == 0) s = EVX_E_DIRECTORY_FORMAT;
    for (size_t i = 0; i < d->keys; i++)
        at[i] = (struct indexed){d->key[i].fingerprint.b, (uint32_t)i};
    qsort(at, d->keys, sizeof *at, compare_indexed);
    for (size_t i = 0; i < d->keys; i++)
        d->by_fingerprint[i] = at[i].position;
out:
    free(at);
    return s;
}

static bool revocations_known(const struct evx_directory *d)
{
    for (size_t i = 0; i < d->revocations; i++)
        if (!evx_directory_key(d, &d->revocation[i].fingerprint)) return false;
    return true;
}

static enum evx_status read_sections(struct reader *r)
{
    static const struct section root = {"root", EVX_DIRECTORY_ROOTS, sizeof(struct evx_vkey), true,
                                        read_root};
    static const struct section org = {"org", EVX_LIMIT_DIRECTORY_ORGS, sizeof(struct evx_dir_org), false,
                                       read_org};
    static const struct section key = {"key", EVX_LIMIT_DIRECTORY_KEYS, sizeof(struct evx_dir_key), false,
                                       read_key};
    static const struct section inspection = {"inspection", EVX_LIMIT_DIRECTORY_INSPECTIONS,
                                              sizeof(struct evx_dir_inspection), false, read_inspection};
    static const struct section member = {"member", EVX_LIMIT_DIRECTORY_MEMBERS,
                                          sizeof(struct evx_dir_member), false, read_member};
    static const struct section revoked = {"revoked", EVX_LIMIT_DIRECTORY_KEYS,
                                           sizeof(struct evx_dir_revocation), false, read_revocation};
    struct evx_directory *d = r->d;
    void *array;
    enum evx_status s = read_section(r, &root, &array, &d->roots);
    d->root = array;
    if (s == EVX_OK && d->threshold > d->roots) s = EVX_E_DIRECTORY_FORMAT;
    if (s) return s;
    s = read_section(r, &org, &array, &d->orgs);
    d->org = array;
    if (s == EVX_OK && d->quorum > d->orgs) {
        r->number = QUORUM_LINE;
        s = EVX_E_DIRECTORY_FORMAT;
    }
    if (s) return s;
    s = read_section(r, &key, &array, &d->keys);
    d->key = array;
    if (s == EVX_OK) s = index_keys(d);
    if (s) return s;
    s = read_section(r, &inspection, &array, &d->inspections);
    d->inspection = array;
    if (s) return s;
    s = read_section(r, &member, &array, &d->members);
    d->member = array;
    if (s) return s;
    s = read_section(r, &revoked, &array, &d->revocations);
    d->revocation = array;
    return s == EVX_OK && !revocations_known(d) ? EVX_E_DIRECTORY_FORMAT : s;
}

static bool plain_text(struct evx_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] < 0x20 && text.p[i] != '\n') return false;
    return evx_utf8_valid(text.p, text.n);
}

enum evx_status evx_directory_read(struct evx_directory *d, struct evx_bytes text, unsigned *line)
{
    struct reader r = {d, text, {0}, 0, NULL};
    *line = 0;
    if (!plain_text(text)) return EVX_E_DIRECTORY_FORMAT;
    d->names = malloc(text.n + 1);
    if (!d->names) return EVX_E_MEMORY;
    enum evx_status s = read_head(&r) ? read_sections(&r) : EVX_E_DIRECTORY_FORMAT;
    if (s == EVX_OK && r.rest.n != 0) {
        r.number++;
        s = EVX_E_DIRECTORY_FORMAT;
    }
    if (s == EVX_E_DIRECTORY_FORMAT) *line = r.number;
    return s;
}
