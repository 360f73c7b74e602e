// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/proof.h"

#include <string.h>

#include "crypto/consignment.h"

static enum evx_status read_header(struct evx_item_proof *out, struct evx_views *v, const Evx__V1__Header *h)
{
    if (h->sender.len != sizeof out->signer.b) return EVX_E_STORE_DAMAGED;
    memcpy(out->signer.b, h->sender.data, sizeof out->signer.b);
    evx_fingerprint_spoken(out->spoken, &out->signer);
    const struct evx_dir_key *key = evx_directory_key(v->options.directory, &out->signer);
    out->organisation = key ? key->org : "";
    out->sequence = h->sequence;
    out->sealed_ms = h->created_ms;
    return EVX_OK;
}

enum evx_status evx_item_proof(struct evx_item_proof *out, struct evx_views *v, size_t position)
{
    const struct evx_store_ref *ref = &v->facts.item[position].x.ref;
    *out = (struct evx_item_proof){.index = ref->index, .number = ref->number, .organisation = ""};
    struct evx_buf entry = {0}, body = {0};
    struct evx_bytes header_bytes = {0};
    const struct evx_signature *signature = NULL;
    Evx__V1__Header *h = NULL;
    enum evx_status s = evx_store_consignment(v->store, ref->index, &entry, &body);
    if (!s) s = evx_log_entry_parse(&out->received_ms, &header_bytes, &signature, evx_buf_bytes(&entry));
    if (!s) evx_consignment_id(&out->consignment, header_bytes);
    if (!s) s = evx_header_unpack(&h, header_bytes);
    if (!s) s = read_header(out, v, h);
    evx_header_free(h);
    evx_buf_free(&entry);
    evx_buf_free(&body);
    return s;
}
