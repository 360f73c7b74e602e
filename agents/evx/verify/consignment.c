// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/evx/verify/kinds.h"

// As an entry that was received when its sender says it was made: nobody else's
// word on the time is here.
static enum evx_status as_entry(struct evx_buf *out, struct evx_bytes whole)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    enum evx_status s = evx_consignment_peek(&header, &signature, whole);
    if (!s) s = evx_header_unpack(&h, header);
    if (!s) s = evx_log_entry(out, h->created_ms, header, signature);
    evx_header_free(h);
    return s;
}

static enum evx_status check_parts(const struct evx_directory_history *h, const struct evx_entry *e,
                                   struct evx_bytes whole, struct evx_report *r)
{
    const struct evx_dir_key *key;
    struct evx_consignment c = {0};
    if (!e->header) return EVX_E_MALFORMED;
    enum evx_status s = evx_check_sender(&key, e, h, 0, r);
    if (s) return s;
    s = evx_consignment_open(&c, whole, key);
    s = evx_report_failed(r, s, "its parts are not what was signed");
    if (!s)
        evx_report_proved(r, "the signed header",
                          "all %u items, their keys' wraps and their order are what was signed",
                          e->header->item_count);
    evx_consignment_close(&c);
    return s;
}

enum evx_status evx_check_consignment(struct evx_checker *c, struct evx_bytes whole, struct evx_report *r)
{
    struct evx_buf bytes = {0};
    struct evx_entry e = {0};
    struct evx_directory_history *h = NULL;
    r->what = "consignment";
    enum evx_status s = as_entry(&bytes, whole);
    if (!s) s = evx_entry_read(&e, evx_buf_bytes(&bytes));
    s = evx_report_failed(r, s, "it does not follow the protocol");
    if (!s) s = evx_trust_chain(&h, &c->trust, NULL, r);
    if (!s) s = check_parts(h, &e, whole, r);
    if (!s) evx_report_unproved(r, "that it was ever sent or logged; what its sealed content says");
    evx_directory_history_destroy(&h);
    evx_entry_close(&e);
    evx_buf_free(&bytes);
    return s;
}
