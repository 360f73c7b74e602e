// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/collector/rig.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum evx_status find(void *user, const struct evx_item_id *id, struct evx_store_row *out)
{
    return evx_store_find(user, id, out);
}

static enum evx_status sent(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                            struct evx_store_sent *out)
{
    return evx_store_sent(user, stream, sequence, out);
}

static enum evx_status load_stream(void *user, const struct evx_store_stream *stream)
{
    return evx_intake_stream(user, stream);
}

static struct evx_box_public own_public(const struct rig *r)
{
    struct evx_box_public p;
    memcpy(p.b, evx_fixture_key(r->fixture, RIG_OWN, EVX_KEY_ENC)->public_key, sizeof p.b);
    return p;
}

static void open_all(struct rig *r)
{
    struct evx_box_public own = own_public(r);
    const struct evx_box_secret *secret = evx_fixture_box(r->fixture, RIG_OWN, EVX_KEY_ENC);
    cr_assert_eq(evx_store_open(&r->store, r->folder, secret, &own, false), EVX_OK);
    enum evx_status s = evx_store_cursor(r->store, &r->frontier, NULL);
    cr_assert(s == EVX_OK || s == EVX_E_NOT_FOUND);
    struct evx_intake_world world = {.organisation = RIG_OWN,
                                     .inspection = evx_fixture_inspection(),
                                     .opener = r->opener,
                                     .master = evx_store_master(r->store),
                                     .find = find,
                                     .sent = sent,
                                     .user = r->store};
    cr_assert_eq(evx_intake_new(&r->intake, &world, r->frontier.size), EVX_OK);
    cr_assert_eq(evx_store_streams(r->store, load_stream, r->intake), EVX_OK);
}

void rig_new(struct rig *r)
{
    memset(r, 0, sizeof *r);
    r->fixture = evx_fixture_new();
    cr_assert_not_null(r->fixture);
    cr_assert_eq(evx_fixture_opener(&r->opener, r->fixture, RIG_OWN), EVX_OK);
    snprintf(r->folder, sizeof r->folder, "/tmp/evx-collector-test-XXXXXX");
    cr_assert_not_null(mkdtemp(r->folder));
    open_all(r);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

void rig_free(struct rig *r)
{
    evx_intake_destroy(&r->intake);
    evx_store_close(&r->store);
    evx_opener_destroy(&r->opener);
    evx_fixture_free(r->fixture);
    nftw(r->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void rig_reopen(struct rig *r)
{
    evx_intake_destroy(&r->intake);
    evx_store_close(&r->store);
    open_all(r);
}

struct evx_store *rig_reader(const struct rig *r, bool with_key)
{
    struct evx_box_public own = own_public(r);
    const struct evx_box_secret *secret = with_key ? evx_fixture_box(r->fixture, RIG_OWN, EVX_KEY_ENC) : NULL;
    struct evx_store *s = NULL;
    cr_assert_eq(evx_store_open(&s, r->folder, secret, &own, true), EVX_OK);
    return s;
}

// --- sealing ---

static struct evx_sealer *sealer_of(const struct rig *r, const char *sender)
{
    struct evx_sign_public public_key;
    memcpy(public_key.b, evx_fixture_key(r->fixture, sender, EVX_KEY_SIG)->public_key, sizeof public_key.b);
    struct evx_sealer *sealer = NULL;
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(r->fixture, sender, EVX_KEY_SIG), &public_key),
                 EVX_OK);
    return sealer;
}

static void seal_into(struct rig_sealed *out, const struct rig *r, const struct rig_parcel *p)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(r->fixture, p->to ? p->to : RIG_OWN, EVX_KEY_ENC),
                                      evx_fixture_key(r->fixture, "inspectorate-health", EVX_KEY_ENC),
                                      evx_fixture_key(r->fixture, "inspectorate-policing", EVX_KEY_ENC)};
    struct evx_seal_context context = {.directory = evx_fixture_directory(r->fixture),
                                       .inspection =
                                           p->inspection ? *p->inspection : evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = p->to ? 1 : 3,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .flags = p->flags,
                                       .now_ms = EVX_FIXTURE_NOW_MS,
                                       .link = p->link};
    struct evx_plain_item *item = calloc(p->items, sizeof *item);
    for (size_t i = 0; i < p->items; i++) {
        item[i].content = p->content[i];
        item[i].retention = 7;
        if (p->ids) item[i].id = p->ids[i];
    }
    struct evx_sealer *sealer = sealer_of(r, p->sender);
    cr_assert_eq(evx_seal(&out->body, &out->id, out->item_id, sealer, &context, item, p->items), EVX_OK);
    evx_sealer_destroy(&sealer);
    free(item);
}

