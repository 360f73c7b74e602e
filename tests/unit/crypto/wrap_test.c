// SPDX-License-Identifier: Apache-2.0
#include "crypto/wrap.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/seal.h"
#include "tests/testlib/fixture.h"

#define READER "inspectorate-care"

static struct evx_fixture *f;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void teardown(void) { evx_fixture_free(f); }

// RFC 7748 section 5.2, first vector.
Test(wrap, x25519_published_vector, .init = setup, .fini = teardown, .timeout = 20)
{
    uint8_t scalar[32], point[32], expected[32], got[32];
    cr_assert(evx_unhex(scalar, 32, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"));
    cr_assert(evx_unhex(point, 32, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c"));
    cr_assert(evx_unhex(expected, 32, "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
    cr_assert(evx_wrap_shared(got, scalar, point));
    cr_assert_eq(memcmp(got, expected, 32), 0);
}

Test(wrap, all_zero_secret_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char *const low[] = {"0000000000000000000000000000000000000000000000000000000000000000",
                                      "0100000000000000000000000000000000000000000000000000000000000000",
                                      "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                                      "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                                      "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                      "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                                      "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    uint8_t scalar[32] = {8}, point[32], got[32];
    for (size_t i = 0; i < sizeof low / sizeof low[0]; i++) {
        cr_assert(evx_unhex(point, 32, low[i]));
        cr_assert_not(evx_wrap_shared(got, scalar, point), "%s", low[i]);
    }
}

struct pair {
    struct evx_wrap_terms terms;
    uint8_t shared[32];
    uint8_t ephemeral[32];
    struct evx_box_public reader;
};

static void make_pair(struct pair *p)
{
    uint8_t secret[32] = {5}, mine[32];
    struct evx_box_secret *k;
    struct evx_box_public ephemeral;
    const struct evx_dir_key *to = evx_fixture_key(f, READER, EVX_KEY_ENC);
    memset(p, 0, sizeof *p);
    cr_assert_eq(evx_box_from_seed(&k, &ephemeral, secret), EVX_OK);
    memcpy(p->ephemeral, ephemeral.b, 32);
    memcpy(p->reader.b, to->public_key, 32);
    cr_assert(evx_wrap_shared(p->shared, secret, to->public_key));
    evx_box_secret_export(mine, evx_fixture_box(f, READER, EVX_KEY_ENC));
    uint8_t other_side[32];
    cr_assert(evx_wrap_shared(other_side, mine, p->ephemeral));
    cr_assert_eq(memcmp(other_side, p->shared, 32), 0);
    p->terms.sender = evx_fixture_key(f, "northam-police", EVX_KEY_SIG)->fingerprint;
    p->terms.recipient = to->fingerprint;
    memset(p->terms.nonce, 0x11, 16);
    memset(p->terms.kek, 0x22, 32);
    evx_box_secret_destroy(&k);
}

Test(wrap, payload_layout, .init = setup, .fini = teardown, .timeout = 20)
{
    struct pair p;
    uint8_t payload[EVX_WRAP_PAYLOAD];
    make_pair(&p);
    evx_wrap_payload(payload, &p.terms);
    cr_assert_eq(memcmp(payload, "EVXW\x01\x01\x00\x00", 8), 0);
    cr_assert_eq(memcmp(payload + 8, p.terms.sender.b, 32), 0);
    cr_assert_eq(memcmp(payload + 40, p.terms.nonce, 16), 0);
    cr_assert_eq(memcmp(payload + 56, p.terms.kek, 32), 0);
    cr_assert_eq(memcmp(payload + 88, p.terms.recipient.b, 32), 0);
}

static enum evx_status open_wrap(const struct pair *p, const uint8_t wrap[EVX_WRAP_BYTES])
{
    struct evx_wrap_terms t = p->terms;
    static const uint8_t zero[32];
    memset(t.kek, 0, 32);
    enum evx_status s = evx_wrap_open(&t, wrap, p->shared, p->reader.b);
    cr_assert_eq(memcmp(t.kek, s ? zero : p->terms.kek, 32), 0);
    return s;
}

Test(wrap, every_flipped_bit_is_refused, .init = setup, .fini = teardown, .timeout = 60)
{
    struct pair p;
    uint8_t payload[EVX_WRAP_PAYLOAD], wrap[EVX_WRAP_BYTES];
    make_pair(&p);
    evx_wrap_payload(payload, &p.terms);
    evx_wrap_seal(wrap, payload, &p.terms, p.shared, p.ephemeral, p.reader.b);
    cr_assert_eq(open_wrap(&p, wrap), EVX_OK);
    for (size_t bit = 0; bit < EVX_WRAP_BYTES * 8; bit++) {
        wrap[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_eq(open_wrap(&p, wrap), bit < 256 ? EVX_E_WRAP_CONTEXT : EVX_E_WRAP, "bit %zu", bit);
        wrap[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

// Made by somebody who can compute the cipher but lies inside it.
Test(wrap, payload_must_repeat_the_context, .init = setup, .fini = teardown, .timeout = 20)
{
    struct pair p;
    uint8_t payload[EVX_WRAP_PAYLOAD], wrap[EVX_WRAP_BYTES];
    make_pair(&p);
    evx_wrap_payload(payload, &p.terms);
    for (size_t at = 0; at < EVX_WRAP_PAYLOAD; at++) {
        if (at >= 56 && at < 88) continue; // the key itself
        payload[at] ^= 1;
        evx_wrap_seal(wrap, payload, &p.terms, p.shared, p.ephemeral, p.reader.b);
        cr_assert_eq(open_wrap(&p, wrap), EVX_E_WRAP_CONTEXT, "byte %zu", at);
        payload[at] ^= 1;
    }
}

Test(wrap, cipher_binds_sender_recipient_nonce_and_reader, .init = setup, .fini = teardown, .timeout = 20)
{
    struct pair p, q;
    uint8_t payload[EVX_WRAP_PAYLOAD], wrap[EVX_WRAP_BYTES];
    make_pair(&p);
    evx_wrap_payload(payload, &p.terms);
    evx_wrap_seal(wrap, payload, &p.terms, p.shared, p.ephemeral, p.reader.b);
    q = p, q.terms.sender.b[0] ^= 1;
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP);
    q = p, q.terms.nonce[0] ^= 1;
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP);
    q = p, q.reader.b[0] ^= 1;
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP);
    q = p, q.shared[0] ^= 1;
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP);
    q = p, q.terms.recipient.b[0] ^= 1;
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP_CONTEXT);
    memcpy(wrap, q.terms.recipient.b, 32);
    cr_assert_eq(open_wrap(&q, wrap), EVX_E_WRAP);
}

// --- whole consignments ---

static const uint8_t nonce[16] = {0xaa};

static struct evx_buf sealed(const char *sender, const struct evx_dir_key *const *to, size_t recipients)
{
    struct evx_seal_context context = {.directory = evx_fixture_directory(f),
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = recipients,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = EVX_FIXTURE_NOW_MS,
                                       .nonce = nonce};
    struct evx_plain_item item = {.content = evx_bytes_of_text("content")};
    struct evx_sign_public public_key;
    struct evx_sealer *sealer;
    struct evx_digest id;
    struct evx_buf b = {0};
    context.link.sequence = 1;
    context.link.stream.b[0] = 1;
    memcpy(public_key.b, evx_fixture_key(f, sender, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(f, sender, EVX_KEY_SIG), &public_key), EVX_OK);
    cr_assert_eq(evx_seal(&b, &id, NULL, sealer, &context, &item, 1), EVX_OK);
    evx_sealer_destroy(&sealer);
    return b;
}

// Puts other wraps into a consignment; root and signature are made to fit.
static void put_wraps(struct evx_buf *b, const char *sender, const uint8_t *wraps, size_t n)
{
    struct evx_consignment c;
    struct evx_digest root;
    struct evx_signature s;
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(b)), EVX_OK);
    memcpy(b->p + (c.wraps.p - c.whole.p), wraps, n);
    evx_tree_root_of_records(&root, "evx/wraps/v1\n", c.wraps.p, EVX_WRAP_BYTES, n / EVX_WRAP_BYTES);
    memcpy(c.header->wraps_root.data, root.b, 32);
    cr_assert_eq(evx__v1__header__pack(c.header, b->p + 8), c.header_bytes.n);
    evx_sign(&s, evx_fixture_sign(f, sender, EVX_KEY_SIG), "evx/header/v1\n", c.header_bytes);
    memcpy(b->p + 8 + c.header_bytes.n, s.b, 64);
    evx_consignment_close(&c);
}

static enum evx_status open_as_reader(const struct evx_buf *b, const char *sender, const char *org)
{
    struct evx_consignment c;
    struct evx_opener *o;
    struct evx_consignment_key kek, again;
    cr_assert_eq(evx_consignment_open(&c, evx_buf_bytes(b), evx_fixture_key(f, sender, EVX_KEY_SIG)), EVX_OK);
    cr_assert_eq(evx_fixture_opener(&o, f, org), EVX_OK);
    enum evx_status s = evx_open_wrap(&kek, o, &c);
    cr_assert_eq(evx_open_wrap(&again, o, &c), s); // from the cache
    cr_assert_eq(memcmp(&kek, &again, sizeof kek), 0);
    evx_opener_destroy(&o);
    evx_consignment_close(&c);
    return s;
}

// Attribution theft: somebody else's wraps and nonce under one's own name.
Test(wrap, copied_under_another_sender_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, READER, EVX_KEY_ENC)};
    struct evx_buf victim = sealed("northam-police", to, 1), thief = sealed("northam-council", to, 1);
    struct evx_consignment c;
    cr_assert_eq(open_as_reader(&victim, "northam-police", READER), EVX_OK);
    cr_assert_eq(open_as_reader(&thief, "northam-council", READER), EVX_OK);
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&victim)), EVX_OK);
    put_wraps(&thief, "northam-council", c.wraps.p, c.wraps.n);
    cr_assert_eq(open_as_reader(&thief, "northam-council", READER), EVX_E_WRAP);
    evx_consignment_close(&c);
    evx_buf_free(&victim);
    evx_buf_free(&thief);
}

