// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/identity.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agents/inspector/views/fold.h"

// Numbers of the subkeys that this room derives from the store key.
#define SUBKEY_BLIND   0x696e7301
#define SUBKEY_TOKEN   0x696e7302
#define SUBKEY_ID      0x696e7303
#define SUBKEY_CONTENT 0x696e7304
#define SUBJECT_DOMAIN "evx/index/subject/v1"

void evx_identity_init(struct evx_identity *i, const struct evx_store_key *k)
{
    evx_store_subkey(i->blind_key, k, SUBKEY_BLIND);
    evx_store_subkey(i->token_key, k, SUBKEY_TOKEN);
    evx_store_subkey(i->id_key, k, SUBKEY_ID);
    evx_store_passing_subkey(i->content_key, k, SUBKEY_CONTENT);
}

void evx_identity_wipe(struct evx_identity *i) { evx_wipe(i, sizeof *i); }

bool evx_scheme_national(const char *scheme)
{
    return strcmp(scheme, "nhs-number") == 0 || strcmp(scheme, "upn") == 0;
}

static enum evx_status pack_subject(struct evx_buf *out, const Evx__V1__Subject *subject)
{
    size_t n = evx__v1__subject__get_packed_size(subject);
    enum evx_status s = evx_buf_reserve(out, n);
    if (s) return s;
    out->n += evx__v1__subject__pack(subject, out->p + out->n);
    return EVX_OK;
}

// Text with its NUL, so that neighbours cannot run together.
static enum evx_status append_field(struct evx_buf *b, const char *text)
{
    return evx_buf_append(b, text, strlen(text) + 1);
}

static void drop(struct evx_buf *b)
{
    if (b->p) evx_wipe(b->p, b->n);
    evx_buf_free(b);
}

enum evx_status evx_identity_blind(struct evx_digest *out, const struct evx_identity *i,
                                   const char *organisation, const Evx__V1__Subject *subject)
{
    struct evx_buf b = {0};
    enum evx_status s = append_field(&b, organisation);
    if (!s) s = pack_subject(&b, subject);
    if (!s) evx_keyed_hash(out, i->blind_key, "evx/index/subject-blind/v1", evx_buf_bytes(&b));
    drop(&b);
    return s;
}

static enum evx_status identifier_token(struct evx_digest *out, const struct evx_identity *i,
                                        const char *organisation, const Evx__V1__Identifier *id)
{
    struct evx_buf b = {0};
    bool national = evx_scheme_national(id->scheme);
    const char *issuer = national ? "" : *id->issuer ? id->issuer : organisation;
    enum evx_status s = append_field(&b, id->scheme);
    if (!s) s = append_field(&b, issuer);
    if (!s) s = append_field(&b, id->value);
    if (!s) evx_keyed_hash(out, i->token_key, "evx/index/identifier/v1", evx_buf_bytes(&b));
    drop(&b);
    return s;
}

static enum evx_status name_token(struct evx_digest *out, const struct evx_identity *i,
                                  const char *organisation, const Evx__V1__Subject *subject)
{
    struct evx_buf b = {0}, family = {0}, given = {0};
    enum evx_status s = evx_fold_name(&family, subject->family_name);
    if (!s) s = evx_fold_name(&given, subject->given_name);
    if (!s) s = append_field(&b, organisation);
    if (!s) s = append_field(&b, (const char *)family.p);
    if (!s) s = append_field(&b, (const char *)given.p);
    if (!s) s = evx_buf_printf(&b, "%lld", (long long)subject->born->utc_ms);
    if (!s) evx_keyed_hash(out, i->token_key, "evx/index/name-and-birth/v1", evx_buf_bytes(&b));
    drop(&b);
    drop(&family);
    drop(&given);
    return s;
}

static bool named_and_dated(const Evx__V1__Subject *s)
{
    return *s->family_name && *s->given_name && s->born &&
           s->born->precision >= EVX__V1__PRECISION__PRECISION_DAY;
}

enum evx_status evx_identity_tokens(struct evx_digest out[EVX_TOKENS_MAX], size_t *n,
                                    const struct evx_identity *i, const char *organisation,
                                    const Evx__V1__Subject *subject)
{
    *n = 0;
    enum evx_status s = EVX_OK;
    for (size_t k = 0; !s && k < subject->n_identifier && *n < EVX_TOKENS_MAX; k++) {
        if (!*subject->identifier[k]->value) continue;
        s = identifier_token(&out[*n], i, organisation, subject->identifier[k]);
        if (!s) (*n)++;
    }
    if (s || *n || !named_and_dated(subject)) return s;
    s = name_token(&out[0], i, organisation, subject);
    *n = s ? 0 : 1;
    return s;
}

