// SPDX-License-Identifier: Apache-2.0
//
// Statements about the exchange, each disclosed as a bundle of its own.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/collector/export.h"
#include "agents/collector/export_file.h"
#include "crypto/bundle.h"

struct refs {
    struct evx_store_ref *at;
    size_t n, cap;
    uint64_t size; // of the exported log
};

static bool is_statement(uint32_t kind)
{
    return kind == EVX__V1__ITEM__BODY_COMPLETENESS || kind == EVX__V1__ITEM__BODY_CONFIRMATION ||
           kind == EVX__V1__ITEM__BODY_ERASURE;
}

static enum evx_status take_row(void *user, const struct evx_store_row *row)
{
    struct refs *r = user;
    if (row->code || !is_statement(row->kind) || row->ref.index >= r->size) return EVX_OK;
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 64;
        struct evx_store_ref *more = realloc(r->at, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        r->at = more;
        r->cap = cap;
    }
    r->at[r->n++] = row->ref;
    return EVX_OK;
}

static enum evx_status sealed_under(const struct evx_directory **out, const struct evx_export *x,
                                    const Evx__V1__Header *h)
{
    *out = evx_agent_directory_at(x->agent, h->directory_version);
    bool same = *out && memcmp(evx_directory_hash(*out)->b, h->directory_hash.data, 32) == 0;
    return same ? EVX_OK : EVX_E_DIRECTORY_UNKNOWN;
}

static enum evx_status write_bundle(struct evx_export *x, struct evx_opening *opening,
                                    struct evx_store_ref ref)
{
    char name[64];
    struct evx_item_key key;
    struct evx_buf entry = {0}, bundle = {0};
    struct evx_receipt receipt = {.index = ref.index, .checkpoint = x->note}; // borrowed
    struct evx_bundle_source source = {.receipt = &receipt, .number = ref.number, .key = &key};
    enum evx_status s =
        evx_inclusion_proof(&receipt.path, ref.index, x->checkpoint.size, evx_export_node, (void *)x->folder);
    if (!s) s = evx_store_consignment(x->store, ref.index, &entry, NULL);
    if (!s) s = evx_store_disclose(&key, &source.consignment, x->store, opening, ref);
    if (!s) s = sealed_under(&source.directory, x, source.consignment->header);
    source.entry = evx_buf_bytes(&entry);
    if (!s) s = evx_bundle_make(&bundle, &source);
    snprintf(name, sizeof name, "statements/%llu-%u.bundle", (unsigned long long)ref.index, ref.number);
    if (!s) s = evx_export_write(x->folder, name, evx_buf_bytes(&bundle));
    evx_wipe(&key, sizeof key);
    if (bundle.p) evx_wipe(bundle.p, bundle.cap);
    evx_buf_free(&bundle);
    evx_buf_free(&entry);
    return s;
}

// The one place where content is opened: recorded first.
static enum evx_status record(struct evx_opening **out, const struct evx_export *x, const struct refs *r)
{
    struct evx_audit_record record = {.verb = "disclosure",
                                      .person = x->person,
                                      .on_behalf_of = x->on_behalf_of,
                                      .purpose = x->purpose,
                                      .view = "export of statements"};
    return evx_audit_release(out, x->audit, &record, r->at, r->n);
}

enum evx_status evx_export_statements(struct evx_export *x)
{
    struct refs r = {.size = x->checkpoint.size};
    struct evx_opening *opening = NULL;
    enum evx_status s = evx_store_items(x->store, 0, take_row, &r);
    if (!s && r.n) s = record(&opening, x, &r);
    for (size_t i = 0; i < r.n && !s; i++) {
        s = write_bundle(x, opening, r.at[i]);
        if (!s) x->statements++;
    }
    evx_opening_close(&opening);
    free(r.at);
    return s;
}
