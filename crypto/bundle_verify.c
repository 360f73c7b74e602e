// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "crypto/bundle_inside.h"
#include "crypto/directory_inside.h"
#include "crypto/layout.h"
#include "crypto/note_inside.h"

struct verifying {
    const struct evx_bundle *b;
    const struct evx_bundle_trust *trust;
    struct evx_directory *directory;
    struct evx_policy *policy;
    Evx__V1__Header *header;
    struct evx_bytes header_bytes;
    const struct evx_signature *signature;
    const struct evx_dir_inspection *inspection;
    const struct evx_dir_key *key;
    struct evx_bundle_result *out;
};

// --- the directory, and why it is believed ---

static size_t signed_by(const struct evx_note *note, const struct evx_vkey *root, size_t roots)
{
    size_t good = 0;
    for (size_t i = 0; i < roots; i++)
        good += evx_note_verdict(note, &root[i], NULL) == EVX_NOTE_GOOD;
    return good;
}

static bool same_directory(const struct evx_directory *a, const struct evx_directory *b)
{
    return memcmp(a->hash.b, b->hash.b, sizeof a->hash.b) == 0;
}

static bool trusted(const struct verifying *v, const struct evx_note *note)
{
    const struct evx_bundle_trust *t = v->trust;
    if (t->pin && memcmp(t->pin->b, v->directory->hash.b, sizeof t->pin->b) != 0) return false;
    if (t->roots && (t->threshold == 0 || signed_by(note, t->root, t->roots) < t->threshold)) return false;
    const struct evx_directory *d = t->directory;
    if (!d || same_directory(d, v->directory)) return true;
    return strcmp(d->exchange, v->directory->exchange) == 0 && d->version != v->directory->version &&
           signed_by(note, d->root, d->roots) >= d->threshold;
}

static enum evx_status only_lines_of(struct evx_bytes note, const struct evx_bundle_keys *keys)
{
    struct evx_buf again = {0};
    enum evx_status s = evx_bundle_note(&again, note, keys);
    if (!s && !evx_bytes_equal(evx_buf_bytes(&again), note)) s = EVX_E_BUNDLE_FORMAT;
    evx_buf_free(&again);
    return s;
}

static enum evx_status check_directory(struct verifying *v)
{
    struct evx_note note;
    struct evx_bundle_keys roots;
    enum evx_status s = evx_directory_load(&v->directory, v->b->directory, NULL, NULL, NULL);
    if (s) return s;
    evx_bundle_roots(&roots, v->directory);
    s = only_lines_of(v->b->directory, &roots);
    if (!s) s = evx_note_parse(&note, v->b->directory);
    if (!s && !trusted(v, &note)) s = EVX_E_BUNDLE_TRUST;
    if (s) return s;
    const struct evx_bundle_trust *t = v->trust;
    v->out->directory_hash = v->directory->hash;
    v->out->directory_version = v->out->revocations_version = v->directory->version;
    if (!t->pin && !t->roots && !t->directory) v->out->gaps |= EVX_BUNDLE_GAP_ROOTS;
    if (t->directory && t->directory->version > v->directory->version)
        v->out->revocations_version = t->directory->version;
    else
        v->out->gaps |= EVX_BUNDLE_GAP_REVOCATIONS;
    return EVX_OK;
}

// --- who signed ---

static enum evx_status check_header(struct verifying *v)
{
    enum evx_status s =
        evx_log_entry_parse(&v->out->received_ms, &v->header_bytes, &v->signature, v->b->entry);
    if (!s) s = evx_header_unpack(&v->header, v->header_bytes);
    if (s) return s;
    if (v->header->version != EVX_PROTOCOL_VERSION) return EVX_E_VERSION;
    if (v->header->suite != EVX_SUITE) return EVX_E_SUITE;
    bool named = v->header->directory_version == v->directory->version &&
                 memcmp(v->header->directory_hash.data, v->directory->hash.b, 32) == 0;
    return named ? EVX_OK : EVX_E_BUNDLE_DIRECTORY;
}

