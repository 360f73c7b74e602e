// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agents/evx/verify/entry.h"
#include "agents/evx/verify/log.h"
#include "crypto/bundle.h"
#include "crypto/fork.h"
#include "tests/interop/cases.h"
#include "tests/interop/world.h"

typedef bool answer(struct evx_buf *facts, const struct evx_bytes *field);

static void say(struct evx_buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct evx_buf *out, const char *format, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    world_must(evx_buf_append_text(out, text) == EVX_OK, "memory");
}

static void say_hex(struct evx_buf *out, const void *p, size_t n)
{
    char hex[1025];
    world_must(n <= 512, "a long fact");
    evx_hex(hex, p, n);
    say(out, " %s", hex);
}

static bool number(uint64_t *out, struct evx_bytes field)
{
    if (field.n == 8) *out = evx_get_be64(field.p);
    return field.n == 8;
}

static bool digest(struct evx_digest *out, struct evx_bytes field)
{
    if (field.n == 32) memcpy(out->b, field.p, 32);
    return field.n == 32;
}

static bool path(struct evx_proof *out, struct evx_bytes field)
{
    if (field.n % 32 || field.n > sizeof out->hash) return false;
    out->n = field.n / 32;
    if (field.n) memcpy(out->hash, field.p, field.n);
    return true;
}

static bool vkey(struct evx_vkey *out, struct evx_bytes field)
{
    char text[1024];
    if (field.n >= sizeof text || (field.n && memchr(field.p, 0, field.n))) return false;
    memcpy(text, field.p, field.n);
    text[field.n] = 0;
    return evx_vkey_parse(out, text) == EVX_OK;
}

static bool inclusion(struct evx_buf *facts, const struct evx_bytes *f)
{
    uint64_t index, size;
    struct evx_digest leaf, root;
    struct evx_proof p;
    (void)facts;
    return number(&index, f[0]) && number(&size, f[1]) && digest(&leaf, f[2]) && digest(&root, f[3]) &&
           path(&p, f[4]) && evx_inclusion_verify(&p, index, size, &leaf, &root) == EVX_OK;
}

static bool consistency(struct evx_buf *facts, const struct evx_bytes *f)
{
    uint64_t from, to;
    struct evx_digest old, new;
    struct evx_proof p;
    (void)facts;
    return number(&from, f[0]) && number(&to, f[1]) && digest(&old, f[2]) && digest(&new, f[3]) &&
           path(&p, f[4]) && evx_consistency_verify(&p, from, to, &old, &new) == EVX_OK;
}

static bool verifier_key(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_vkey k;
    if (!vkey(&k, f[0])) return false;
    say_hex(facts, k.name, strlen(k.name));
    say(facts, " %u", k.type);
    say_hex(facts, k.keyid, 4);
    say_hex(facts, k.key.b, 32);
    return true;
}

static bool note(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_vkey k;
    struct evx_note n;
    struct evx_digest text;
    uint64_t time_s = 0;
    if (!vkey(&k, f[1]) || evx_note_parse(&n, f[0]) || !evx_note_verified_by(&n, &k, &time_s)) return false;
    evx_sha256(&text, n.text);
    say_hex(facts, text.b, 32);
    say(facts, " %zu %llu", n.signatures, (unsigned long long)time_s);
    return true;
}

static void say_checkpoint(struct evx_buf *facts, const struct evx_checkpoint *c)
{
    say_hex(facts, c->origin, strlen(c->origin));
    say(facts, " %llu", (unsigned long long)c->size);
    say_hex(facts, c->root.b, 32);
}

static bool checkpoint(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_vkey k;
    struct evx_checkpoint c;
    if (!vkey(&k, f[1]) || evx_checkpoint_open(&c, f[0], &k)) return false;
    say_checkpoint(facts, &c);
    return true;
}

