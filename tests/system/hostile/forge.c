// SPDX-License-Identifier: Apache-2.0
#include "tests/system/hostile/forge.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

static bool load_directory(struct agency *a, const char *path)
{
    struct evx_buf note = {0};
    bool ok = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES) == EVX_OK &&
              evx_directory_load(&a->directory, evx_buf_bytes(&note), NULL, NULL, NULL) == EVX_OK;
    evx_buf_free(&note);
    return ok;
}

static const uint8_t *broker_key(const struct evx_directory *d)
{
    for (size_t i = 0; i < evx_directory_orgs(d); i++) {
        const struct evx_dir_org *org = evx_directory_org_at(d, i);
        if (org->role != EVX_ROLE_BROKER) continue;
        const struct evx_dir_key *k =
            evx_directory_key_of(d, org->id, EVX_KEY_TRN, (int64_t)evx_clock_wall_ms());
        if (k) return k->public_key;
    }
    return NULL;
}

static bool load_keys(struct agency *a, const char *folder)
{
    char *sig = evx_path_join(folder, "sig.key");
    char *trn = evx_path_join(folder, "trn.key");
    struct evx_box_secret *transport = NULL;
    struct evx_box_public transport_public;
    bool ok = sig && trn &&
              evx_keyfile_load_sign(&a->sign, &a->sign_public, sig, EVX_KEY_SIG, NULL) == EVX_OK &&
              evx_keyfile_load_box(&transport, &transport_public, trn, EVX_KEY_TRN, NULL) == EVX_OK;
    if (ok) {
        evx_box_secret_export(a->door.secret_key, transport);
        memcpy(a->door.public_key, transport_public.b, 32);
    }
    evx_box_secret_destroy(&transport);
    free(sig);
    free(trn);
    return ok;
}

void agency_new_stream(struct agency *a)
{
    a->head = (struct evx_chain_head){0};
    evx_random(a->stream.b, sizeof a->stream.b);
}

bool agency_open(struct agency *a, const char *endpoint, const char *directory, const char *keys,
                 const char *inspection)
{
    *a = (struct agency){.door.endpoint = endpoint};
    if (!load_directory(a, directory) || !load_keys(a, keys)) return false;
    if (!evx_unhex(a->inspection.b, 16, inspection)) return false;
    a->door.server_key = broker_key(a->directory);
    agency_new_stream(a);
    return a->door.server_key && evx_sealer_new(&a->sealer, a->sign, &a->sign_public) == EVX_OK;
}

void agency_close(struct agency *a)
{
    evx_sealer_destroy(&a->sealer);
    evx_sign_secret_destroy(&a->sign);
    evx_directory_destroy(&a->directory);
    evx_wipe(a->door.secret_key, sizeof a->door.secret_key);
}

static bool small_item(struct evx_buf *out)
{
    Evx__V1__NilReturn nil = EVX__V1__NIL_RETURN__INIT;
    nil.ground = EVX__V1__NIL_GROUND__NIL_HELD_NOTHING;
    nil.searched = "made-up register";
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    item.nil_return = &nil;
    return evx_item_pack(out, &item) == EVX_OK;
}

#define MOST_RECIPIENTS 8

static size_t recipients(const struct agency *a, const struct evx_dir_key **out, int64_t now)
{
    const struct evx_dir_org *org[MOST_RECIPIENTS];
    size_t found = 0;
    size_t n = evx_directory_members(a->directory, &a->inspection, EVX_RIGHT_RECEIVE, org, MOST_RECIPIENTS);
    for (size_t i = 0; i < n && i < MOST_RECIPIENTS; i++) {
        const struct evx_dir_key *k = evx_directory_key_of(a->directory, org[i]->id, EVX_KEY_ENC, now);
        if (k && org[i]->role == EVX_ROLE_INSPECTORATE) out[found++] = k;
    }
    return found;
}

bool agency_seal_at(struct agency *a, const struct evx_chain_link *link, struct evx_buf *out,
                    struct evx_digest *id)
{
    const struct evx_dir_key *to[MOST_RECIPIENTS];
    uint64_t now = evx_clock_wall_ms();
    struct evx_buf content = {0};
    struct evx_seal_context context = {
        .directory = a->directory,
        .inspection = a->inspection,
        .recipient = to,
        .recipients = recipients(a, to, (int64_t)now),
        .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
        .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
        .now_ms = now,
        .link = *link,
    };
    evx_buf_clear(out);
    bool ok = small_item(&content);
    struct evx_plain_item item = {.content = evx_buf_bytes(&content), .retention = 1};
    ok = ok && evx_seal(out, id, NULL, a->sealer, &context, &item, 1) == EVX_OK;
    evx_buf_free(&content);
    return ok;
}

bool agency_seal(struct agency *a, struct evx_buf *out, struct evx_digest *id)
{
    struct evx_chain_link link = {a->stream, a->head.sequence + 1, a->head.last};
    if (!agency_seal_at(a, &link, out, id)) return false;
    evx_chain_advance(&a->head, &link, id);
    return true;
}

bool submit(struct peer *p, const struct evx_digest *id, struct evx_bytes body)
{
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    struct evx_digest copy = *id;
    m.consignment = (ProtobufCBinaryData){sizeof copy.b, copy.b};
    m.bytes = body.n;
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    frame.submit = &m;
    return peer_send(p, &frame, body, 0);
}

static void read_rejection(struct answer *a, const Evx__V1__Rejection *m)
{
    Evx__V1__RejectionBody *body = NULL;
    if (evx_rejection_body_unpack(&body, evx_bytes(m->body.data, m->body.len))) return;
    a->code = body->code;
    a->expected = body->expected_sequence;
    evx_rejection_body_free(body);
}

struct answer take_answer(struct peer *p, int timeout_ms)
{
    struct answer a = {0};
    Evx__V1__Frame *frame = peer_receive(p, timeout_ms);
    a.any = frame != NULL;
    if (frame && frame->body_case == EVX__V1__FRAME__BODY_RECEIPT) {
        a.receipt = true;
        a.duplicate = frame->receipt->duplicate;
        a.index = frame->receipt->index;
    }
    if (frame && frame->body_case == EVX__V1__FRAME__BODY_REJECTION) read_rejection(&a, frame->rejection);
    evx_frame_free(frame);
    return a;
}