void rig_seal(struct rig_sealed *out, const struct rig *r, const struct rig_parcel *p)
{
    memset(out, 0, sizeof *out);
    out->sender = p->sender;
    out->key = evx_fixture_key(r->fixture, p->sender, EVX_KEY_SIG);
    seal_into(out, r, p);
    cr_assert_eq(evx_consignment_open(&out->consignment, evx_buf_bytes(&out->body), out->key), EVX_OK);
    cr_assert_eq(evx_log_entry(&out->log_entry, EVX_FIXTURE_NOW_MS, out->consignment.header_bytes,
                               out->consignment.signature),
                 EVX_OK);
}

void rig_sealed_free(struct rig_sealed *s)
{
    evx_consignment_close(&s->consignment);
    evx_buf_free(&s->body);
    evx_buf_free(&s->log_entry);
}

void rig_evidence(struct rig_sealed *out, const struct rig *r, const char *sender,
                  const struct evx_chain_link *link, size_t n)
{
    struct evx_buf *buf = calloc(n, sizeof *buf);
    struct evx_bytes *content = calloc(n, sizeof *content);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(evx_fixture_evidence(&buf[i], (unsigned)i, 600), EVX_OK);
        content[i] = evx_buf_bytes(&buf[i]);
    }
    rig_seal(out, r, &(struct rig_parcel){.sender = sender, .link = *link, .content = content, .items = n});
    for (size_t i = 0; i < n; i++)
        evx_buf_free(&buf[i]);
    free(buf);
    free(content);
}

struct evx_chain_link rig_first(uint8_t stream)
{
    struct evx_chain_link link = {.sequence = 1};
    memset(link.stream.b, stream, sizeof link.stream.b);
    return link;
}

struct evx_chain_link rig_after(const struct evx_chain_link *link, const struct evx_digest *id)
{
    return (struct evx_chain_link){.stream = link->stream, .sequence = link->sequence + 1, .previous = *id};
}

// --- feeding ---

struct evx_fetched rig_fetched(const struct rig *r, const struct rig_sealed *s)
{
    return (struct evx_fetched){.index = evx_intake_next(r->intake),
                                .received_ms = EVX_FIXTURE_NOW_MS,
                                .log_entry = evx_buf_bytes(&s->log_entry),
                                .body = evx_buf_bytes(&s->body),
                                .sender = s->sender,
                                .key = s->key,
                                .consignment = &s->consignment};
}

struct evx_intake_result rig_take(struct rig *r, const struct evx_fetched *f)
{
    struct evx_intake_result result;
    cr_assert_eq(evx_intake_take(r->intake, evx_fixture_directory(r->fixture), f, &result), EVX_OK);
    return result;
}

void rig_put(struct rig *r, const struct evx_fetched *f, const struct evx_intake_result *result)
{
    cr_assert_eq(evx_store_put(r->store, &result->consignment, result->item, result->items), EVX_OK);
    if (result->stream_changed) cr_assert_eq(evx_store_put_stream(r->store, &result->stream), EVX_OK);
    for (size_t i = 0; i < result->notes; i++)
        cr_assert_eq(evx_store_put_note(r->store, &result->note[i]), EVX_OK);
    for (size_t i = 0; i < result->parts; i++)
        cr_assert_eq(evx_store_put_part(r->store, &result->part[i]), EVX_OK);
    struct evx_digest leaf;
    evx_log_leaf(&leaf, f->log_entry);
    evx_frontier_append(&r->frontier, &leaf, NULL, NULL);
    cr_assert_eq(evx_store_set_cursor(r->store, &r->frontier, evx_bytes_of_text("a note\n")), EVX_OK);
}

struct evx_intake_result rig_store(struct rig *r, const struct evx_fetched *f)
{
    struct evx_intake_result result = rig_take(r, f);
    cr_assert_not(result.known);
    cr_assert_eq(evx_store_begin(r->store), EVX_OK);
    rig_put(r, f, &result);
    cr_assert_eq(evx_store_commit(r->store), EVX_OK);
    return result;
}

// --- items ---

