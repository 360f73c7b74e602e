// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/evx/verify/kinds.h"

void evx_key_witness(char out[EVX_WITNESS_TEXT], const struct evx_dir_key *key, uint64_t version)
{
    char hex[65];
    evx_hex(hex, key->fingerprint.b, sizeof key->fingerprint.b);
    snprintf(out, EVX_WITNESS_TEXT, "%s's signing key %.16s…, which directory version %llu lists", key->org,
             hex, (unsigned long long)version);
}

static void say_signed(const struct evx_entry *e, const struct evx_dir_key *key, uint64_t version,
                       struct evx_report *r)
{
    char by[EVX_WITNESS_TEXT], id[65];
    evx_key_witness(by, key, version);
    evx_hex(id, e->id.b, sizeof e->id.b);
    evx_report_hex(r, "consignment", e->id.b, sizeof e->id.b);
    evx_report_text(r, "sender", key->org);
    evx_report_number(r, "sequence", e->header->sequence);
    evx_report_proved(r, by, "consignment %s, number %llu of its stream with %u items, was signed by %s", id,
                      (unsigned long long)e->header->sequence, e->header->item_count, key->org);
}

// What it was sealed under: NULL if that version is not here. One of that number with
// another text is no other version but another directory.
static enum evx_status sealed_under(const struct evx_directory **out, const struct evx_entry *e,
                                    const struct evx_directory_history *h, struct evx_report *r)
{
    *out = evx_directory_history_version(h, e->header->directory_version);
    bool same = !*out || memcmp(evx_directory_hash(*out)->b, e->header->directory_hash.data, 32) == 0;
    return evx_report_failed(r, same ? EVX_OK : EVX_E_DIRECTORY_SPLIT,
                             "it was sealed under another directory with the number %llu than the one here",
                             (unsigned long long)e->header->directory_version);
}

static enum evx_status admit(const struct evx_entry *e, const struct evx_directory *d, uint64_t index,
                             struct evx_report *r)
{
    struct evx_consignment c = {.header = e->header, .id = e->id};
    struct evx_admission a = {.directory = d, .now_ms = (int64_t)e->received_ms, .log_index = index};
    enum evx_status s = e->received_ms > INT64_MAX ? EVX_E_MALFORMED : evx_consignment_admit(&c, &a);
    if (!s)
        evx_report_proved(r, "the directory it was sealed under",
                          "that sender was entitled to send it, and its recipients to receive it");
    return evx_report_failed(r, s, "the directory did not allow this consignment");
}

static enum evx_status check_revoked(const struct evx_directory *newest, const struct evx_dir_key *key,
                                     const struct evx_entry *e, uint64_t index, struct evx_report *r)
{
    char hex[33], origin[EVX_NOTE_NAME_BYTES + 64];
    evx_hex(hex, e->inspection.b, sizeof e->inspection.b);
    snprintf(origin, sizeof origin, "%s/%s", evx_directory_exchange(newest), hex);
    if (!evx_directory_revoked(newest, &key->fingerprint, origin, index)) return EVX_OK;
    return evx_report_failed(r, EVX_E_REVOKED, "the key was revoked from position %llu or earlier",
                             (unsigned long long)index);
}

enum evx_status evx_check_sender(const struct evx_dir_key **key, const struct evx_entry *e,
                                 const struct evx_directory_history *h, uint64_t index, struct evx_report *r)
{
    const struct evx_directory *newest = evx_directory_history_newest(h), *under;
    *key = NULL;
    enum evx_status s = sealed_under(&under, e, h, r);
    if (s) return s;
    const struct evx_directory *by = under ? under : newest;
    s = evx_entry_signed(key, e, by);
    s = evx_report_failed(r, s, "no key that the directory lists made this signature");
    if (s) return s;
    say_signed(e, *key, evx_directory_version(by), r);
    s = check_revoked(newest, *key, e, index, r);
    if (!s && under) s = admit(e, under, index, r);
    if (!s && !under)
        evx_report_unproved(
            r,
            "that the sender was entitled to send it: directory version %llu, which it was sealed "
            "under, is not here",
            (unsigned long long)e->header->directory_version);
    return s;
}
