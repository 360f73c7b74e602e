// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/cast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/dice.h"

#define EVIDENCES 8

static const char *const orgs[SIM_PEOPLE] = {
    "eastcliff-school",  "northam-council",     "northam-police",       "westmoor-health",
    "inspectorate-care", "inspectorate-health", "inspectorate-policing"};

static struct {
    struct evx_fixture *fixture;
    struct sim_person person[SIM_PEOPLE];
    struct evx_buf evidence[EVIDENCES];
} cast;

static void must(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "evx-sim: cannot prepare: %s\n", what);
    exit(70);
}

static void seed_of(struct evx_digest *out, const char *org, const char *use)
{
    char text[128];
    snprintf(text, sizeof text, "simulator seed: %s %s", org, use);
    evx_sha256(out, evx_bytes_of_text(text));
}

static void make_second_keys(struct sim_person *p)
{
    struct evx_digest seed;
    seed_of(&seed, p->org, "sig");
    must(!evx_sign_from_seed(&p->sign[1], &p->sign_public[1], seed.b), "a signing key");
    seed_of(&seed, p->org, "enc");
    must(!evx_box_from_seed(&p->enc[1], &p->enc_public[1], seed.b), "an encryption key");
}

static void take_first_keys(struct sim_person *p)
{
    const struct evx_dir_key *sig = evx_fixture_key(cast.fixture, p->org, EVX_KEY_SIG);
    const struct evx_dir_key *enc = evx_fixture_key(cast.fixture, p->org, EVX_KEY_ENC);
    const struct evx_dir_key *trn = evx_fixture_key(cast.fixture, p->org, EVX_KEY_TRN);
    const struct evx_dir_key *wit = evx_fixture_key(cast.fixture, p->org, EVX_KEY_WIT);
    must(sig && enc && trn, "the fixture's keys");
    p->sign[0] = (struct evx_sign_secret *)evx_fixture_sign(cast.fixture, p->org, EVX_KEY_SIG);
    p->enc[0] = (struct evx_box_secret *)evx_fixture_box(cast.fixture, p->org, EVX_KEY_ENC);
    memcpy(p->sign_public[0].b, sig->public_key, 32);
    memcpy(p->enc_public[0].b, enc->public_key, 32);
    p->transport = trn->fingerprint;
    if (!wit) return;
    p->witness = evx_fixture_sign(cast.fixture, p->org, EVX_KEY_WIT);
    memcpy(p->witness_public.b, wit->public_key, 32);
}

void sim_cast_open(void)
{
    sim_random_install();
    cast.fixture = evx_fixture_new();
    must(cast.fixture, "the exchange");
    for (size_t i = 0; i < SIM_PEOPLE; i++) {
        cast.person[i].org = orgs[i];
        take_first_keys(&cast.person[i]);
        make_second_keys(&cast.person[i]);
    }
    for (unsigned i = 0; i < EVIDENCES; i++)
        must(!evx_fixture_evidence(&cast.evidence[i], i, 60 + 40 * i), "evidence");
}

void sim_cast_close(void)
{
    for (size_t i = 0; i < SIM_PEOPLE; i++) {
        evx_sign_secret_destroy(&cast.person[i].sign[1]);
        evx_box_secret_destroy(&cast.person[i].enc[1]);
    }
    for (unsigned i = 0; i < EVIDENCES; i++)
        evx_buf_free(&cast.evidence[i]);
    evx_fixture_free(cast.fixture);
    memset(&cast, 0, sizeof cast);
}

const struct sim_person *sim_person(const char *org)
{
    for (size_t i = 0; i < SIM_PEOPLE; i++)
        if (!strcmp(cast.person[i].org, org)) return &cast.person[i];
    return NULL;
}

const struct evx_sign_secret *sim_broker_key(enum evx_key_use use, struct evx_sign_public *public_out)
{
    const struct evx_dir_key *key = evx_fixture_key(cast.fixture, SIM_BROKER_ORG, use);
    memcpy(public_out->b, key->public_key, sizeof public_out->b);
    return evx_fixture_sign(cast.fixture, SIM_BROKER_ORG, use);
}

const struct evx_directory *sim_first_directory(void) { return evx_fixture_directory(cast.fixture); }
struct evx_bytes sim_evidence(unsigned number) { return evx_buf_bytes(&cast.evidence[number % EVIDENCES]); }

const struct evx_dir_inspection *sim_inspection(void)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    return evx_directory_inspection(sim_first_directory(), &id);
}

struct evx_vkey sim_log_key(void)
{
    struct evx_vkey key;
    struct evx_inspection_id id = evx_fixture_inspection();
    must(!evx_directory_log_vkey(&key, sim_first_directory(), &id), "the log's key");
    return key;
}

// --- the next directory: its text, line by line ---

#define LINES 160

