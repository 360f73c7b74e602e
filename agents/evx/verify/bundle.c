// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/evx/verify/kinds.h"
#include "proto/base/clock.h"

// The given directories as a chain, and of it the version to believe: the bundle's
// own if it is among them, else the newest.
static enum evx_status believed(const struct evx_directory **out, struct evx_directory_history **h,
                                const struct evx_checker *c, uint64_t version, struct evx_report *r)
{
    *out = NULL;
    *h = NULL;
    if (!c->trust.given.n) return EVX_OK;
    enum evx_status s = evx_trust_chain(h, &c->trust, NULL, r);
    if (s) return s;
    *out = evx_directory_history_version(*h, version);
    if (!*out) *out = evx_directory_history_newest(*h);
    return EVX_OK;
}

static void say_directory(const struct evx_bundle_result *b, const struct evx_checker *c,
                          struct evx_report *r)
{
    char hex[65], spoken[EVX_SPOKEN_TEXT];
    unsigned long long version = b->directory_version;
    evx_hex(hex, b->directory_hash.b, 32);
    evx_trust_spoken(spoken, &b->directory_hash);
    evx_report_number(r, "directory-version", b->directory_version);
    evx_report_text(r, "directory", hex);
    if (b->gaps & EVX_BUNDLE_GAP_ROOTS)
        evx_report_assumed(
            r, "the bundle itself; nothing you gave vouches for it",
            "directory version %llu in the bundle is the true one. Ask its keepers to read out the SHA-256 "
            "of its text, and compare: %s; in digits: %s",
            version, hex, spoken);
    else
        evx_report_proved(r,
                          c->trust.pinned  ? "your --pin"
                          : c->trust.roots ? "the keys in your --roots file"
                                           : "the directory that you gave",
                          "directory version %llu in the bundle is one that you trust", version);
}

static void say_item(const struct evx_bundle_result *b, struct evx_report *r)
{
    char by[EVX_WITNESS_TEXT], signer[65], item[33], id[65], received[EVX_TIME_TEXT];
    evx_hex(signer, b->signer.b, 32);
    evx_hex(item, b->item.b, 16);
    evx_hex(id, b->consignment.b, 32);
    evx_time_text(received, (int64_t)b->received_ms);
    snprintf(by, sizeof by, "%s's signing key %.16s…, which directory version %llu lists", b->sender, signer,
             (unsigned long long)b->directory_version);
    evx_report_text(r, "sender", b->sender);
    evx_report_text(r, "consignment", id);
    evx_report_text(r, "item", item);
    evx_report_number(r, "number", b->number);
    evx_report_number(r, "items", b->items);
    evx_report_text(r, "received", received);
    evx_report_proved(
        r, by,
        "item %s is number %u of the %u items in consignment %s, signed by %s, who was entitled to "
        "send it",
        item, b->number + 1, b->items, id, b->sender);
    evx_report_proved(r, "the sender, who committed to this very key",
                      "the ciphertext opens to exactly one content, of %zu bytes", b->content.n);
    evx_report_unproved(r, "that it was received at %s: this is what the broker says", received);
}

static void say_place(const struct evx_bundle_result *b, struct evx_report *r)
{
    char grade[EVX_GRADE_TEXT];
    evx_grade_text(grade, &b->grade);
    evx_report_text(r, "origin", b->grade.checkpoint.origin);
    evx_report_number(r, "index", b->index);
    evx_report_number(r, "size", b->grade.checkpoint.size);
    evx_report_text(r, "grade", evx_grade_word(b->grade.level));
    evx_report_proved(r, "the log's key, which that directory lists",
                      "it stood at position %llu of the log %s of size %llu", (unsigned long long)b->index,
                      b->grade.checkpoint.origin, (unsigned long long)b->grade.checkpoint.size);
    if (b->grade.cosigned)
        evx_report_proved(r, "the witnesses' keys, which that directory lists", "the checkpoint is %s",
                          grade);
    if (b->gaps & EVX_BUNDLE_GAP_WITNESSES)
        evx_report_unproved(r, "that enough others were shown the same log: %s", grade);
    if (b->gaps & EVX_BUNDLE_GAP_REVOCATIONS)
        evx_report_unproved(
            r, "that the sender's key was not revoked later: no directory after version %llu was given",
            (unsigned long long)b->directory_version);
}