static bool proof(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_vkey k;
    struct evx_receipt r = {0};
    struct evx_checkpoint c;
    bool holds = vkey(&k, f[1]) && evx_tlog_proof_parse(&r, f[0]) == EVX_OK &&
                 evx_tlog_proof_verify(&r, &k, f[2], &c) == EVX_OK;
    if (holds) {
        say(facts, " %llu", (unsigned long long)r.index);
        say_checkpoint(facts, &c);
    }
    evx_receipt_free(&r);
    return holds;
}

static void say_bytes(struct evx_buf *facts, const ProtobufCBinaryData *b)
{
    if (b->len)
        say_hex(facts, b->data, b->len);
    else
        say(facts, " -");
}

static bool header(struct evx_buf *facts, const struct evx_bytes *f)
{
    Evx__V1__Header *h;
    if (evx_header_unpack(&h, f[0])) return false;
    const ProtobufCBinaryData bytes[] = {h->sender,     h->stream,     h->previous,
                                         h->nonce,      h->inspection, h->directory_hash,
                                         h->items_root, h->wraps_root, h->reset_of};
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++)
        say_bytes(facts, &bytes[i]);
    for (size_t i = 0; i < h->n_recipient; i++)
        say_bytes(facts, &h->recipient[i]);
    say(facts, " %u %u %llu %llu %llu %u %llu %d %d %u", h->version, h->suite,
        (unsigned long long)h->sequence, (unsigned long long)h->created_ms,
        (unsigned long long)h->directory_version, h->item_count, (unsigned long long)h->ciphertext_bytes,
        h->marking, h->purpose, h->flags);
    evx_header_free(h);
    return true;
}

static bool entry(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_entry e;
    struct evx_directory *d = NULL;
    const struct evx_dir_key *key = NULL;
    if (evx_entry_read(&e, f[0])) return false;
    bool holds = evx_directory_load(&d, f[1], NULL, NULL, NULL) == EVX_OK;
    if (holds && e.adoption) {
        say(facts, " adopted %llu", (unsigned long long)e.directory.version);
        say_hex(facts, e.directory.hash.b, 32);
    } else if (holds) {
        holds = evx_entry_signed(&key, &e, d) == EVX_OK;
        if (holds) say_hex(facts, e.id.b, 32);
        if (holds) say(facts, " %s %llu", key->org, (unsigned long long)e.header->sequence);
    }
    if (holds) say(facts, " %llu", (unsigned long long)e.received_ms);
    evx_directory_destroy(&d);
    evx_entry_close(&e);
    return holds;
}

static size_t revocations(const struct evx_directory *d, const char *origin)
{
    size_t n = 0;
    for (size_t i = 0; i < evx_directory_keys(d); i++)
        n += evx_directory_revoked(d, &evx_directory_key_at(d, i)->fingerprint, origin, INT64_MAX) != NULL;
    return n;
}

static void say_directory(struct evx_buf *facts, const struct evx_directory *d)
{
    say(facts, " %llu", (unsigned long long)evx_directory_version(d));
    say_hex(facts, evx_directory_hash(d)->b, 32);
    say(facts, " %lld %u %u %zu %zu", (long long)evx_directory_expires_ms(d), evx_directory_min_suite(d),
        evx_directory_quorum(d), evx_directory_orgs(d), evx_directory_keys(d));
    for (size_t i = 0; i < evx_directory_inspections(d); i++) {
        const struct evx_dir_inspection *about = evx_directory_inspection_at(d, i);
        struct evx_vkey k;
        bool log = evx_directory_log_vkey(&k, d, &about->id) == EVX_OK;
        say(facts, " %zu %zu", evx_directory_members(d, &about->id, 0, NULL, 0),
            revocations(d, about->origin));
        if (log)
            say_hex(facts, k.key.b, 32);
        else
            say(facts, " -");
    }
}

static bool directory(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_directory *before = NULL, *d = NULL;
    struct evx_digest pin;
    bool holds = (!f[1].n || evx_directory_load(&before, f[1], NULL, NULL, NULL) == EVX_OK) &&
                 (!f[2].n || digest(&pin, f[2])) &&
                 evx_directory_load(&d, f[0], before, f[2].n ? &pin : NULL, NULL) == EVX_OK;
    if (holds) say_directory(facts, d);
    evx_directory_destroy(&before);
    evx_directory_destroy(&d);
    return holds;
}

