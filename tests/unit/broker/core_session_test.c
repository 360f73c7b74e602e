// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "broker/enrolment.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"
#define CARE   "inspectorate-care"

// One message of every kind that an agent may send, filled so that it unpacks.
struct frames {
    Evx__V1__Hello hello;
    Evx__V1__Welcome welcome;
    Evx__V1__Submit submit;
    Evx__V1__Receipt receipt;
    Evx__V1__Rejection rejection;
    Evx__V1__Fetch fetch;
    Evx__V1__Entry entry;
    Evx__V1__FetchEnd fetch_end;
    Evx__V1__Ping ping;
    Evx__V1__Pong pong;
    Evx__V1__GetReceipt get_receipt;
    Evx__V1__GetDirectory get_directory;
    Evx__V1__DirectoryNote directory;
    Evx__V1__GetCheckpoint get_checkpoint;
    Evx__V1__Checkpoint checkpoint;
    Evx__V1__GetConsistency get_consistency;
    Evx__V1__Consistency consistency;
    Evx__V1__GetStream get_stream;
    Evx__V1__StreamHead stream_head;
    Evx__V1__Cosign cosign;
    Evx__V1__More more;
    uint8_t bytes[64];
};

static void fill(struct frames *f)
{
    memset(f, 0, sizeof *f);
    struct evx_inspection_id id = evx_fixture_inspection();
    memcpy(f->bytes, id.b, 16);
    ProtobufCBinaryData b16 = {16, f->bytes}, b32 = {32, f->bytes}, b64 = {64, f->bytes};
    f->hello = (Evx__V1__Hello)EVX__V1__HELLO__INIT;
    f->hello.version = 1;
    f->welcome = (Evx__V1__Welcome)EVX__V1__WELCOME__INIT;
    f->submit = (Evx__V1__Submit)EVX__V1__SUBMIT__INIT;
    f->submit.consignment = b32;
    f->receipt = (Evx__V1__Receipt)EVX__V1__RECEIPT__INIT;
    f->receipt.consignment = b32, f->receipt.inspection = b16, f->receipt.checkpoint = b32;
    f->rejection = (Evx__V1__Rejection)EVX__V1__REJECTION__INIT;
    f->rejection.body = b32, f->rejection.signer = b32, f->rejection.signature = b64;
    f->fetch = (Evx__V1__Fetch)EVX__V1__FETCH__INIT;
    f->fetch.inspection = b16;
    f->entry = (Evx__V1__Entry)EVX__V1__ENTRY__INIT;
    f->entry.inspection = b16, f->entry.log_entry = b32;
    f->fetch_end = (Evx__V1__FetchEnd)EVX__V1__FETCH_END__INIT;
    f->fetch_end.inspection = b16;
    f->ping = (Evx__V1__Ping)EVX__V1__PING__INIT;
    f->pong = (Evx__V1__Pong)EVX__V1__PONG__INIT;
    f->get_receipt = (Evx__V1__GetReceipt)EVX__V1__GET_RECEIPT__INIT;
    f->get_receipt.inspection = b16, f->get_receipt.stream = b16, f->get_receipt.sequence = 1;
    f->get_directory = (Evx__V1__GetDirectory)EVX__V1__GET_DIRECTORY__INIT;
    f->directory = (Evx__V1__DirectoryNote)EVX__V1__DIRECTORY_NOTE__INIT;
    f->get_checkpoint = (Evx__V1__GetCheckpoint)EVX__V1__GET_CHECKPOINT__INIT;
    f->get_checkpoint.inspection = b16;
    f->checkpoint = (Evx__V1__Checkpoint)EVX__V1__CHECKPOINT__INIT;
    f->checkpoint.inspection = b16, f->checkpoint.checkpoint = b32;
    f->get_consistency = (Evx__V1__GetConsistency)EVX__V1__GET_CONSISTENCY__INIT;
    f->get_consistency.inspection = b16;
    f->consistency = (Evx__V1__Consistency)EVX__V1__CONSISTENCY__INIT;
    f->consistency.inspection = b16;
    f->get_stream = (Evx__V1__GetStream)EVX__V1__GET_STREAM__INIT;
    f->get_stream.inspection = b16, f->get_stream.stream = b16;
    f->stream_head = (Evx__V1__StreamHead)EVX__V1__STREAM_HEAD__INIT;
    f->stream_head.inspection = b16, f->stream_head.stream = b16;
    f->cosign = (Evx__V1__Cosign)EVX__V1__COSIGN__INIT;
    f->cosign.inspection = b16, f->cosign.line = b32;
    f->more = (Evx__V1__More)EVX__V1__MORE__INIT;
    f->more.inspection = b16;
}