// A policy that was given has its own word on the checkpoint.
static enum evx_status check_policy(struct evx_checker *c, const struct evx_bundle *b, struct evx_report *r)
{
    struct evx_receipt receipt = {0};
    struct evx_grade g;
    if (!c->trust.policy) return EVX_OK;
    enum evx_status s = evx_tlog_proof_parse(&receipt, b->proof);
    if (!s)
        s = evx_signer_check(&g, &c->trust, NULL, evx_buf_bytes(&receipt.checkpoint), EVX_QUORUM_DEMAND, r);
    evx_receipt_free(&receipt);
    return s;
}

enum evx_status evx_open_bundle_under(struct evx_bundle_result *out, const struct evx_directory_history *h,
                                      const struct evx_bundle *b)
{
    struct evx_directory *own = NULL;
    memset(out, 0, sizeof *out);
    enum evx_status s = evx_directory_load(&own, b->directory, NULL, NULL, NULL);
    if (s) return s;
    const struct evx_directory *trusted = evx_directory_history_version(h, evx_directory_version(own));
    struct evx_bundle_trust trust = {.directory = trusted ? trusted : evx_directory_history_newest(h)};
    evx_directory_destroy(&own);
    return evx_bundle_verify(out, b, &trust);
}

static enum evx_status open_bundle(struct evx_bundle_result *out, struct evx_checker *c,
                                   const struct evx_bundle *b, struct evx_report *r)
{
    struct evx_directory_history *h = NULL;
    const struct evx_directory *trusted = NULL;
    struct evx_directory *own = NULL;
    memset(out, 0, sizeof *out);
    enum evx_status s = evx_directory_load(&own, b->directory, NULL, NULL, NULL);
    s = evx_report_failed(r, s, "the directory in the bundle cannot be used");
    if (!s) s = believed(&trusted, &h, c, evx_directory_version(own), r);
    struct evx_bundle_trust trust = {.pin = c->trust.pinned && !trusted ? &c->trust.pin : NULL,
                                     .root = c->trust.root,
                                     .roots = trusted ? 0 : c->trust.roots,
                                     .threshold = c->trust.threshold,
                                     .directory = trusted};
    if (!s) s = evx_report_failed(r, evx_bundle_verify(out, b, &trust), "the bundle does not hold together");
    evx_directory_destroy(&own);
    evx_directory_history_destroy(&h);
    return s;
}

enum evx_status evx_check_bundle(struct evx_checker *c, struct evx_bytes file, struct evx_report *r)
{
    struct evx_bundle b;
    struct evx_bundle_result result = {0};
    struct evx_digest leaf;
    r->what = "bundle";
    enum evx_status s =
        evx_report_failed(r, evx_bundle_parse(&b, file), "it is not a bundle as evx disclose writes it");
    if (!s) s = open_bundle(&result, c, &b, r);
    if (s) return s;
    say_directory(&result, c, r);
    say_item(&result, r);
    say_place(&result, r);
    evx_log_leaf(&leaf, b.entry);
    s = check_policy(c, &b, r);
    if (!s) s = evx_say_content(evx_buf_bytes(&result.content), result.sender, r);
    if (!s) s = evx_sightings_checkpoint(&c->seen, &result.grade.checkpoint, r->path);
    if (!s) s = evx_sightings_entry(&c->seen, result.grade.checkpoint.origin, result.index, &leaf, r->path);
    if (!s) evx_report_unproved(r, "that what it says is true; anything about the other items");
    evx_bundle_result_free(&result);
    return s;
}
