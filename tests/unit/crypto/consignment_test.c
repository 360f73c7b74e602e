// SPDX-License-Identifier: Apache-2.0
//
// The checks without secrets: every way to alter a consignment is noticed, also
// by a sender who signs what it altered.
#include "crypto/consignment.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture.h"

#define SENDER "northam-police"

static struct evx_fixture *f;
static struct evx_buf whole;
static struct evx_digest id;

// Three items for two inspectorates, one of them of two chunks if `large`.
static void seal(bool large)
{
    const struct evx_dir_key *to[] = {evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC),
                                      evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC)};
    const struct evx_dir_key *key = evx_fixture_key(f, SENDER, EVX_KEY_SIG);
    struct evx_seal_context context = {.directory = evx_fixture_directory(f),
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = 2,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = EVX_FIXTURE_NOW_MS};
    struct evx_buf content[3] = {0};
    struct evx_plain_item item[3] = {0};
    struct evx_sign_public public_key;
    struct evx_sealer *sealer;
    context.link.sequence = 1;
    memset(context.link.stream.b, 0x5e, sizeof context.link.stream.b);
    for (unsigned i = 0; i < 3; i++) {
        cr_assert_eq(evx_fixture_evidence(&content[i], i, i == 1 && large ? 65000 : 400), EVX_OK);
        item[i].content = evx_buf_bytes(&content[i]);
    }
    memcpy(public_key.b, key->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(f, SENDER, EVX_KEY_SIG), &public_key), EVX_OK);
    cr_assert_eq(evx_seal(&whole, &id, NULL, sealer, &context, item, 3), EVX_OK);
    evx_sealer_destroy(&sealer);
    for (size_t i = 0; i < 3; i++)
        evx_buf_free(&content[i]);
}

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
    seal(false);
}

static void teardown(void)
{
    evx_buf_free(&whole);
    evx_fixture_free(f);
}

static enum evx_status open_as(struct evx_bytes bytes, const char *org, enum evx_key_use use)
{
    struct evx_consignment c;
    enum evx_status s = evx_consignment_open(&c, bytes, evx_fixture_key(f, org, use));
    cr_assert_eq(c.header == NULL, s != EVX_OK);
    evx_consignment_close(&c);
    return s;
}

static enum evx_status open_whole(void) { return open_as(evx_buf_bytes(&whole), SENDER, EVX_KEY_SIG); }

// Signs the header again, as a sender who means to deceive would.
static void sign_again(struct evx_buf *b)
{
    size_t n = evx_get_be32(b->p + 4);
    struct evx_signature s;
    evx_sign(&s, evx_fixture_sign(f, SENDER, EVX_KEY_SIG), "evx/header/v1\n", evx_bytes(b->p + 8, n));
    memcpy(b->p + 8 + n, s.b, sizeof s.b);
}