Test(wrap, wraps_in_each_others_place_are_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, READER, EVX_KEY_ENC),
                                      evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC)};
    struct evx_buf b = sealed("northam-police", to, 2);
    struct evx_consignment c;
    uint8_t swapped[2 * EVX_WRAP_BYTES];
    cr_assert_eq(open_as_reader(&b, "northam-police", READER), EVX_OK);
    cr_assert_eq(open_as_reader(&b, "northam-police", "inspectorate-health"), EVX_OK);
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&b)), EVX_OK);
    memcpy(swapped, c.wraps.p + EVX_WRAP_BYTES, EVX_WRAP_BYTES);
    memcpy(swapped + EVX_WRAP_BYTES, c.wraps.p, EVX_WRAP_BYTES);
    evx_consignment_close(&c);
    put_wraps(&b, "northam-police", swapped, sizeof swapped);
    cr_assert_eq(open_as_reader(&b, "northam-police", READER), EVX_E_WRAP_CONTEXT);
    cr_assert_eq(open_as_reader(&b, "northam-police", "inspectorate-health"), EVX_E_WRAP_CONTEXT);
    evx_buf_free(&b);
}

Test(wrap, ephemeral_of_small_order_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, READER, EVX_KEY_ENC)};
    struct evx_buf b = sealed("northam-police", to, 1);
    struct evx_consignment c;
    uint8_t wrap[EVX_WRAP_BYTES];
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&b)), EVX_OK);
    memcpy(wrap, c.wraps.p, sizeof wrap);
    memset(wrap + 32, 0, 32);
    evx_consignment_close(&c);
    put_wraps(&b, "northam-police", wrap, sizeof wrap);
    cr_assert_eq(open_as_reader(&b, "northam-police", READER), EVX_E_WRAP);
    evx_buf_free(&b);
}

