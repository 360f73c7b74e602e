// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/entry.h"

#include <string.h>

static enum evx_status read_adoption(struct evx_entry *e, struct evx_bytes bytes)
{
    enum evx_status s = evx_log_directory_parse(&e->directory, bytes);
    e->adoption = true;
    e->received_ms = e->directory.received_ms;
    return s;
}

static enum evx_status check_values(const Evx__V1__Header *h)
{
    if (h->version != 1) return EVX_E_VERSION;
    if (h->suite != 1) return EVX_E_SUITE;
    for (size_t i = 1; i < h->n_recipient; i++)
        if (memcmp(h->recipient[i - 1].data, h->recipient[i].data, 32) >= 0) return EVX_E_MALFORMED;
    return EVX_OK;
}

static enum evx_status read_consignment(struct evx_entry *e, struct evx_bytes bytes)
{
    enum evx_status s = evx_log_entry_parse(&e->received_ms, &e->header_bytes, &e->signature, bytes);
    if (!s) s = evx_header_unpack(&e->header, e->header_bytes);
    if (!s) s = check_values(e->header);
    if (s) return s;
    memcpy(e->inspection.b, e->header->inspection.data, sizeof e->inspection.b);
    memcpy(e->stream.b, e->header->stream.data, sizeof e->stream.b);
    evx_consignment_id(&e->id, e->header_bytes);
    return EVX_OK;
}

enum evx_status evx_entry_read(struct evx_entry *out, struct evx_bytes bytes)
{
    struct evx_entry e = {0};
    memset(out, 0, sizeof *out);
    enum evx_status s = EVX_E_MALFORMED;
    if (evx_log_entry_is_directory(bytes))
        s = read_adoption(&e, bytes);
    else if (bytes.n && bytes.p[0] == EVX_LOG_ENTRY_CONSIGNMENT)
        s = read_consignment(&e, bytes);
    if (s)
        evx_entry_close(&e);
    else
        *out = e;
    return s;
}

void evx_entry_close(struct evx_entry *e)
{
    evx_header_free(e->header);
    memset(e, 0, sizeof *e);
}

enum evx_status evx_entry_signed(const struct evx_dir_key **key, const struct evx_entry *e,
                                 const struct evx_directory *d)
{
    struct evx_fingerprint f;
    struct evx_sign_public k;
    *key = NULL;
    memcpy(f.b, e->header->sender.data, sizeof f.b); // 32 bytes: it was unpacked strictly
    const struct evx_dir_key *found = evx_directory_key(d, &f);
    if (!found || found->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    memcpy(k.b, found->public_key, sizeof k.b);
    if (!evx_verify(&k, "evx/header/v1\n", e->header_bytes, e->signature)) return EVX_E_SIGNATURE;
    *key = found;
    return EVX_OK;
}