#define KINDS 21
static void *message_of(struct frames *f, unsigned kind)
{
    void *const all[KINDS + 1] = {NULL,
                                  &f->hello,
                                  &f->welcome,
                                  &f->submit,
                                  &f->receipt,
                                  &f->rejection,
                                  &f->fetch,
                                  &f->entry,
                                  &f->fetch_end,
                                  &f->ping,
                                  &f->pong,
                                  &f->get_receipt,
                                  &f->get_directory,
                                  &f->directory,
                                  &f->get_checkpoint,
                                  &f->checkpoint,
                                  &f->get_consistency,
                                  &f->consistency,
                                  &f->get_stream,
                                  &f->stream_head,
                                  &f->cosign,
                                  &f->more};
    return all[kind];
}

static enum evx_status say(struct rig *r, uint32_t session, const char *org, struct frames *f, unsigned kind)
{
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = (Evx__V1__Frame__BodyCase)kind;
    frame.hello = message_of(f, kind);
    rig_send(r, session, org, &frame, evx_bytes(NULL, 0));
    rig_settle(r);
    return rig_verdict(r, session, evx_bytes(NULL, 0));
}

static bool allowed_before_hello(unsigned kind)
{
    return kind == EVX__V1__FRAME__BODY_HELLO || kind == EVX__V1__FRAME__BODY_PING;
}

static bool allowed_after_hello(unsigned kind)
{
    switch (kind) {
    case EVX__V1__FRAME__BODY_HELLO:
    case EVX__V1__FRAME__BODY_PING:
    case EVX__V1__FRAME__BODY_SUBMIT:
    case EVX__V1__FRAME__BODY_FETCH:
    case EVX__V1__FRAME__BODY_GET_RECEIPT:
    case EVX__V1__FRAME__BODY_GET_DIRECTORY:
    case EVX__V1__FRAME__BODY_GET_CHECKPOINT:
    case EVX__V1__FRAME__BODY_GET_CONSISTENCY:
    case EVX__V1__FRAME__BODY_GET_STREAM:
    case EVX__V1__FRAME__BODY_COSIGN: return true;
    default: return false;
    }
}

Test(core_session, every_message_is_refused_unless_its_state_allows_it, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    for (unsigned kind = 1; kind <= KINDS; kind++) {
        enum evx_status fresh = say(&r, 100 + kind, POLICE, &f, kind);
        cr_assert_eq(fresh == EVX_E_OUT_OF_ORDER, !allowed_before_hello(kind), "new, kind %u: %d", kind,
                     fresh);
        rig_hello(&r, 200 + kind, POLICE);
        enum evx_status ready = say(&r, 200 + kind, POLICE, &f, kind);
        cr_assert_eq(ready == EVX_E_OUT_OF_ORDER, !allowed_after_hello(kind), "ready, kind %u: %d", kind,
                     ready);
    }
    rig_free(&r);
}

Test(core_session, bytes_that_are_no_frame_are_refused, .timeout = 60)
{
    struct rig r;
    rig_new(&r);
    rig_hello(&r, 1, POLICE);
    uint8_t noise[256];
    for (size_t n = 0; n < sizeof noise; n++) {
        memset(noise, (int)(n * 37 + 1), sizeof noise);
        rig_send_bytes(&r, 1, POLICE, evx_bytes(noise, n), evx_bytes(NULL, 0), EVX_OK);
        cr_assert_eq(rig_verdict(&r, 1, evx_bytes(NULL, 0)), EVX_E_MALFORMED, "length %zu", n);
    }
    static uint8_t large[EVX_LIMIT_CONTROL_BYTES + 1];
    rig_send_bytes(&r, 1, POLICE, evx_bytes(large, sizeof large), evx_bytes(NULL, 0), EVX_OK);
    cr_assert_eq(rig_verdict(&r, 1, evx_bytes(NULL, 0)), EVX_E_TOO_LARGE);
    rig_free(&r);
}

Test(core_session, a_body_behind_anything_but_a_submit_is_refused, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_PING;
    frame.ping = &f.ping;
    rig_hello(&r, 1, POLICE);
    rig_send(&r, 1, POLICE, &frame, evx_bytes("extra", 5));
    cr_assert_eq(rig_verdict(&r, 1, evx_bytes(NULL, 0)), EVX_E_MALFORMED);
    cr_assert_eq(r.released, 5);
    rig_free(&r);
}