// The consignment with another header, signed.
static struct evx_buf with_header(void (*change)(Evx__V1__Header *h))
{
    struct evx_bytes header_bytes;
    const struct evx_signature *signature;
    Evx__V1__Header *h;
    struct evx_buf b = {0};
    uint8_t prelude[8];
    cr_assert_eq(evx_consignment_peek(&header_bytes, &signature, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(evx_header_unpack(&h, header_bytes), EVX_OK);
    change(h);
    size_t n = evx__v1__header__get_packed_size(h), rest = 8 + header_bytes.n;
    memcpy(prelude, "EVX1", 4);
    evx_put_be32(prelude + 4, (uint32_t)n);
    cr_assert_eq(evx_buf_append(&b, prelude, 8), EVX_OK);
    cr_assert_eq(evx_buf_reserve(&b, n), EVX_OK);
    evx__v1__header__pack(h, b.p + b.n);
    b.n += n;
    cr_assert_eq(evx_buf_append(&b, whole.p + rest, whole.n - rest), EVX_OK);
    evx_header_free(h);
    sign_again(&b);
    return b;
}

static enum evx_status open_changed(void (*change)(Evx__V1__Header *h))
{
    struct evx_buf b = with_header(change);
    enum evx_status s = open_as(evx_buf_bytes(&b), SENDER, EVX_KEY_SIG);
    evx_buf_free(&b);
    return s;
}

Test(consignment, opens, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_consignment c;
    struct evx_digest again;
    cr_assert_eq(evx_consignment_open(&c, evx_buf_bytes(&whole), evx_fixture_key(f, SENDER, EVX_KEY_SIG)),
                 EVX_OK);
    cr_assert_eq(memcmp(c.id.b, id.b, 32), 0);
    evx_sha256_2(&again, "evx/consignment/v1\n", c.header_bytes);
    cr_assert_eq(memcmp(again.b, id.b, 32), 0);
    cr_assert_eq(c.header->item_count, 3);
    cr_assert_eq(c.header->n_recipient, 2);
    evx_consignment_close(&c);
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(memcmp(c.id.b, id.b, 32), 0);
    evx_consignment_close(&c);
}

Test(consignment, every_flipped_bit_is_refused, .init = setup, .fini = teardown, .timeout = 300)
{
    size_t bits = whole.n * 8;
    for (size_t bit = 0; bit < bits; bit++) {
        whole.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(open_whole(), EVX_OK, "bit %zu", bit);
        whole.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    cr_assert_eq(open_whole(), EVX_OK);
    printf("%zu flipped bits refused, of %zu\n", bits, bits);
}

Test(consignment, every_truncation_and_extension_is_refused, .init = setup, .fini = teardown, .timeout = 120)
{
    for (size_t n = 0; n < whole.n; n++) {
        uint8_t *exact = malloc(n + 1);
        memcpy(exact, whole.p, n);
        cr_assert_neq(open_as(evx_bytes(exact, n), SENDER, EVX_KEY_SIG), EVX_OK, "length %zu", n);
        free(exact);
    }
    printf("%zu truncations refused\n", whole.n);
    cr_assert_eq(evx_buf_append(&whole, "\0", 1), EVX_OK);
    cr_assert_eq(open_whole(), EVX_E_STRUCTURE);
}

// The same with a correct signature over the altered header: nothing but
// the structure stands between a lying sender and the log.
Test(consignment, flips_behind_a_fresh_signature_are_refused, .init = setup, .fini = teardown, .timeout = 300)
{
    size_t begin = 8 + evx_get_be32(whole.p + 4) + 64, refused = 0;
    for (size_t at = begin; at < whole.n; at++, refused++) {
        whole.p[at] ^= (uint8_t)(1u << at % 8);
        cr_assert_eq(open_whole(), EVX_E_STRUCTURE, "byte %zu", at);
        whole.p[at] ^= (uint8_t)(1u << at % 8);
    }
    printf("%zu bytes behind the signature, one bit flipped in each, all refused\n", refused);
}

Test(consignment, sizes_are_capped_first, .init = setup, .fini = teardown, .timeout = 20)
{
    static const uint8_t prelude[8] = {'E', 'V', 'X', '1', 0xff, 0xff, 0xff, 0xff};
    uint8_t *big = calloc(1, EVX_LIMIT_CONSIGNMENT_BYTES + 1);
    cr_assert_eq(open_as(evx_bytes(big, EVX_LIMIT_CONSIGNMENT_BYTES + 1), SENDER, EVX_KEY_SIG),
                 EVX_E_TOO_LARGE);
    memcpy(big, prelude, 8);
    cr_assert_eq(open_as(evx_bytes(big, EVX_LIMIT_CONSIGNMENT_BYTES), SENDER, EVX_KEY_SIG), EVX_E_TOO_LARGE);
    evx_put_be32(big + 4, EVX_LIMIT_HEADER_BYTES + 1);
    cr_assert_eq(open_as(evx_bytes(big, 9000), SENDER, EVX_KEY_SIG), EVX_E_TOO_LARGE);
    evx_put_be32(big + 4, EVX_LIMIT_HEADER_BYTES);
    cr_assert_eq(open_as(evx_bytes(big, 4000), SENDER, EVX_KEY_SIG), EVX_E_MALFORMED);
    evx_put_be32(big + 4, 0);
    cr_assert_eq(open_as(evx_bytes(big, 4000), SENDER, EVX_KEY_SIG), EVX_E_MALFORMED);
    cr_assert_eq(open_as(evx_bytes(big, 7), SENDER, EVX_KEY_SIG), EVX_E_MALFORMED);
    free(big);
}

Test(consignment, only_the_named_sender_opens_it, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(open_as(evx_buf_bytes(&whole), "northam-council", EVX_KEY_SIG), EVX_E_SIGNATURE);
    cr_assert_eq(open_as(evx_buf_bytes(&whole), SENDER, EVX_KEY_ENC), EVX_E_IDENTITY);
}

static const struct evx_dir_key *council;
static void name_council(Evx__V1__Header *h) { memcpy(h->sender.data, council->fingerprint.b, 32); }

Test(consignment, header_must_name_the_key_that_signed, .init = setup, .fini = teardown, .timeout = 20)
{
    council = evx_fixture_key(f, "northam-council", EVX_KEY_SIG);
    cr_assert_eq(open_changed(name_council), EVX_E_IDENTITY);
}

static void version_2(Evx__V1__Header *h) { h->version = 2; }
static void suite_0(Evx__V1__Header *h) { h->suite = 0; }
static void suite_2(Evx__V1__Header *h) { h->suite = 2; }
static void sequence_0(Evx__V1__Header *h) { h->sequence = 0; }
static void sequence_2_without_previous(Evx__V1__Header *h) { h->sequence = 2; }
static void previous_at_1(Evx__V1__Header *h) { h->previous = h->directory_hash; }
static void short_nonce(Evx__V1__Header *h) { h->nonce.len = 15; }
static void no_stream(Evx__V1__Header *h) { h->stream.len = 0; }
static void no_recipients(Evx__V1__Header *h) { h->n_recipient = 0; }
static void no_items(Evx__V1__Header *h) { h->item_count = 0; }
static void many_items(Evx__V1__Header *h) { h->item_count = EVX_LIMIT_ITEMS + 1; }
static void no_marking(Evx__V1__Header *h) { h->marking = 0; }
static void strange_marking(Evx__V1__Header *h) { h->marking = 3; }
static void no_purpose(Evx__V1__Header *h) { h->purpose = 0; }
static void strange_flag(Evx__V1__Header *h) { h->flags = 4; }
static void reset_of_without_flag(Evx__V1__Header *h) { h->reset_of = h->directory_hash; }
static void reset_late(Evx__V1__Header *h)
{
    h->flags = EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET;
    h->sequence = 2;
    h->previous = h->directory_hash;
}
static void swap_recipients(Evx__V1__Header *h)
{
    ProtobufCBinaryData first = h->recipient[0];
    h->recipient[0] = h->recipient[1];
    h->recipient[1] = first;
}
static void twice_the_same(Evx__V1__Header *h) { h->recipient[1] = h->recipient[0]; }
static void fewer_recipients(Evx__V1__Header *h) { h->n_recipient = 1; }
static void fewer_items(Evx__V1__Header *h) { h->item_count = 2; }
static void more_items(Evx__V1__Header *h) { h->item_count = 4; }
static void more_ciphertext(Evx__V1__Header *h) { h->ciphertext_bytes++; }
static void other_items_root(Evx__V1__Header *h) { h->items_root.data[0] ^= 1; }
static void other_wraps_root(Evx__V1__Header *h) { h->wraps_root.data[0] ^= 1; }
static void roots_swapped(Evx__V1__Header *h)
{
    ProtobufCBinaryData root = h->items_root;
    h->items_root = h->wraps_root;
    h->wraps_root = root;
}
static void as_it_was(Evx__V1__Header *h) { (void)h; }
static void reset(Evx__V1__Header *h)
{
    h->flags = EVX__V1__HEADER_FLAG__FLAG_STREAM_RESET;
    h->reset_of = h->directory_hash;
}

Test(consignment, header_fields, .init = setup, .fini = teardown, .timeout = 60)
{
    static const struct {
        const char *what;
        void (*change)(Evx__V1__Header *h);
        enum evx_status status;
    } cases[] = {
        {"unchanged", as_it_was, EVX_OK},
        {"reset", reset, EVX_OK},
        {"version", version_2, EVX_E_VERSION},
        {"suite 0", suite_0, EVX_E_SUITE},
        {"suite 2", suite_2, EVX_E_SUITE},
        {"sequence 0", sequence_0, EVX_E_MALFORMED},
        {"sequence 2 without previous", sequence_2_without_previous, EVX_E_MALFORMED},
        {"previous at 1", previous_at_1, EVX_E_MALFORMED},
        {"short nonce", short_nonce, EVX_E_MALFORMED},
        {"no stream", no_stream, EVX_E_MALFORMED},
        {"no recipients", no_recipients, EVX_E_MALFORMED},
        {"no items", no_items, EVX_E_MALFORMED},
        {"many items", many_items, EVX_E_MALFORMED},
        {"no marking", no_marking, EVX_E_MALFORMED},
        {"strange marking", strange_marking, EVX_E_MALFORMED},
        {"no purpose", no_purpose, EVX_E_MALFORMED},
        {"strange flag", strange_flag, EVX_E_MALFORMED},
        {"reset_of without flag", reset_of_without_flag, EVX_E_MALFORMED},
        {"reset late", reset_late, EVX_E_MALFORMED},
        {"recipients swapped", swap_recipients, EVX_E_MALFORMED},
        {"recipient twice", twice_the_same, EVX_E_MALFORMED},
        {"recipient removed", fewer_recipients, EVX_E_STRUCTURE},
        {"fewer items", fewer_items, EVX_E_STRUCTURE},
        {"more items", more_items, EVX_E_STRUCTURE},
        {"more ciphertext", more_ciphertext, EVX_E_STRUCTURE},
        {"items root", other_items_root, EVX_E_STRUCTURE},
        {"wraps root", other_wraps_root, EVX_E_STRUCTURE},
        {"roots swapped", roots_swapped, EVX_E_STRUCTURE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(open_changed(cases[i].change), cases[i].status, "%s", cases[i].what);
}

// Records altered together with the root over them: only the records' own
// rules are left to refuse them.
static void alter_record(size_t item, size_t at, uint8_t bits)
{
    struct evx_consignment c;
    struct evx_buf b = {0};
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&whole)), EVX_OK);
    size_t records = (size_t)(c.records.p - whole.p), n = c.header_bytes.n;
    cr_assert_eq(evx_buf_append(&b, whole.p, whole.n), EVX_OK);
    b.p[records + item * EVX_RECORD_BYTES + at] ^= bits;
    struct evx_digest root;
    evx_tree_root_of_records(&root, "evx/items/v1\n", b.p + records, EVX_RECORD_BYTES, 3);
    memcpy(c.header->items_root.data, root.b, 32);
    cr_assert_eq(evx__v1__header__pack(c.header, b.p + 8), n);
    evx_consignment_close(&c);
    sign_again(&b);
    cr_assert_eq(open_as(evx_buf_bytes(&b), SENDER, EVX_KEY_SIG), EVX_E_STRUCTURE, "item %zu byte %zu", item,
                 at);
    evx_buf_free(&b);
}

Test(consignment, records_have_rules_of_their_own, .init = setup, .fini = teardown, .timeout = 60)
{
    for (size_t item = 0; item < 3; item++) {
        for (size_t at = 0; at < 4; at++)
            alter_record(item, at, 1); // number
        alter_record(item, 6, 1);      // the two zero bytes
        alter_record(item, 7, 1);
        for (size_t at = 8; at < 16; at++)
            for (unsigned bit = 0; bit < 8; bit++)
                alter_record(item, at, (uint8_t)(1u << bit)); // lengths
        alter_record(item, 64, 1);                            // ciphertext root
    }
}

// A sender that moves one byte from one item to the next and makes every
// length, root and signature fit: odd sizes would tell items apart.
Test(consignment, padded_lengths_are_buckets, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_consignment c;
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&whole)), EVX_OK);
    size_t at = (size_t)(c.ciphertexts.p - whole.p);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *record = whole.p + (c.records.p - c.whole.p) + i * EVX_RECORD_BYTES;
        uint32_t padded = evx_get_be32(record + 8) + (i ? 1 : -1u), n = padded + 16;
        struct evx_digest root;
        evx_put_be32(record + 8, padded);
        evx_put_be32(record + 12, n);
        evx_tree_leaf(&root, "evx/chunk/v1\n", evx_bytes(whole.p + at, n));
        memcpy(record + 64, root.b, 32);
        at += n;
    }
    struct evx_digest root;
    evx_tree_root_of_records(&root, "evx/items/v1\n", c.records.p, EVX_RECORD_BYTES, 3);
    memcpy(c.header->items_root.data, root.b, 32);
    cr_assert_eq(evx__v1__header__pack(c.header, whole.p + 8), c.header_bytes.n);
    evx_consignment_close(&c);
    sign_again(&whole);
    cr_assert_eq(open_whole(), EVX_E_STRUCTURE);
}

