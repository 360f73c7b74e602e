// SPDX-License-Identifier: Apache-2.0
//
// Who a record is about, without saying it: blinds and tokens under subkeys of the
// store key. Two records with a token in common are about the same child; that is
// the only thing that ever joins records without an inspector.
//
// A token stands for
//   a national identifier (NHS number, UPN), whoever wrote it down;
//   a local identifier together with who assigned it and its scheme;
//   where there is no identifier at all, the exact folded name and full date of birth
//   within ONE organisation's own records.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_IDENTITY_H
#define EVX_AGENTS_INSPECTOR_VIEWS_IDENTITY_H

#include "crypto/seal.h"
#include "proto/msg/codec.h"

struct evx_identity {
    uint8_t blind_key[32], token_key[32], id_key[32], content_key[32];
};
void evx_identity_init(struct evx_identity *i, const struct evx_store_key *k);
void evx_identity_wipe(struct evx_identity *i);

bool evx_scheme_national(const char *scheme);

// Of everything the record says, and whose record it is. MEMORY.
EVX_MUST_CHECK enum evx_status evx_identity_blind(struct evx_digest *out, const struct evx_identity *i,
                                                  const char *organisation, const Evx__V1__Subject *subject);
#define EVX_TOKENS_MAX (EVX_LIMIT_IDENTIFIERS + 1)
EVX_MUST_CHECK enum evx_status evx_identity_tokens(struct evx_digest out[EVX_TOKENS_MAX], size_t *n,
                                                   const struct evx_identity *i, const char *organisation,
                                                   const Evx__V1__Subject *subject);
// "CH-7K3M9QZX" from a token, "LK-…" from two records' blinds.
#define EVX_CITED_TEXT 12
void evx_child_id(char out[EVX_CITED_TEXT], const struct evx_identity *i, const struct evx_digest *token);
void evx_link_id(char out[EVX_CITED_TEXT], const struct evx_identity *i, const struct evx_digest *a,
                 const struct evx_digest *b);
void evx_evidence_id(char out[EVX_CITED_TEXT], const struct evx_item_id *id); // "EV-…"
// True when `text` names `cited` in full or by a beginning, any case, with or
// without its prefix; at least 3 characters.
bool evx_cited_matches(const char *cited, const char *text);

// Equal for items that say the same.
EVX_MUST_CHECK enum evx_status evx_identity_content(struct evx_digest *out, const struct evx_identity *i,
                                                    const Evx__V1__Evidence *e);

// The packed subject, sealed for the casebook, and back (free with evx__v1__subject__free_unpacked).
// What comes from opened evidence stands in the index under the passing half of the store
// key, so that no old copy of an index outlives an erasure; what inspectors wrote does not pass.
EVX_MUST_CHECK enum evx_status evx_subject_seal_passing(struct evx_buf *out, const struct evx_store_key *k,
                                                        const Evx__V1__Subject *subject);
EVX_MUST_CHECK enum evx_status
evx_subject_unseal_passing(Evx__V1__Subject **out, const struct evx_store_key *k, struct evx_bytes sealed);
EVX_MUST_CHECK enum evx_status evx_subject_seal(struct evx_buf *out, const struct evx_store_key *k,
                                                const Evx__V1__Subject *subject);
EVX_MUST_CHECK enum evx_status evx_subject_unseal(Evx__V1__Subject **out, const struct evx_store_key *k,
                                                  struct evx_bytes sealed);

#endif
