// SPDX-License-Identifier: Apache-2.0
//
// What the items say that speak about the exchange itself.
#include <stdio.h>

#include "agents/evx/verify/kinds.h"
#include "proto/base/clock.h"

static void say_statement(const Evx__V1__CompletenessStatement *m, const char *sender, struct evx_report *r)
{
    char stream[33];
    evx_hex(stream, m->stream.data, 16);
    evx_report_proved(r, sender, "%s stated: in stream %s I sent numbers %llu to %llu, %llu items in all%s",
                      sender, stream, (unsigned long long)m->first, (unsigned long long)m->last,
                      (unsigned long long)m->items, m->final ? ", and nothing more will follow" : "");
    evx_report_unproved(r, "that the log agrees with this statement: verify the whole inspection for that");
}

static void say_confirmation(const Evx__V1__CompletenessConfirmation *m, const char *sender,
                             struct evx_report *r)
{
    char stream[33];
    evx_hex(stream, m->stream.data, 16);
    const char *code = evx_error_info((enum evx_status)m->code)->code;
    evx_report_proved(
        r, sender,
        "%s stated: of stream %s I found numbers %llu to %llu, %llu items, %llu of them not accepted, in the "
        "log of %llu entries; result %s",
        sender, stream, (unsigned long long)m->first, (unsigned long long)m->last,
        (unsigned long long)m->items, (unsigned long long)m->rejected, (unsigned long long)m->log_size,
        m->code ? code : "as the sender had stated");
}

static void say_erasure(const Evx__V1__ErasureCertificate *m, const char *sender, struct evx_report *r)
{
    static const char *const ground[] = {"an unnamed ground", "the retention period",
                                         "a withdrawal",      "a data subject's right",
                                         "an order",          "a mistake in sending"};
    evx_report_proved(r, sender, "%s stated: the keys of %zu items were destroyed, for %s%s", sender,
                      m->n_item, ground[(unsigned)m->ground < 6 ? m->ground : 0],
                      m->generation ? "; no older copy of the store opens them" : "");
    for (size_t i = 0; i < m->n_item && i < 16; i++) {
        char id[33];
        evx_hex(id, m->item[i].data, 16);
        evx_report_text(r, "erased", id);
    }
    if (!m->generation)
        evx_report_unproved(r, "that no backup still opens them: the store key was not changed yet");
}

static void say_access(const Evx__V1__AccessDigest *m, const char *sender, struct evx_report *r)
{
    char head[65];
    evx_hex(head, m->head.data, 32);
    evx_report_proved(r, sender, "%s stated: my record of reads had %llu records, the newest with hash %s",
                      sender, (unsigned long long)m->records, head);
}

enum evx_status evx_say_content(struct evx_bytes packed, const char *sender, struct evx_report *r)
{
    static const char *const kind[] = {"nothing",    "evidence",     "correction", "withdrawal",
                                       "attachment", "request",      "nil-return", "acknowledgement",
                                       "heartbeat",  "completeness", "judgement",  "confirmation",
                                       "erasure",    "uses",         "access"};
    Evx__V1__Item *item;
    enum evx_status s = evx_report_failed(r, evx_item_unpack(&item, packed), "the content is not an item");
    if (s) return s;
    unsigned n = (unsigned)item->body_case;
    evx_report_text(r, "content", n < sizeof kind / sizeof kind[0] ? kind[n] : "other");
    switch (item->body_case) {
    case EVX__V1__ITEM__BODY_COMPLETENESS: say_statement(item->completeness, sender, r); break;
    case EVX__V1__ITEM__BODY_CONFIRMATION: say_confirmation(item->confirmation, sender, r); break;
    case EVX__V1__ITEM__BODY_ERASURE: say_erasure(item->erasure, sender, r); break;
    case EVX__V1__ITEM__BODY_ACCESS: say_access(item->access, sender, r); break;
    default: break;
    }
    evx_item_free(item);
    return EVX_OK;
}