Test(core_session, another_version_is_refused, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    f.hello.version = 2;
    cr_assert_eq(say(&r, 1, POLICE, &f, EVX__V1__FRAME__BODY_HELLO), EVX_E_VERSION);
    cr_assert_eq(say(&r, 1, POLICE, &f, EVX__V1__FRAME__BODY_GET_CHECKPOINT), EVX_E_OUT_OF_ORDER);
    rig_free(&r);
}

Test(core_session, one_connection_cannot_change_its_key, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    rig_hello(&r, 1, POLICE);
    cr_assert_eq(say(&r, 1, CARE, &f, EVX__V1__FRAME__BODY_PING), EVX_E_IDENTITY);
    rig_free(&r);
}

Test(core_session, the_directory_is_asked_again_for_every_message, .timeout = 60)
{
    struct rig r;
    struct frames f;
    char hex[65], other[65], print[65], revoked[512];
    static const char last[] = "member " EVX_FIXTURE_INSPECTION " westmoor-health send\n";
    rig_new(&r);
    fill(&f);
    const struct evx_dir_key *key = evx_fixture_key(r.fixture, POLICE, EVX_KEY_TRN);
    evx_hex(hex, key->public_key, 32);
    evx_hex(other, key->public_key, 32);
    other[0] = other[0] == '0' ? '1' : '0';
    evx_hex(print, key->fingerprint.b, 32);
    snprintf(revoked, sizeof revoked, "%srevoked %s * 0 stolen\n", last, print);
    const struct {
        const char *from, *to;
        enum evx_status code;
    } rows[] = {
        {"northam-police police active", "northam-police police suspended", EVX_E_NOT_ENTITLED},
        {hex, other, EVX_E_UNKNOWN_KEY},
        {last, revoked, EVX_E_REVOKED},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(rig_directory(&r, NULL), EVX_OK);
        rig_hello(&r, 10 + i, POLICE);
        const char *replace[] = {rows[i].from, rows[i].to, NULL};
        cr_assert_eq(rig_directory(&r, replace), EVX_OK);
        cr_assert_eq(r.dropped, 10 + i);
        cr_assert_eq(say(&r, 10 + i, POLICE, &f, EVX__V1__FRAME__BODY_PING), EVX_E_BUG); // no word more
        cr_assert_null(rig_take(&r, 10 + i));
        cr_assert_eq(say(&r, 20 + i, POLICE, &f, EVX__V1__FRAME__BODY_HELLO), rows[i].code, "row %u", i);
    }
    rig_free(&r);
}

Test(core_session, an_expired_transport_key_is_refused, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    r.now_ms += 400ull * 86400 * 1000;
    // The broker's own key has ended too, so the refusal itself proves nothing any more.
    Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &f.hello;
    rig_send(&r, 1, POLICE, &frame, evx_bytes(NULL, 0));
    struct rig_out *o = rig_take(&r, 1);
    cr_assert(o && o->frame->body_case == EVX__V1__FRAME__BODY_REJECTION);
    Evx__V1__RejectionBody *body = NULL;
    ProtobufCBinaryData b = o->frame->rejection->body;
    cr_assert_eq(evx_rejection_body_unpack(&body, evx_bytes(b.data, b.len)), EVX_OK);
    cr_assert_eq(body->code, EVX_E_EXPIRED_KEY);
    evx_rejection_body_free(body);
    rig_out_free(o);
    rig_free(&r);
}

Test(core_session, too_many_messages_in_a_second_are_refused, .timeout = 120)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    rig_hello(&r, 1, POLICE);
    for (unsigned i = 1; i < EVX_LIMIT_SESSION_RATE; i++) {
        Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
        frame.body_case = EVX__V1__FRAME__BODY_PING;
        frame.ping = &f.ping;
        rig_send(&r, 1, POLICE, &frame, evx_bytes(NULL, 0));
        rig_out_free(rig_take(&r, 1));
    }
    cr_assert_eq(say(&r, 1, POLICE, &f, EVX__V1__FRAME__BODY_PING), EVX_E_QUOTA);
    r.now_ms += 1000;
    cr_assert_eq(say(&r, 1, POLICE, &f, EVX__V1__FRAME__BODY_PING), EVX_E_BUG); // a pong, no verdict
    rig_free(&r);
}

Test(core_session, who_asks_and_never_reads_is_dropped, .timeout = 120)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    rig_hello(&r, 1, POLICE);
    uint64_t answered = 0;
    for (; !r.dropped && answered < 2 * EVX_LIMIT_SESSION_BACKLOG; r.now_ms++) {
        Evx__V1__Frame frame = EVX__V1__FRAME__INIT;
        frame.body_case = EVX__V1__FRAME__BODY_GET_DIRECTORY;
        frame.get_directory = &f.get_directory;
        rig_send(&r, 1, POLICE, &frame, evx_bytes(NULL, 0));
        struct rig_out *o = rig_take(&r, 1);
        cr_assert(o);
        answered += o->frame->directory->note.len;
        rig_out_free(o);
    }
    cr_assert_eq(r.dropped, 1);
    rig_free(&r);
}