Test(wrap, only_recipients_open, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, READER, EVX_KEY_ENC)};
    struct evx_buf b = sealed("northam-police", to, 1);
    cr_assert_eq(open_as_reader(&b, "northam-police", "inspectorate-health"), EVX_E_NOT_RECIPIENT);
    cr_assert_eq(open_as_reader(&b, "northam-police", "northam-police"), EVX_E_NOT_RECIPIENT);
    evx_buf_free(&b);
}

Test(wrap, opener_holds_a_bounded_number_of_keys, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_opener *o;
    struct evx_box_public public_key;
    const struct evx_box_secret *secret = evx_fixture_box(f, READER, EVX_KEY_ENC);
    memcpy(public_key.b, evx_fixture_key(f, READER, EVX_KEY_ENC)->public_key, 32);
    cr_assert_eq(evx_opener_new(&o), EVX_OK);
    enum evx_status s = EVX_OK;
    size_t n = 0;
    while (!s && n <= 64)
        s = evx_opener_add_key(o, secret, &public_key), n += !s;
    cr_assert_eq(s, EVX_E_TOO_LARGE);
    cr_assert_eq(n, 64);
    evx_opener_destroy(&o);
}

// More ephemerals than the opener remembers, some of them again.
Test(wrap, opener_forgets_and_finds_again, .init = setup, .fini = teardown, .timeout = 60)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, READER, EVX_KEY_ENC)};
    static struct evx_buf b[300];
    struct evx_opener *o;
    cr_assert_eq(evx_fixture_opener(&o, f, READER), EVX_OK);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < 300; i++) {
            struct evx_consignment c;
            struct evx_consignment_key kek;
            if (round == 0) b[i] = sealed("northam-police", to, 1);
            cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&b[i])), EVX_OK);
            cr_assert_eq(evx_open_wrap(&kek, o, &c), EVX_OK);
            evx_consignment_close(&c);
        }
    }
    for (size_t i = 0; i < 300; i++)
        evx_buf_free(&b[i]);
    evx_opener_destroy(&o);
}