void rig_add_raw(struct rig_items *items, const void *p, size_t n)
{
    struct evx_buf *buf = &items->buf[items->n];
    cr_assert_eq(evx_buf_append(buf, p, n), EVX_OK);
    items->content[items->n++] = evx_buf_bytes(buf);
}

void rig_add(struct rig_items *items, const Evx__V1__Item *item)
{
    struct evx_buf *buf = &items->buf[items->n];
    cr_assert_eq(evx_item_pack(buf, item), EVX_OK);
    items->content[items->n++] = evx_buf_bytes(buf);
}

void rig_add_evidence(struct rig_items *items, const struct evx_inspection_id *inspection,
                      const struct evx_item_id *supersedes)
{
    struct evx_buf packed = {0};
    Evx__V1__Item *item = NULL;
    cr_assert_eq(evx_fixture_evidence(&packed, (unsigned)items->n, 500), EVX_OK);
    cr_assert_eq(evx_item_unpack(&item, evx_buf_bytes(&packed)), EVX_OK);
    ProtobufCBinaryData own_inspection = item->evidence->inspection,
                        own_supersedes = item->evidence->supersedes;
    if (inspection) item->evidence->inspection = (ProtobufCBinaryData){16, (uint8_t *)inspection->b};
    if (supersedes) item->evidence->supersedes = (ProtobufCBinaryData){16, (uint8_t *)supersedes->b};
    rig_add(items, item);
    item->evidence->inspection = own_inspection;
    item->evidence->supersedes = own_supersedes;
    evx_item_free(item);
    evx_buf_free(&packed);
}

void rig_add_withdrawal(struct rig_items *items, const struct evx_item_id *target)
{
    Evx__V1__Withdrawal w = EVX__V1__WITHDRAWAL__INIT;
    w.target = (ProtobufCBinaryData){16, (uint8_t *)target->b};
    w.reason = "entered twice";
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_WITHDRAWAL;
    item.withdrawal = &w;
    rig_add(items, &item);
}

void rig_add_heartbeat(struct rig_items *items, const struct evx_chain_link *about,
                       const struct evx_digest *last)
{
    Evx__V1__Heartbeat h = EVX__V1__HEARTBEAT__INIT;
    h.stream = (ProtobufCBinaryData){16, (uint8_t *)about->stream.b};
    h.sequence = about->sequence;
    h.last = (ProtobufCBinaryData){32, (uint8_t *)last->b};
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_HEARTBEAT;
    item.heartbeat = &h;
    rig_add(items, &item);
}

void rig_items_free(struct rig_items *items)
{
    for (size_t i = 0; i < items->n; i++)
        evx_buf_free(&items->buf[i]);
    items->n = 0;
}

struct evx_opening *rig_release(struct evx_audit **a, const struct rig *r, struct evx_store *s,
                                const struct evx_store_ref *ref, size_t n)
{
    struct evx_opening *opening = NULL;
    struct evx_audit_record record = {.verb = "consultation",
                                      .person = "A. Tester",
                                      .on_behalf_of = RIG_OWN,
                                      .purpose = "inspection",
                                      .view = "test"};
    cr_assert_eq(evx_audit_open(a, r->folder, evx_store_master(s)), EVX_OK);
    cr_assert_eq(evx_audit_release(&opening, *a, &record, ref, n), EVX_OK);
    return opening;
}

enum evx_status rig_open_item(const struct rig *r, struct evx_store *s, struct evx_store_ref ref,
                              Evx__V1__Item **out)
{
    struct evx_audit *a = NULL;
    struct evx_opening *opening = rig_release(&a, r, s, &ref, 1);
    enum evx_status status = evx_store_open_item(s, opening, ref, out);
    evx_opening_close(&opening);
    evx_audit_close(&a);
    return status;
}

enum evx_status rig_attachment(const struct rig *r, const char *sender, const struct evx_digest *file,
                               size_t limit, struct evx_buf *out)
{
    struct evx_buf parts = {0};
    struct evx_audit *a = NULL;
    cr_assert_eq(evx_store_attachment_parts(r->store, sender, file, &parts), EVX_OK);
    struct evx_opening *opening =
        rig_release(&a, r, r->store, (const struct evx_store_ref *)(const void *)parts.p,
                    parts.n / sizeof(struct evx_store_ref));
    enum evx_status status = evx_store_attachment(r->store, opening, sender, file, limit, out);
    evx_opening_close(&opening);
    evx_audit_close(&a);
    evx_buf_free(&parts);
    return status;
}