Test(core_session, rights_over_a_log_are_the_directorys, .timeout = 60)
{
    static const struct {
        const char *org;
        unsigned kind;
        enum evx_status code;
    } rows[] = {
        {POLICE, EVX__V1__FRAME__BODY_GET_CHECKPOINT, EVX_E_BUG}, // answered
        {POLICE, EVX__V1__FRAME__BODY_COSIGN, EVX_E_NOT_ALLOWED},
        {CARE, EVX__V1__FRAME__BODY_COSIGN, EVX_E_BUG}, // answered, with why it is not kept
        {"exchange-broker", EVX__V1__FRAME__BODY_GET_CHECKPOINT, EVX_E_NOT_ALLOWED},
        {"exchange-broker", EVX__V1__FRAME__BODY_FETCH, EVX_E_NOT_ALLOWED},
        {"exchange-broker", EVX__V1__FRAME__BODY_GET_CONSISTENCY, EVX_E_NOT_ALLOWED},
        {"exchange-broker", EVX__V1__FRAME__BODY_GET_STREAM, EVX_E_NOT_ALLOWED},
        {"exchange-broker", EVX__V1__FRAME__BODY_GET_RECEIPT, EVX_E_NOT_ALLOWED},
        {POLICE, EVX__V1__FRAME__BODY_GET_RECEIPT, EVX_E_UNKNOWN_STREAM},
        {POLICE, EVX__V1__FRAME__BODY_GET_CONSISTENCY, EVX_E_CONSISTENCY},
    };
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    f.cosign.size = 99;
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        rig_hello(&r, 10 + i, rows[i].org);
        cr_assert_eq(say(&r, 10 + i, rows[i].org, &f, rows[i].kind), rows[i].code, "row %u", i);
    }
    f.get_receipt.consignment = (ProtobufCBinaryData){32, f.bytes};
    f.get_receipt.stream.len = 0;
    cr_assert_eq(say(&r, 10, POLICE, &f, EVX__V1__FRAME__BODY_GET_RECEIPT), EVX_E_UNKNOWN_STREAM);
    f.bytes[0] ^= 1;
    cr_assert_eq(say(&r, 10, POLICE, &f, EVX__V1__FRAME__BODY_GET_CHECKPOINT), EVX_E_WRONG_INSPECTION);
    rig_free(&r);
}

Test(core_session, a_witness_alone_sees_checkpoints_and_no_entries, .timeout = 60)
{
    struct rig r;
    struct frames f;
    rig_new(&r);
    fill(&f);
    const char *replace[] = {"inspectorate-care send,receive,witness", "inspectorate-care witness", NULL};
    cr_assert_eq(rig_directory(&r, replace), EVX_OK);
    rig_hello(&r, 1, CARE);
    cr_assert_eq(say(&r, 1, CARE, &f, EVX__V1__FRAME__BODY_GET_CHECKPOINT), EVX_E_BUG);
    cr_assert_eq(say(&r, 1, CARE, &f, EVX__V1__FRAME__BODY_FETCH), EVX_E_NOT_ALLOWED);
    cr_assert_eq(say(&r, 1, CARE, &f, EVX__V1__FRAME__BODY_GET_STREAM), EVX_E_NOT_ALLOWED);
    cr_assert_eq(say(&r, 1, CARE, &f, EVX__V1__FRAME__BODY_GET_RECEIPT), EVX_E_NOT_ALLOWED);
    rig_free(&r);
}

Test(enrolment, a_key_of_another_use_is_no_transport_key, .timeout = 30)
{
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    const struct evx_directory *d = evx_fixture_directory(f);
    const struct evx_dir_key *found;
    static const enum evx_key_use others[] = {EVX_KEY_SIG, EVX_KEY_ENC};
    const struct evx_dir_key *key = evx_fixture_key(f, POLICE, EVX_KEY_TRN);
    cr_assert_eq(evx_enrolled(&found, d, &key->fingerprint, EVX_FIXTURE_NOW_MS), EVX_OK);
    cr_assert_eq(found, key);
    for (size_t i = 0; i < 2; i++) {
        key = evx_fixture_key(f, POLICE, others[i]);
        cr_assert_eq(evx_enrolled(&found, d, &key->fingerprint, EVX_FIXTURE_NOW_MS), EVX_E_UNKNOWN_KEY);
        cr_assert_null(found);
    }
    evx_fixture_free(f);
}