static void cited(char out[EVX_CITED_TEXT], const char *prefix, const uint8_t *id)
{
    char text[EVX_SHORT_ID_TEXT];
    evx_short_id(text, id);
    snprintf(out, EVX_CITED_TEXT, "%s-%s", prefix, text);
}

void evx_child_id(char out[EVX_CITED_TEXT], const struct evx_identity *i, const struct evx_digest *token)
{
    struct evx_digest d;
    evx_keyed_hash(&d, i->id_key, "evx/index/child/v1", evx_bytes(token->b, sizeof token->b));
    cited(out, "CH", d.b);
}

void evx_link_id(char out[EVX_CITED_TEXT], const struct evx_identity *i, const struct evx_digest *a,
                 const struct evx_digest *b)
{
    struct evx_digest d;
    uint8_t pair[64];
    memcpy(pair, a->b, 32);
    memcpy(pair + 32, b->b, 32);
    evx_keyed_hash(&d, i->id_key, "evx/index/link/v1", evx_bytes(pair, sizeof pair));
    cited(out, "LK", d.b);
}

void evx_evidence_id(char out[EVX_CITED_TEXT], const struct evx_item_id *id) { cited(out, "EV", id->b); }

// What a person may type for a character of a short id.
static char canonical(char c)
{
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'O') return '0';
    if (c == 'I' || c == 'L') return '1';
    return c;
}

bool evx_cited_matches(const char *cited_id, const char *text)
{
    if (strncasecmp(cited_id, text, 3) == 0 && text[2] == '-') text += 3;
    const char *id = cited_id + 3;
    size_t n = strlen(text);
    if (n < 3 || n > strlen(id)) return false;
    for (size_t k = 0; k < n; k++)
        if (canonical(text[k]) != id[k]) return false;
    return true;
}

enum evx_status evx_identity_content(struct evx_digest *out, const struct evx_identity *i,
                                     const Evx__V1__Evidence *e)
{
    // The same row sent twice differs in when and from which file it was read.
    Evx__V1__Evidence same = *e;
    same.received = NULL;
    same.origin = NULL;
    same.in_reply_to = same.supersedes = (ProtobufCBinaryData){0};
    struct evx_buf b = {0};
    enum evx_status s = evx_buf_reserve(&b, evx__v1__evidence__get_packed_size(&same));
    if (!s) b.n = evx__v1__evidence__pack(&same, b.p);
    if (!s) evx_keyed_hash(out, i->content_key, "evx/index/content/v1", evx_buf_bytes(&b));
    drop(&b);
    return s;
}

typedef enum evx_status (*transform)(struct evx_buf *out, const struct evx_store_key *k, const char *domain,
                                     struct evx_bytes in);

static enum evx_status seal_with(struct evx_buf *out, transform encrypt, const struct evx_store_key *k,
                                 const Evx__V1__Subject *subject)
{
    struct evx_buf plain = {0};
    enum evx_status s = pack_subject(&plain, subject);
    if (!s) s = encrypt(out, k, SUBJECT_DOMAIN, evx_buf_bytes(&plain));
    drop(&plain);
    return s;
}

static enum evx_status unseal_with(Evx__V1__Subject **out, transform decrypt, const struct evx_store_key *k,
                                   struct evx_bytes sealed)
{
    *out = NULL;
    struct evx_buf plain = {0};
    enum evx_status s = decrypt(&plain, k, SUBJECT_DOMAIN, sealed);
    if (!s) *out = evx__v1__subject__unpack(NULL, plain.n, plain.p);
    if (!s && !*out) s = EVX_E_STORE_DAMAGED;
    drop(&plain);
    return s;
}

enum evx_status evx_subject_seal(struct evx_buf *out, const struct evx_store_key *k,
                                 const Evx__V1__Subject *subject)
{
    return seal_with(out, evx_store_encrypt, k, subject);
}

enum evx_status evx_subject_unseal(Evx__V1__Subject **out, const struct evx_store_key *k,
                                   struct evx_bytes sealed)
{
    return unseal_with(out, evx_store_decrypt, k, sealed);
}

enum evx_status evx_subject_seal_passing(struct evx_buf *out, const struct evx_store_key *k,
                                         const Evx__V1__Subject *subject)
{
    return seal_with(out, evx_store_encrypt_passing, k, subject);
}

enum evx_status evx_subject_unseal_passing(Evx__V1__Subject **out, const struct evx_store_key *k,
                                           struct evx_bytes sealed)
{
    return unseal_with(out, evx_store_decrypt_passing, k, sealed);
}
