// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "crypto/receipt.h"
#include "tests/testlib/fixture.h"

static struct evx_fixture *f;
static struct evx_buf body;
static struct evx_signature signature;
static struct evx_fingerprint signer;
static Evx__V1__Rejection frame;

static void sign_as(const char *org)
{
    static uint8_t consignment[32] = {1}, inspection[16] = {2};
    Evx__V1__RejectionBody m = EVX__V1__REJECTION_BODY__INIT;
    m.consignment = (ProtobufCBinaryData){32, consignment};
    m.inspection = (ProtobufCBinaryData){16, inspection};
    m.code = EVX_E_GAP;
    m.expected_sequence = 17;
    m.time_ms = EVX_FIXTURE_NOW_MS;
    m.detail = "sequence 17 comes first";
    evx_buf_clear(&body);
    cr_assert_eq(evx_rejection_sign(&body, &signature, &m, evx_fixture_sign(f, org, EVX_KEY_SIG)), EVX_OK);
    signer = evx_fixture_key(f, org, EVX_KEY_SIG)->fingerprint;
    frame = (Evx__V1__Rejection)EVX__V1__REJECTION__INIT;
    frame.body = (ProtobufCBinaryData){body.n, body.p};
    frame.signer = (ProtobufCBinaryData){32, signer.b};
    frame.signature = (ProtobufCBinaryData){64, signature.b};
}

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
    sign_as("exchange-broker");
}

static void teardown(void)
{
    evx_buf_free(&body);
    evx_fixture_free(f);
}

static enum evx_status open_at(int64_t now_ms)
{
    Evx__V1__RejectionBody *m;
    enum evx_status s = evx_rejection_open(&m, &frame, evx_fixture_directory(f), now_ms);
    cr_assert_eq(m == NULL, s != EVX_OK);
    if (m) cr_assert_eq(m->expected_sequence, 17);
    evx_rejection_body_free(m);
    return s;
}

static enum evx_status open_now(void) { return open_at(EVX_FIXTURE_NOW_MS); }

Test(rejection, opens, .init = setup, .fini = teardown, .timeout = 20) { cr_assert_eq(open_now(), EVX_OK); }

Test(rejection, every_flipped_bit_is_refused, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_bytes parts[] = {{body.p, body.n}, {signer.b, 32}, {signature.b, 64}};
    for (size_t k = 0; k < 3; k++)
        for (size_t bit = 0; bit < parts[k].n * 8; bit++) {
            uint8_t *p = (uint8_t *)parts[k].p;
            p[bit / 8] ^= (uint8_t)(1u << bit % 8);
            cr_assert_neq(open_now(), EVX_OK, "part %zu bit %zu", k, bit);
            p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    cr_assert_eq(open_now(), EVX_OK);
}

Test(rejection, only_the_broker_may_refuse, .init = setup, .fini = teardown, .timeout = 20)
{
    sign_as("northam-police");
    cr_assert_eq(open_now(), EVX_E_IDENTITY);
}

Test(rejection, signing_key_is_of_the_right_use_and_time, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *key = evx_fixture_key(f, "exchange-broker", EVX_KEY_SIG);
    cr_assert_eq(open_at(key->until_ms), EVX_E_EXPIRED_KEY);
    cr_assert_eq(open_at(key->from_ms - 1), EVX_E_EXPIRED_KEY);
    signer = evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->fingerprint;
    cr_assert_eq(open_now(), EVX_E_UNKNOWN_KEY);
    frame.signer.len = 31;
    cr_assert_eq(open_now(), EVX_E_MALFORMED);
    frame.signer.len = 32;
    signer = key->fingerprint;
    frame.signature.len = 63;
    cr_assert_eq(open_now(), EVX_E_MALFORMED);
}

// A header's signature is no refusal, and the other way round.
Test(rejection, signature_is_of_its_own_domain, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_sign_secret *k = evx_fixture_sign(f, "exchange-broker", EVX_KEY_SIG);
    evx_sign(&signature, k, "evx/header/v1\n", evx_buf_bytes(&body));
    cr_assert_eq(open_now(), EVX_E_SIGNATURE);
    evx_sign_raw(&signature, k, evx_buf_bytes(&body));
    cr_assert_eq(open_now(), EVX_E_SIGNATURE);
}

Test(rejection, revoked_signing_key_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0};
    struct evx_directory *d;
    Evx__V1__RejectionBody *m;
    char hex[65];
    unsigned line;
    evx_hex(hex, signer.b, 32);
    cr_assert_eq(evx_buf_append(&b, text.p, text.n), EVX_OK);
    cr_assert_eq(evx_buf_printf(&b, "revoked %s * 0 lost\n", hex), EVX_OK);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_OK);
    cr_assert_eq(evx_rejection_open(&m, &frame, d, EVX_FIXTURE_NOW_MS), EVX_E_REVOKED);
    cr_assert_null(m);
    evx_directory_destroy(&d);
    evx_buf_free(&b);
}
