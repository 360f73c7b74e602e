// SPDX-License-Identifier: Apache-2.0
#include "crypto/seal.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/item_cipher.h"
#include "crypto/layout.h"
#include "tests/testlib/fixture.h"

#define SENDER "northam-council"

static struct evx_fixture *f;
static struct evx_sealer *sealer;
static const struct evx_dir_key *to[3];
static struct evx_seal_context context;

static void setup(void)
{
    static const char *const names[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing"};
    struct evx_sign_public public_key;
    f = evx_fixture_new();
    cr_assert_not_null(f);
    for (size_t i = 0; i < 3; i++)
        to[i] = evx_fixture_key(f, names[i], EVX_KEY_ENC);
    memcpy(public_key.b, evx_fixture_key(f, SENDER, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(f, SENDER, EVX_KEY_SIG), &public_key), EVX_OK);
    context = (struct evx_seal_context){.directory = evx_fixture_directory(f),
                                        .inspection = evx_fixture_inspection(),
                                        .recipient = to,
                                        .recipients = 3,
                                        .marking = EVX__V1__MARKING__MARKING_OFFICIAL,
                                        .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                        .now_ms = EVX_FIXTURE_NOW_MS};
    context.link.sequence = 1;
    context.link.stream.b[5] = 5;
}

static void teardown(void)
{
    evx_sealer_destroy(&sealer);
    evx_fixture_free(f);
}

static enum evx_status seal(struct evx_buf *out, const struct evx_plain_item *item, size_t items)
{
    struct evx_digest id;
    return evx_seal(out, &id, NULL, sealer, &context, item, items);
}

static enum evx_status seal_one(struct evx_buf *out, const void *p, size_t n)
{
    struct evx_plain_item item = {.content = evx_bytes(p, n), .retention = 7};
    return seal(out, &item, 1);
}

static void opened(struct evx_consignment *c, const struct evx_buf *b)
{
    const struct evx_dir_key *key = evx_fixture_key(f, SENDER, EVX_KEY_SIG);
    cr_assert_eq(evx_consignment_open(c, evx_buf_bytes(b), key), EVX_OK);
}

// The key of item `number` as this organisation gets it.
static void item_key(struct evx_item_key *ik, const struct evx_consignment *c, const char *org,
                     uint32_t number)
{
    struct evx_opener *o;
    struct evx_consignment_key kek;
    cr_assert_eq(evx_fixture_opener(&o, f, org), EVX_OK);
    cr_assert_eq(evx_open_wrap(&kek, o, c), EVX_OK);
    evx_item_key_of(ik, &kek, number);
    evx_opener_destroy(&o);
}

Test(seal, every_size_comes_back_to_every_recipient, .init = setup, .fini = teardown, .timeout = 120)
{
    static const size_t sizes[] = {1,     254,   255,    256,    257,
                                   4094,  4095,  4096,   4097,   65534,
                                   65535, 65536, 131071, 131072, EVX_LIMIT_ITEM_BYTES};
    static const char *const names[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing"};
    uint8_t *content = malloc(EVX_LIMIT_ITEM_BYTES);
    for (size_t i = 0; i < EVX_LIMIT_ITEM_BYTES; i++)
        content[i] = (uint8_t)(i * 31);
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        struct evx_buf b = {0}, plain = {0};
        struct evx_consignment c;
        struct evx_record r;
        struct evx_bytes ciphertext;
        cr_assert_eq(seal_one(&b, content, sizes[k]), EVX_OK);
        opened(&c, &b);
        evx_consignment_record(&r, &ciphertext, &c, 0);
        cr_assert_eq(r.retention, 7);
        for (size_t i = 0; i < 3; i++) {
            struct evx_item_key ik;
            item_key(&ik, &c, names[i], 0);
            cr_assert_eq(evx_open_item(&plain, &r, ciphertext, c.header->nonce.data, &ik), EVX_OK);
            cr_assert(evx_bytes_equal(evx_buf_bytes(&plain), evx_bytes(content, sizes[k])), "%zu", sizes[k]);
        }
        evx_consignment_close(&c);
        evx_buf_free(&plain);
        evx_buf_free(&b);
    }
    free(content);
}

Test(seal, sizes_are_padded_to_few_buckets, .timeout = 20)
{
    size_t buckets = 0, last = 0;
    for (size_t n = 0; n <= EVX_LIMIT_ITEM_BYTES; n++) {
        size_t padded = evx_padded_size(n);
        cr_assert_gt(padded, n);
        cr_assert(n >= 4096 || padded % 256 == 0);
        cr_assert(n < 4096 || padded - n <= n / 8 + 1, "%zu to %zu", n, padded);
        cr_assert(evx_padded_size_ok(padded));
        cr_assert_geq(padded, last);
        buckets += padded != last;
        last = padded;
    }
    cr_assert_lt(buckets, 220);
    cr_assert_eq(last, EVX_PADDED_MAX);
    cr_assert_not(evx_padded_size_ok(0));
    cr_assert_not(evx_padded_size_ok(255));
    cr_assert_not(evx_padded_size_ok(4097));
    cr_assert_not(evx_padded_size_ok(EVX_PADDED_MAX + 65536));
    cr_assert_eq(evx_padded_size(0), 256);
    cr_assert_eq(evx_padded_size(255), 256);
    cr_assert_eq(evx_padded_size(256), 512);
    cr_assert_eq(evx_padded_size(4095), 4096);
    cr_assert_eq(evx_padded_size(4096), 4352);
}

Test(seal, limits, .init = setup, .fini = teardown, .timeout = 60)
{
    static struct evx_plain_item item[EVX_LIMIT_ITEMS + 1];
    static const struct evx_dir_key *many[EVX_LIMIT_RECIPIENTS + 1];
    uint8_t *content = calloc(1, EVX_LIMIT_ITEM_BYTES + 1);
    struct evx_buf b = {0};
    for (size_t i = 0; i <= EVX_LIMIT_ITEMS; i++)
        item[i].content = evx_bytes(content, 10);
    cr_assert_eq(seal(&b, item, EVX_LIMIT_ITEMS + 1), EVX_E_TOO_LARGE);
    cr_assert_eq(seal(&b, item, 0), EVX_E_ITEM_CONTENT);
    cr_assert_eq(seal_one(&b, content, EVX_LIMIT_ITEM_BYTES + 1), EVX_E_TOO_LARGE);
    item[0].content = item[1].content = evx_bytes(content, EVX_LIMIT_ITEM_BYTES);
    cr_assert_eq(seal(&b, item, 2), EVX_E_TOO_LARGE); // both together
    item[0].content = item[1].content = evx_bytes(content, 10);
    context.recipients = 0;
    cr_assert_eq(seal(&b, item, 1), EVX_E_RECIPIENT);
    for (size_t i = 0; i <= EVX_LIMIT_RECIPIENTS; i++)
        many[i] = to[0];
    context.recipient = many;
    context.recipients = EVX_LIMIT_RECIPIENTS + 1;
    cr_assert_eq(seal(&b, item, 1), EVX_E_TOO_LARGE);
    context.recipients = 2;
    cr_assert_eq(seal(&b, item, 1), EVX_E_RECIPIENT); // the same twice
    many[1] = evx_fixture_key(f, "inspectorate-health", EVX_KEY_TRN);
    cr_assert_eq(seal(&b, item, 1), EVX_E_RECIPIENT); // not an encryption key
    context.recipients = 1;
    context.link.sequence = 0;
    cr_assert_eq(seal(&b, item, 1), EVX_E_MALFORMED);
    cr_assert_eq(b.n, 0);
    context.link.sequence = 1;
    cr_assert_eq(seal(&b, item, EVX_LIMIT_ITEMS), EVX_OK);
    evx_buf_free(&b);
    free(content);
}

Test(seal, recipient_key_of_small_order_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    static const uint8_t orders[3][32] = {{0}, {1}, {0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae,
                                                     0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
                                                     0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd,
                                                     0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00}};
    struct evx_dir_key weak = *to[0];
    const struct evx_dir_key *only[] = {&weak};
    struct evx_buf b = {0};
    context.recipient = only;
    context.recipients = 1;
    for (size_t i = 0; i < 3; i++) {
        memcpy(weak.public_key, orders[i], 32);
        cr_assert_eq(seal_one(&b, "x", 1), EVX_E_RECIPIENT);
    }
    cr_assert_eq(b.n, 0);
    evx_buf_free(&b);
}

Test(seal, appends_and_names_its_items, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_plain_item item[70] = {0};
    struct evx_item_id ids[70];
    struct evx_digest id;
    struct evx_buf b = {0};
    struct evx_consignment c;
    for (size_t i = 0; i < 70; i++)
        item[i].content = evx_bytes_of_text("content");
    item[3].id.b[15] = 9;
    cr_assert_eq(evx_buf_append_text(&b, "before"), EVX_OK);
    cr_assert_eq(evx_seal(&b, &id, ids, sealer, &context, item, 70), EVX_OK);
    cr_assert_eq(memcmp(b.p, "before", 6), 0);
    cr_assert_eq(
        evx_consignment_open(&c, evx_bytes(b.p + 6, b.n - 6), evx_fixture_key(f, SENDER, EVX_KEY_SIG)),
        EVX_OK);
    cr_assert_eq(memcmp(ids[3].b, item[3].id.b, 16), 0);
    for (size_t i = 0; i < 70; i++) {
        struct evx_record r;
        struct evx_bytes ciphertext;
        evx_consignment_record(&r, &ciphertext, &c, i);
        cr_assert_eq(memcmp(ids[i].b, r.item_id.b, 16), 0);
        for (size_t k = 0; k < i; k++)
            cr_assert_neq(memcmp(ids[i].b, ids[k].b, 16), 0);
    }
    evx_consignment_close(&c);
    evx_buf_free(&b);
}

Test(seal, same_content_never_looks_the_same, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf a = {0}, b = {0};
    struct evx_consignment x, y;
    cr_assert_eq(seal_one(&a, "same", 4), EVX_OK);
    cr_assert_eq(seal_one(&b, "same", 4), EVX_OK);
    opened(&x, &a);
    opened(&y, &b);
    cr_assert_neq(memcmp(x.ciphertexts.p, y.ciphertexts.p, x.ciphertexts.n), 0);
    cr_assert_neq(memcmp(x.wraps.p + 64, y.wraps.p + 64, 136), 0);
    cr_assert_neq(memcmp(x.header->nonce.data, y.header->nonce.data, 16), 0);
    evx_consignment_close(&x);
    evx_consignment_close(&y);
    evx_buf_free(&a);
    evx_buf_free(&b);
}

static void first_ephemeral(uint8_t out[32])
{
    struct evx_buf b = {0};
    struct evx_consignment c;
    cr_assert_eq(seal_one(&b, "x", 1), EVX_OK);
    opened(&c, &b);
    memcpy(out, c.wraps.p + 32, 32);
    cr_assert_neq(memcmp(c.wraps.p + 32, c.wraps.p + 232, 32), 0); // each recipient has its own
    evx_consignment_close(&c);
    evx_buf_free(&b);
}

Test(seal, ephemeral_is_kept_for_a_while_only, .init = setup, .fini = teardown, .timeout = 20)
{
    uint8_t first[32], next[32];
    const uint64_t ten_minutes = 600000;
    first_ephemeral(first);
    context.now_ms += ten_minutes - 1;
    first_ephemeral(next);
    cr_assert_eq(memcmp(first, next, 32), 0);
    context.now_ms += 1;
    first_ephemeral(next);
    cr_assert_neq(memcmp(first, next, 32), 0);
    context.now_ms -= ten_minutes; // a clock set back does not prolong it
    first_ephemeral(first);
    cr_assert_neq(memcmp(first, next, 32), 0);
}

Test(seal, ephemeral_is_used_4096_times_at_most, .init = setup, .fini = teardown, .timeout = 120)
{
    uint8_t first[32], next[32];
    context.recipients = 2;
    first_ephemeral(first);
    for (unsigned i = 1; i < 4096; i++) {
        struct evx_buf b = {0};
        cr_assert_eq(seal_one(&b, "x", 1), EVX_OK);
        if (i == 4095) cr_assert_not_null(memmem(b.p, b.n, first, 32));
        evx_buf_free(&b);
    }
    first_ephemeral(next);
    cr_assert_neq(memcmp(first, next, 32), 0);
}

// --- opening one item ---

struct sealed_item {
    struct evx_buf whole;
    struct evx_consignment c;
    struct evx_record r;
    struct evx_buf ciphertext; // a copy to spoil
    struct evx_item_key ik;
};

static void make_item(struct sealed_item *s, size_t bytes)
{
    uint8_t *content = calloc(1, bytes);
    struct evx_bytes ciphertext;
    memset(s, 0, sizeof *s);
    cr_assert_eq(seal_one(&s->whole, content, bytes), EVX_OK);
    opened(&s->c, &s->whole);
    evx_consignment_record(&s->r, &ciphertext, &s->c, 0);
    cr_assert_eq(evx_buf_append(&s->ciphertext, ciphertext.p, ciphertext.n), EVX_OK);
    item_key(&s->ik, &s->c, "inspectorate-care", 0);
    free(content);
}

static void drop_item(struct sealed_item *s)
{
    evx_consignment_close(&s->c);
    evx_buf_free(&s->whole);
    evx_buf_free(&s->ciphertext);
}

// Opens with and without the ciphertext root; both must fail, and leave nothing.
static void expect(const struct sealed_item *s, enum evx_status full, enum evx_status checked,
                   const char *what)
{
    struct evx_buf plain = {0};
    cr_assert_eq(evx_buf_append_text(&plain, "old content"), EVX_OK);
    struct evx_bytes ciphertext = evx_buf_bytes(&s->ciphertext);
    cr_assert_eq(evx_open_item(&plain, &s->r, ciphertext, s->c.header->nonce.data, &s->ik), full, "%s", what);
    cr_assert(full == EVX_OK || plain.n == 0);
    cr_assert_eq(evx_open_item_checked(&plain, &s->r, ciphertext, s->c.header->nonce.data, &s->ik), checked,
                 "%s", what);
    cr_assert(checked == EVX_OK || plain.n == 0);
    evx_buf_free(&plain);
}

Test(seal, altered_ciphertext_does_not_open, .init = setup, .fini = teardown, .timeout = 60)
{
    struct sealed_item s;
    make_item(&s, 100);
    expect(&s, EVX_OK, EVX_OK, "untouched");
    for (size_t i = 0; i < s.ciphertext.n; i++) {
        s.ciphertext.p[i] ^= (uint8_t)(1u << i % 8);
        expect(&s, EVX_E_STRUCTURE, EVX_E_CIPHERTEXT, "bit");
        s.ciphertext.p[i] ^= (uint8_t)(1u << i % 8);
    }
    s.ciphertext.n--;
    expect(&s, EVX_E_STRUCTURE, EVX_E_STRUCTURE, "cut");
    drop_item(&s);
}

Test(seal, item_is_bound_to_number_nonce_and_key, .init = setup, .fini = teardown, .timeout = 20)
{
    struct sealed_item s;
    make_item(&s, 100);
    s.r.number = 1;
    expect(&s, EVX_E_CIPHERTEXT, EVX_E_CIPHERTEXT, "number");
    s.r.number = 0;
    s.c.header->nonce.data[15] ^= 1;
    expect(&s, EVX_E_CIPHERTEXT, EVX_E_CIPHERTEXT, "nonce");
    s.c.header->nonce.data[15] ^= 1;
    s.ik.b[0] ^= 1;
    expect(&s, EVX_E_KEY_COMMITMENT, EVX_E_KEY_COMMITMENT, "key");
    s.ik.b[0] ^= 1;
    s.r.commitment.b[31] ^= 1;
    expect(&s, EVX_E_KEY_COMMITMENT, EVX_E_KEY_COMMITMENT, "commitment");
    s.r.commitment.b[31] ^= 1;
    s.r.padded_bytes = 512;
    expect(&s, EVX_E_STRUCTURE, EVX_E_STRUCTURE, "length");
    drop_item(&s);
}

Test(seal, chunks_keep_their_order_and_their_end, .init = setup, .fini = teardown, .timeout = 20)
{
    const size_t sealed_chunk = EVX_LIMIT_CHUNK_BYTES + 16;
    struct sealed_item s;
    make_item(&s, 3 * EVX_LIMIT_CHUNK_BYTES - 1); // exactly three whole chunks
    cr_assert_eq(s.r.padded_bytes, 3 * EVX_LIMIT_CHUNK_BYTES);
    uint8_t *copy = malloc(sealed_chunk);
    expect(&s, EVX_OK, EVX_OK, "untouched");
    memcpy(copy, s.ciphertext.p, sealed_chunk);
    memmove(s.ciphertext.p, s.ciphertext.p + sealed_chunk, sealed_chunk);
    memcpy(s.ciphertext.p + sealed_chunk, copy, sealed_chunk);
    expect(&s, EVX_E_STRUCTURE, EVX_E_CIPHERTEXT, "chunks swapped");
    memcpy(s.ciphertext.p + sealed_chunk, s.ciphertext.p, sealed_chunk);
    memcpy(s.ciphertext.p, copy, sealed_chunk);
    expect(&s, EVX_OK, EVX_OK, "as it was");
    s.ciphertext.n -= sealed_chunk; // the last chunk left out, the lengths made to fit
    s.r.padded_bytes -= EVX_LIMIT_CHUNK_BYTES;
    s.r.ciphertext_bytes -= (uint32_t)sealed_chunk;
    evx_ciphertext_root(&s.r.ciphertext_root, evx_buf_bytes(&s.ciphertext));
    expect(&s, EVX_E_CIPHERTEXT, EVX_E_CIPHERTEXT, "last chunk left out");
    free(copy);
    drop_item(&s);
}

// The sender commits to one key and gives a recipient another under which the
// ciphertext opens, too.
Test(seal, second_key_for_the_same_record_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct sealed_item s;
    struct evx_item_key second = {{42}};
    struct evx_item_secrets secrets;
    struct evx_buf plain = {0};
    make_item(&s, 100);
    evx_item_secrets_of(&secrets, &second);
    evx_item_encrypt(s.ciphertext.p, evx_bytes_of_text("another story"), s.r.padded_bytes,
                     s.c.header->nonce.data, 0, secrets.k_enc);
    evx_ciphertext_root(&s.r.ciphertext_root, evx_buf_bytes(&s.ciphertext));
    cr_assert_eq(evx_item_decrypt(&plain, evx_buf_bytes(&s.ciphertext), s.r.padded_bytes,
                                  s.c.header->nonce.data, 0, secrets.k_enc),
                 EVX_OK); // the cipher alone is satisfied
    s.ik = second;
    expect(&s, EVX_E_KEY_COMMITMENT, EVX_E_KEY_COMMITMENT, "second key");
    evx_buf_free(&plain);
    drop_item(&s);
}

Test(seal, padding_has_one_form, .init = setup, .fini = teardown, .timeout = 20)
{
    static uint8_t zeros[512], marked[256];
    static const uint8_t nonce[16] = {1}, key[32] = {2};
    uint8_t out[512 + 16];
    struct evx_buf plain = {0};
    marked[9] = 0x80;
    marked[10] = 1;
    const struct {
        const char *what;
        struct evx_bytes content;
        size_t padded;
        enum evx_status status;
    } cases[] = {
        {"good", evx_bytes(zeros, 100), 256, EVX_OK},
        {"empty content", evx_bytes(zeros, 0), 256, EVX_OK},
        {"no mark, only zeros", evx_bytes(zeros, 256), 256, EVX_E_PADDING},
        {"no mark, other bytes", evx_bytes(marked, 256), 256, EVX_E_PADDING},
        {"a bucket too many", evx_bytes(zeros, 100), 512, EVX_E_PADDING},
        {"just a bucket too many", evx_bytes(zeros, 255), 512, EVX_E_PADDING},
        {"the next bucket is right", evx_bytes(zeros, 256), 512, EVX_OK},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        evx_item_encrypt(out, cases[i].content, cases[i].padded, nonce, 3, key);
        cr_assert_eq(
            evx_item_decrypt(&plain, evx_bytes(out, cases[i].padded + 16), cases[i].padded, nonce, 3, key),
            cases[i].status, "%s", cases[i].what);
    }
    cr_assert_eq(plain.n, 100 + 0 + 256);
    evx_buf_free(&plain);
}

// P3: record, ciphertext, key, path, header and signature are enough for one item.
Test(seal, one_item_is_proved_without_the_others, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_plain_item item[5] = {0};
    struct evx_buf b = {0}, plain = {0};
    struct evx_consignment c;
    struct evx_digest leaf[5], root;
    struct evx_proof path;
    struct evx_record r;
    struct evx_bytes ciphertext;
    struct evx_item_key ik;
    for (size_t i = 0; i < 5; i++)
        item[i].content = evx_bytes_of_text(i == 3 ? "the disclosed one" : "private");
    cr_assert_eq(seal(&b, item, 5), EVX_OK);
    opened(&c, &b);
    for (size_t i = 0; i < 5; i++)
        evx_tree_leaf(&leaf[i], "evx/items/v1\n",
                      evx_bytes(c.records.p + i * EVX_RECORD_BYTES, EVX_RECORD_BYTES));
    cr_assert_eq(evx_tree_proof(&path, "evx/items/v1\n", leaf, 5, 3), EVX_OK);
    memcpy(root.b, c.header->items_root.data, 32);
    cr_assert_eq(evx_tree_proof_verify(&path, "evx/items/v1\n", 3, 5, &leaf[3], &root), EVX_OK);
    item_key(&ik, &c, "inspectorate-care", 3);
    evx_consignment_record(&r, &ciphertext, &c, 3);
    cr_assert_eq(evx_open_item(&plain, &r, ciphertext, c.header->nonce.data, &ik), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&plain), evx_bytes_of_text("the disclosed one")));
    evx_consignment_record(&r, &ciphertext, &c, 2);
    cr_assert_eq(evx_open_item(&plain, &r, ciphertext, c.header->nonce.data, &ik), EVX_E_KEY_COMMITMENT);
    evx_consignment_close(&c);
    evx_buf_free(&plain);
    evx_buf_free(&b);
}
