// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "crypto/bundle_inside.h"
#include "crypto/directory_inside.h"
#include "crypto/layout.h"
#include "crypto/note_inside.h"
#include "crypto/text_inside.h"

void evx_bundle_roots(struct evx_bundle_keys *out, const struct evx_directory *d)
{
    out->n = d->roots < EVX_BUNDLE_KEYS ? d->roots : EVX_BUNDLE_KEYS;
    memcpy(out->key, d->root, out->n * sizeof *out->key);
}

void evx_bundle_cosigners(struct evx_bundle_keys *out, const struct evx_policy *p)
{
    out->n = 0;
    for (size_t i = 0; i < evx_policy_logs(p) && out->n < EVX_BUNDLE_KEYS; i++)
        out->key[out->n++] = *evx_policy_log_at(p, i);
    for (size_t i = 0; i < evx_policy_witnesses(p) && out->n < EVX_BUNDLE_KEYS; i++)
        out->key[out->n++] = evx_policy_witness_at(p, i)->key;
}

static bool line_of(const struct evx_note_signature *sig, const struct evx_vkey *k)
{
    return memcmp(sig->keyid, k->keyid, sizeof k->keyid) == 0 && evx_text_is(sig->name, k->name);
}

static enum evx_status append_line(struct evx_buf *out, const struct evx_note_signature *sig)
{
    uint8_t blob[sizeof sig->keyid + sizeof sig->blob];
    char base64[(sizeof blob + 2) / 3 * 4 + 1];
    memcpy(blob, sig->keyid, sizeof sig->keyid);
    memcpy(blob + sizeof sig->keyid, sig->blob, sig->blob_n);
    evx_base64(base64, blob, sizeof sig->keyid + sig->blob_n);
    return evx_buf_printf(out, "\xe2\x80\x94 %.*s %s\n", (int)sig->name.n, (const char *)sig->name.p, base64);
}

static enum evx_status append_first(struct evx_buf *out, const struct evx_note *note,
                                    const struct evx_vkey *k)
{
    for (size_t i = 0; i < note->signatures; i++)
        if (line_of(&note->signature[i], k)) return append_line(out, &note->signature[i]);
    return EVX_OK;
}

enum evx_status evx_bundle_note(struct evx_buf *out, struct evx_bytes note,
                                const struct evx_bundle_keys *keys)
{
    struct evx_note parsed;
    enum evx_status s = evx_note_parse(&parsed, note);
    if (s) return s;
    size_t before = out->n;
    s = evx_buf_append(out, parsed.text.p, parsed.text.n);
    if (!s) s = evx_buf_append_text(out, "\n");
    size_t empty = out->n;
    for (size_t i = 0; !s && i < keys->n; i++)
        if (evx_note_verdict(&parsed, &keys->key[i], NULL) == EVX_NOTE_GOOD)
            s = append_first(out, &parsed, &keys->key[i]);
    if (!s && out->n == empty) s = EVX_E_NOTE_FORMAT;
    if (s) out->n = before;
    return s;
}

enum evx_status evx_bundle_path_text(struct evx_buf *out, const struct evx_proof *path)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < path->n; i++) {
        char hash[45];
        evx_base64(hash, path->hash[i].b, sizeof path->hash[i].b);
        s = evx_buf_printf(out, "%s\n", hash);
    }
    return s;
}

enum evx_status evx_bundle_path_parse(struct evx_proof *out, struct evx_bytes text)
{
    struct evx_bytes line;
    out->n = 0;
    while (text.n) {
        if (out->n == EVX_LIMIT_PROOF_HASHES || !evx_text_line(&line, &text)) return EVX_E_BUNDLE_FORMAT;
        if (!evx_text_digest(out->hash[out->n].b, line)) return EVX_E_BUNDLE_FORMAT;
        out->n++;
    }
    return EVX_OK;
}

// --- the members, from what a collector holds ---

struct making {
    struct evx_buf proof, path, directory, policy;
};

static enum evx_status make_policy(struct making *m, const struct evx_policy *p)
{
    enum evx_status s = evx_policy_text(&m->policy, p);
    // A quorum that the format cannot say: the directory inside still says it.
    if (s == EVX_E_POLICY) {
        evx_buf_clear(&m->policy);
        s = EVX_OK;
    }
    return s;
}

static enum evx_status make_proof(struct making *m, const struct evx_bundle_source *source,
                                  const struct evx_policy *p)
{
    struct evx_bundle_keys keys;
    struct evx_receipt kept = {.index = source->receipt->index, .path = source->receipt->path};
    evx_bundle_cosigners(&keys, p);
    enum evx_status s = evx_bundle_note(&kept.checkpoint, evx_buf_bytes(&source->receipt->checkpoint), &keys);
    if (!s) s = evx_tlog_proof_text(&m->proof, &kept);
    evx_buf_free(&kept.checkpoint);
    return s;
}

static enum evx_status make_notes(struct making *m, const struct evx_bundle_source *source)
{
    struct evx_inspection_id inspection;
    struct evx_policy *policy = NULL;
    struct evx_bundle_keys roots;
    memcpy(inspection.b, source->consignment->header->inspection.data, sizeof inspection.b);
    evx_bundle_roots(&roots, source->directory);
    enum evx_status s = evx_policy_from_directory(&policy, source->directory, &inspection);
    if (!s) s = make_policy(m, policy);
    if (!s) s = make_proof(m, source, policy);
    if (!s) s = evx_bundle_note(&m->directory, evx_directory_note(source->directory), &roots);
    evx_policy_destroy(&policy);
    return s;
}

static enum evx_status make_path(struct making *m, const struct evx_bundle_source *source)
{
    const struct evx_consignment *c = source->consignment;
    size_t n = c->records.n / EVX_RECORD_BYTES;
    struct evx_digest *leaf = source->number < n ? calloc(n, sizeof *leaf) : NULL;
    struct evx_proof path;
    if (source->number >= n) return EVX_E_STRUCTURE;
    if (!leaf) return EVX_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        evx_tree_leaf(&leaf[i], EVX_DOMAIN_ITEMS,
                      evx_bytes(c->records.p + i * EVX_RECORD_BYTES, EVX_RECORD_BYTES));
    enum evx_status s = evx_tree_proof(&path, EVX_DOMAIN_ITEMS, leaf, n, source->number);
    if (!s) s = evx_bundle_path_text(&m->path, &path);
    free(leaf);
    return s;
}

enum evx_status evx_bundle_make(struct evx_buf *out, const struct evx_bundle_source *source)
{
    struct making m = {0};
    struct evx_record record;
    struct evx_bytes ciphertext = {0};
    enum evx_status s = make_path(&m, source);
    if (!s) s = make_notes(&m, source);
    if (!s) {
        evx_consignment_record(&record, &ciphertext, source->consignment, source->number);
        struct evx_bundle b = {
            .number = source->number,
            .index = source->receipt->index,
            .entry = source->entry,
            .proof = evx_buf_bytes(&m.proof),
            .record = evx_bytes(source->consignment->records.p + (size_t)source->number * EVX_RECORD_BYTES,
                                EVX_RECORD_BYTES),
            .record_path = evx_buf_bytes(&m.path),
            .ciphertext = ciphertext,
            .key = evx_bytes(source->key->b, sizeof source->key->b),
            .directory = evx_buf_bytes(&m.directory),
            .policy = evx_buf_bytes(&m.policy)};
        s = evx_bundle_write(out, &b);
    }
    evx_buf_free(&m.proof);
    evx_buf_free(&m.path);
    evx_buf_free(&m.directory);
    evx_buf_free(&m.policy);
    return s;
}