// The last item made shorter by a bucket, with every length, root and signature to fit:
// bytes that no record speaks for would be carried along.
Test(consignment, records_account_for_every_byte, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_consignment c;
    struct evx_record last;
    struct evx_bytes ciphertext;
    struct evx_digest root;
    cr_assert_eq(evx_consignment_open_trusted(&c, evx_buf_bytes(&whole)), EVX_OK);
    evx_consignment_record(&last, &ciphertext, &c, 2);
    cr_assert_gt(last.padded_bytes, 256);
    uint8_t *record = whole.p + (c.records.p - c.whole.p) + 2 * EVX_RECORD_BYTES;
    evx_put_be32(record + 8, last.padded_bytes - 256);
    evx_put_be32(record + 12, last.padded_bytes - 256 + 16);
    evx_tree_leaf(&root, "evx/chunk/v1\n", evx_bytes(ciphertext.p, ciphertext.n - 256));
    memcpy(record + 64, root.b, 32);
    evx_tree_root_of_records(&root, "evx/items/v1\n", c.records.p, EVX_RECORD_BYTES, 3);
    memcpy(c.header->items_root.data, root.b, 32);
    cr_assert_eq(evx__v1__header__pack(c.header, whole.p + 8), c.header_bytes.n);
    evx_consignment_close(&c);
    sign_again(&whole);
    cr_assert_eq(open_whole(), EVX_E_STRUCTURE);
}