static enum evx_status check_signature(struct verifying *v)
{
    struct evx_sign_public k;
    memcpy(v->out->inspection.b, v->header->inspection.data, sizeof v->out->inspection.b);
    memcpy(v->out->signer.b, v->header->sender.data, sizeof v->out->signer.b);
    v->inspection = evx_directory_inspection(v->directory, &v->out->inspection);
    if (!v->inspection) return EVX_E_WRONG_INSPECTION;
    v->key = evx_directory_key(v->directory, &v->out->signer);
    if (!v->key || v->key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    memcpy(k.b, v->key->public_key, sizeof k.b);
    return evx_verify(&k, EVX_DOMAIN_HEADER, v->header_bytes, v->signature) ? EVX_OK : EVX_E_SIGNATURE;
}

static bool revoked(const struct verifying *v, const struct evx_directory *d)
{
    return evx_directory_revoked(d, &v->key->fingerprint, v->inspection->origin, v->b->index) != NULL;
}

static enum evx_status check_sender(struct verifying *v)
{
    const struct evx_dir_org *org = evx_directory_org(v->directory, v->key->org);
    unsigned rights = evx_directory_rights(v->directory, &v->out->inspection, v->key->org);
    if (!org || !org->active || !(rights & EVX_RIGHT_SEND)) return EVX_E_NOT_ENTITLED;
    uint64_t at = v->out->received_ms;
    if (at > INT64_MAX || (int64_t)at < v->key->from_ms || (int64_t)at >= v->key->until_ms)
        return EVX_E_EXPIRED_KEY;
    if (revoked(v, v->directory)) return EVX_E_REVOKED;
    const struct evx_directory *later = v->trust->directory;
    if (later && later->version > v->directory->version && revoked(v, later)) return EVX_E_REVOKED;
    memcpy(v->out->sender, org->id, sizeof v->out->sender);
    return EVX_OK;
}

// --- where it stands ---

static enum evx_status check_policy(struct verifying *v)
{
    enum evx_status s = evx_policy_from_directory(&v->policy, v->directory, &v->out->inspection);
    if (s || !v->b->policy.n) return s;
    struct evx_buf text = {0};
    s = evx_policy_text(&text, v->policy);
    if (!s && !evx_bytes_equal(evx_buf_bytes(&text), v->b->policy)) s = EVX_E_POLICY;
    evx_buf_free(&text);
    return s;
}

static enum evx_status check_place(struct verifying *v)
{
    struct evx_receipt r = {0};
    struct evx_vkey log;
    struct evx_bundle_keys keys;
    enum evx_status s = evx_tlog_proof_parse(&r, v->b->proof);
    if (!s)
        s = evx_directory_log_vkey_for(&log, v->directory, &v->out->inspection, evx_buf_bytes(&r.checkpoint));
    if (!s) s = evx_tlog_proof_verify(&r, &log, v->b->entry, NULL);
    if (!s) s = check_policy(v);
    if (!s) s = evx_policy_grade(&v->out->grade, v->policy, evx_buf_bytes(&r.checkpoint));
    if (!s) {
        evx_bundle_cosigners(&keys, v->policy);
        s = only_lines_of(evx_buf_bytes(&r.checkpoint), &keys);
    }
    v->out->index = r.index;
    if (!s && (!v->out->grade.cosigned || !v->out->grade.reached)) v->out->gaps |= EVX_BUNDLE_GAP_WITNESSES;
    evx_receipt_free(&r);
    return s;
}

// --- which item, and what it says ---

static enum evx_status check_record(struct verifying *v, struct evx_record *record)
{
    struct evx_proof path;
    struct evx_digest leaf, root;
    enum evx_status s = evx_bundle_path_parse(&path, v->b->record_path);
    if (s) return s;
    if (!evx_record_read(record, v->b->record.p) || record->number != v->b->number) return EVX_E_BUNDLE_ITEM;
    memcpy(root.b, v->header->items_root.data, sizeof root.b);
    evx_tree_leaf(&leaf, EVX_DOMAIN_ITEMS, v->b->record);
    s = evx_tree_proof_verify(&path, EVX_DOMAIN_ITEMS, record->number, v->header->item_count, &leaf, &root);
    return s ? EVX_E_BUNDLE_ITEM : EVX_OK;
}

static enum evx_status open_content(struct verifying *v, const struct evx_record *record)
{
    struct evx_item_key ik;
    Evx__V1__Item *item = NULL;
    memcpy(ik.b, v->b->key.p, sizeof ik.b);
    enum evx_status s = evx_open_item(&v->out->content, record, v->b->ciphertext, v->header->nonce.data, &ik);
    evx_wipe(&ik, sizeof ik);
    if (!s) s = evx_item_unpack(&item, evx_buf_bytes(&v->out->content));
    evx_item_free(item);
    return s;
}

static enum evx_status check_item(struct verifying *v)
{
    struct evx_record record;
    enum evx_status s = check_record(v, &record);
    if (!s) s = open_content(v, &record);
    if (s) return s;
    evx_consignment_id(&v->out->consignment, v->header_bytes);
    v->out->item = record.item_id;
    v->out->number = record.number;
    v->out->items = v->header->item_count;
    v->out->sealed_ms = v->header->created_ms;
    return EVX_OK;
}

void evx_bundle_result_free(struct evx_bundle_result *r)
{
    if (r->content.p) evx_wipe(r->content.p, r->content.cap);
    evx_buf_free(&r->content);
    memset(r, 0, sizeof *r);
}

enum evx_status evx_bundle_verify(struct evx_bundle_result *out, const struct evx_bundle *b,
                                  const struct evx_bundle_trust *trust)
{
    memset(out, 0, sizeof *out);
    struct verifying v = {.b = b, .trust = trust, .out = out};
    enum evx_status s = check_directory(&v);
    if (!s) s = check_header(&v);
    if (!s) s = check_signature(&v);
    if (!s) s = check_sender(&v);
    if (!s) s = check_place(&v);
    if (!s) s = check_item(&v);
    evx_policy_destroy(&v.policy);
    evx_header_free(v.header);
    evx_directory_destroy(&v.directory);
    if (s) evx_bundle_result_free(out);
    return s;
}