static bool tile(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_frontier t = {0};
    struct evx_bytes e;
    struct evx_digest leaf, root;
    uint64_t count;
    size_t at = 0;
    if (!number(&count, f[1]) || count > 256) return false;
    while (t.size < count) {
        if (!evx_tile_next_entry(&e, &at, f[0])) return false;
        evx_log_leaf(&leaf, e);
        evx_frontier_append(&t, &leaf, NULL, NULL);
    }
    evx_frontier_root(&root, &t);
    say_hex(facts, root.b, 32);
    return at == f[0].n;
}

static bool policy(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_policy *p = NULL;
    struct evx_grade g;
    bool holds = evx_policy_parse(&p, f[0], NULL) == EVX_OK && evx_policy_grade(&g, p, f[1]) == EVX_OK;
    if (holds) {
        say_checkpoint(facts, &g.checkpoint);
        say(facts, " %s %zu %zu %zu %d %llu", evx_grade_word(g.level), g.cosigned, g.witnesses, g.needed,
            g.reached, (unsigned long long)g.time_s);
    }
    evx_policy_destroy(&p);
    return holds;
}

static bool fork_proof(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_fork fork = {0};
    struct evx_vkey k;
    struct evx_checkpoint a, b;
    enum evx_fork_verdict verdict;
    bool holds = vkey(&k, f[1]) && evx_fork_parse(&fork, f[0]) == EVX_OK &&
                 evx_fork_check(&verdict, &fork, &k, &a, &b) == EVX_OK;
    if (holds) {
        say(facts, " %d", verdict);
        say_checkpoint(facts, &a);
        say_checkpoint(facts, &b);
    }
    evx_fork_free(&fork);
    return holds;
}

static bool bundle(struct evx_buf *facts, const struct evx_bytes *f)
{
    struct evx_bundle b;
    struct evx_bundle_result r;
    struct evx_digest pin, content;
    struct evx_bundle_trust trust = {.pin = f[1].n ? &pin : NULL};
    if (f[1].n && !digest(&pin, f[1])) return false;
    if (evx_bundle_parse(&b, f[0]) || evx_bundle_verify(&r, &b, &trust)) return false;
    evx_sha256(&content, evx_buf_bytes(&r.content));
    say(facts, " %s", r.sender);
    say_hex(facts, r.consignment.b, 32);
    say_hex(facts, r.item.b, 16);
    say(facts, " %u %u %llu %llu %u", r.number, r.items, (unsigned long long)r.index,
        (unsigned long long)r.received_ms, r.gaps);
    say_checkpoint(facts, &r.grade.checkpoint);
    say(facts, " %zu %zu", r.grade.cosigned, r.grade.witnesses);
    say_hex(facts, content.b, 32);
    evx_bundle_result_free(&r);
    return true;
}

static const struct {
    uint8_t kind;
    size_t fields;
    answer *how;
} kinds[] = {{'I', 5, inclusion},  {'C', 5, consistency}, {'V', 1, verifier_key}, {'N', 2, note},
             {'K', 2, checkpoint}, {'P', 3, proof},       {'H', 1, header},       {'E', 2, entry},
             {'D', 3, directory},  {'T', 2, tile},        {'Q', 2, policy},       {'F', 2, fork_proof},
             {'B', 2, bundle}};

void question_answer(struct evx_buf *out, const struct question *q)
{
    struct evx_buf facts = {0};
    bool holds = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].kind == q->kind && kinds[i].fields == q->fields) holds = kinds[i].how(&facts, q->field);
    world_must(evx_buf_append_text(out, holds ? "yes" : "no") == EVX_OK, "memory");
    if (holds && facts.n) world_must(evx_buf_append(out, facts.p, facts.n) == EVX_OK, "memory");
    world_must(evx_buf_append_text(out, "\n") == EVX_OK, "memory");
    evx_buf_free(&facts);
}