Test(consignment, records_and_ciphertexts_are_walked, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_consignment c;
    struct evx_item_cursor cursor = {0};
    struct evx_record walked, fetched;
    struct evx_bytes a, b;
    whole.n = 0;
    seal(true);
    cr_assert_eq(evx_consignment_open(&c, evx_buf_bytes(&whole), evx_fixture_key(f, SENDER, EVX_KEY_SIG)),
                 EVX_OK);
    size_t sum = 0;
    for (uint32_t i = 0; i < 3; i++) {
        cr_assert(evx_consignment_next(&cursor, &walked, &a, &c));
        evx_consignment_record(&fetched, &b, &c, i);
        cr_assert_eq(walked.number, i);
        cr_assert_eq(memcmp(walked.item_id.b, fetched.item_id.b, 16), 0);
        cr_assert_eq(a.p, b.p);
        cr_assert_eq(a.n, b.n);
        sum += a.n;
    }
    cr_assert_not(evx_consignment_next(&cursor, &walked, &a, &c));
    cr_assert_eq(sum, c.ciphertexts.n);
    evx_consignment_close(&c);
}

Test(consignment, log_entry_comes_apart_again, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_bytes header, header_again;
    const struct evx_signature *signature, *signature_again;
    struct evx_buf entry = {0};
    uint64_t received_ms;
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(evx_log_entry(&entry, 0x0102030405060708, header, signature), EVX_OK);
    cr_assert_eq(entry.n, 1 + 8 + header.n + 64);
    cr_assert_eq(entry.p[0], 1);
    cr_assert_eq(entry.p[1], 1);
    cr_assert_eq(entry.p[8], 8);
    cr_assert_eq(evx_log_entry_parse(&received_ms, &header_again, &signature_again, evx_buf_bytes(&entry)),
                 EVX_OK);
    cr_assert_eq(received_ms, 0x0102030405060708);
    cr_assert(evx_bytes_equal(header, header_again));
    cr_assert_eq(memcmp(signature->b, signature_again->b, 64), 0);
    cr_assert_eq(evx_log_entry_parse(&received_ms, &header, &signature, evx_bytes(entry.p, 73)),
                 EVX_E_MALFORMED);
    entry.p[0] = 2;
    cr_assert_eq(evx_log_entry_parse(&received_ms, &header, &signature, evx_buf_bytes(&entry)),
                 EVX_E_MALFORMED);
    entry.p[0] = 1;
    while (entry.n <= 1 + 8 + EVX_LIMIT_HEADER_BYTES + 64)
        cr_assert_eq(evx_buf_append(&entry, "", 1), EVX_OK);
    cr_assert_eq(evx_log_entry_parse(&received_ms, &header, &signature, evx_buf_bytes(&entry)),
                 EVX_E_TOO_LARGE);
    evx_buf_free(&entry);
}