struct lines {
    struct evx_bytes line[LINES]; // each without its newline
    size_t n;
};

static void split(struct lines *out, struct evx_bytes text)
{
    out->n = 0;
    for (size_t at = 0; at < text.n && out->n < LINES;) {
        const uint8_t *end = memchr(text.p + at, '\n', text.n - at);
        size_t n = (size_t)(end - (text.p + at));
        out->line[out->n++] = evx_bytes(text.p + at, n);
        at += n + 1;
    }
}

static bool begins(struct evx_bytes line, const char *word)
{
    size_t n = strlen(word);
    return line.n > n && !memcmp(line.p, word, n) && line.p[n] == ' ';
}

static void replace(struct lines *l, const char *word, struct evx_bytes with)
{
    for (size_t i = 0; i < l->n; i++)
        if (begins(l->line[i], word)) l->line[i] = with;
}

static int compare(struct evx_bytes a, struct evx_bytes b)
{
    int order = memcmp(a.p, b.p, a.n < b.n ? a.n : b.n);
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

// Into its section, at its sorted place; a section that is not there yet begins at the end.
static void insert(struct lines *l, const char *word, struct evx_bytes line)
{
    size_t at = l->n;
    for (size_t i = 0; i < l->n; i++) {
        if (!begins(l->line[i], word)) continue;
        at = i + 1;
        if (compare(l->line[i], line) <= 0) continue;
        at = i;
        break;
    }
    memmove(&l->line[at + 1], &l->line[at], (l->n - at) * sizeof l->line[0]);
    l->line[at] = line;
    l->n++;
}

struct edit {
    char version[64], previous[96], line[512];
};

static void write_key(char out[512], const char *org, const char *use, const uint8_t public_key[32])
{
    char hex[65];
    evx_hex(hex, public_key, 32);
    snprintf(out, 512, "key %s %s 2 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL, org, use, hex);
}

static void apply(struct lines *l, struct edit *e, enum sim_edit edit, const char *org, uint64_t index)
{
    const struct sim_person *p = org ? sim_person(org) : NULL;
    char hex[65];
    struct evx_fingerprint f;
    switch (edit) {
    case SIM_EDIT_NOTHING: return;
    case SIM_EDIT_SIGN:
        write_key(e->line, org, "sig", p->sign_public[1].b);
        insert(l, "key", evx_bytes_of_text(e->line));
        return;
    case SIM_EDIT_ENC:
        write_key(e->line, org, "enc", p->enc_public[1].b);
        insert(l, "key", evx_bytes_of_text(e->line));
        return;
    case SIM_EDIT_REVOKE:
        evx_fingerprint_of(&f, EVX_KEY_SIG, p->sign_public[0].b);
        evx_hex(hex, f.b, sizeof f.b);
        snprintf(e->line, sizeof e->line, "revoked %s %s %llu key lost", hex, sim_inspection()->origin,
                 (unsigned long long)index);
        insert(l, "revoked", evx_bytes_of_text(e->line));
        return;
    case SIM_EDIT_CLOSE:
        snprintf(e->line, sizeof e->line,
                 "inspection " EVX_FIXTURE_INSPECTION " jtai closed " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL
                 " Joint inspection of Northam");
        replace(l, "inspection", evx_bytes_of_text(e->line));
        return;
    }
}

static void join(struct evx_buf *out, const struct lines *l)
{
    for (size_t i = 0; i < l->n; i++) {
        must(!evx_buf_append(out, l->line[i].p, l->line[i].n), "memory");
        must(!evx_buf_append(out, "\n", 1), "memory");
    }
}

struct evx_directory *sim_next_directory(const struct evx_directory *before, enum sim_edit edit,
                                         const char *org, uint64_t index)
{
    struct evx_note parsed;
    struct lines l;
    struct edit e;
    struct evx_buf text = {0}, note = {0};
    struct evx_directory *next = NULL;
    char hash[64];
    must(!evx_note_parse(&parsed, evx_directory_note(before)), "a directory");
    split(&l, parsed.text);
    evx_base64(hash, evx_directory_hash(before)->b, 32);
    snprintf(e.version, sizeof e.version, "version %llu",
             (unsigned long long)evx_directory_version(before) + 1);
    snprintf(e.previous, sizeof e.previous, "previous %s", hash);
    replace(&l, "version", evx_bytes_of_text(e.version));
    replace(&l, "previous", evx_bytes_of_text(e.previous));
    apply(&l, &e, edit, org, index);
    join(&text, &l);
    must(!evx_fixture_sign_directory(&note, cast.fixture, evx_buf_bytes(&text), 3), "a signature");
    if (evx_directory_load(&next, evx_buf_bytes(&note), before, NULL, NULL)) next = NULL;
    evx_buf_free(&text);
    evx_buf_free(&note);
    return next;
}
