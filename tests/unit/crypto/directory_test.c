// SPDX-License-Identifier: Apache-2.0
//
// The directory's text: one spelling, and what is asked of it.
#include "crypto/directory.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture.h"

#define CARE "inspectorate-care"

static struct evx_fixture *f;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void teardown(void) { evx_fixture_free(f); }

// The fixture's text with the first `from` replaced by `to`.
static struct evx_buf edited(const char *from, const char *to)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0};
    const uint8_t *at = memmem(text.p, text.n, from, strlen(from));
    cr_assert_not_null(at, "no %s in the text", from);
    size_t before = (size_t)(at - text.p), after = before + strlen(from);
    cr_assert_eq(evx_buf_append(&b, text.p, before), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&b, to), EVX_OK);
    cr_assert_eq(evx_buf_append(&b, text.p + after, text.n - after), EVX_OK);
    return b;
}

static unsigned line_of(const char *needle)
{
    struct evx_bytes text = evx_fixture_text(f);
    const uint8_t *at = memmem(text.p, text.n, needle, strlen(needle));
    cr_assert_not_null(at);
    unsigned line = 1;
    for (const uint8_t *p = text.p; p < at; p++)
        line += *p == '\n';
    return line;
}

Test(directory, what_it_says, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_directory *d = evx_fixture_directory(f);
    struct evx_inspection_id id = evx_fixture_inspection(), other = {{9}};
    struct evx_digest hash;
    evx_sha256(&hash, evx_fixture_text(f));
    cr_assert_eq(evx_directory_version(d), 1);
    cr_assert_eq(memcmp(evx_directory_hash(d)->b, hash.b, 32), 0);
    cr_assert(evx_bytes_equal(evx_directory_note(d), evx_fixture_note(f)));
    cr_assert_str_eq(evx_directory_exchange(d), EVX_FIXTURE_EXCHANGE);
    cr_assert_eq(evx_directory_min_suite(d), 1);
    cr_assert_eq(evx_directory_orgs(d), EVX_FIXTURE_ORGS);
    cr_assert_eq(evx_directory_keys(d), 27);
    cr_assert_eq(evx_directory_inspections(d), 1);
    cr_assert_str_eq(evx_directory_inspection(d, &id)->origin,
                     EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION);
    cr_assert_str_eq(evx_directory_inspection(d, &id)->framework, "jtai");
    cr_assert_str_eq(evx_directory_inspection(d, &id)->name, "Joint inspection of Northam");
    cr_assert_null(evx_directory_inspection(d, &other));
    cr_assert_str_eq(evx_directory_org(d, "northam-council")->name, "Northam Council");
    cr_assert_eq(evx_directory_org(d, "northam-council")->role, EVX_ROLE_SOCIAL_CARE);
    cr_assert_null(evx_directory_org(d, "northam"));
    cr_assert_null(evx_directory_org(d, ""));
    for (size_t i = 0; i < EVX_FIXTURE_ORGS; i++) {
        const struct evx_dir_org *o = evx_directory_org_at(d, i);
        cr_assert_eq(evx_directory_org(d, o->id), o);
    }
    cr_assert_null(evx_directory_org_at(d, EVX_FIXTURE_ORGS));
}

Test(directory, keys_are_found, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_directory *d = evx_fixture_directory(f);
    for (size_t i = 0; i < evx_directory_keys(d); i++) {
        const struct evx_dir_key *k = evx_directory_key_at(d, i);
        cr_assert_eq(evx_directory_key(d, &k->fingerprint), k);
        cr_assert_eq(evx_directory_key_of(d, k->org, k->use, EVX_FIXTURE_NOW_MS), k);
        cr_assert_eq(evx_directory_key_of(d, k->org, k->use, k->from_ms), k);
        cr_assert_null(evx_directory_key_of(d, k->org, k->use, k->from_ms - 1));
        cr_assert_eq(evx_directory_key_of(d, k->org, k->use, k->until_ms - 1), k);
        cr_assert_null(evx_directory_key_of(d, k->org, k->use, k->until_ms));
        struct evx_fingerprint wrong = k->fingerprint;
        wrong.b[31] ^= 1;
        cr_assert_null(evx_directory_key(d, &wrong));
    }
    cr_assert_null(evx_directory_key_of(d, "northam-police", EVX_KEY_LOG, EVX_FIXTURE_NOW_MS));
    cr_assert_null(evx_directory_key_of(d, "nobody", EVX_KEY_SIG, EVX_FIXTURE_NOW_MS));
}

Test(directory, members_and_rights, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_directory *d = evx_fixture_directory(f);
    const struct evx_dir_org *out[16];
    struct evx_inspection_id id = evx_fixture_inspection(), other = {{9}};
    cr_assert_eq(evx_directory_rights(d, &id, "northam-police"), EVX_RIGHT_SEND);
    cr_assert_eq(evx_directory_rights(d, &id, CARE), 7);
    cr_assert_eq(evx_directory_rights(d, &id, "exchange-broker"), 0);
    cr_assert_eq(evx_directory_rights(d, &id, "nobody"), 0);
    cr_assert_eq(evx_directory_rights(d, &other, CARE), 0);
    cr_assert_eq(evx_directory_members(d, &id, EVX_RIGHT_RECEIVE, out, 16), 3);
    cr_assert_str_eq(out[0]->id, CARE);
    cr_assert_str_eq(out[2]->id, "inspectorate-policing");
    cr_assert_eq(evx_directory_members(d, &id, EVX_RIGHT_SEND, out, 2), 7);
    cr_assert_eq(evx_directory_members(d, &id, EVX_RIGHT_SEND | EVX_RIGHT_WITNESS, out, 16), 3);
    cr_assert_eq(evx_directory_members(d, &other, 0, out, 16), 0);
}

Test(directory, log_key_is_the_brokers_under_the_origin, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_vkey k;
    struct evx_inspection_id id = evx_fixture_inspection(), other = {{9}};
    cr_assert_eq(evx_directory_log_vkey(&k, evx_fixture_directory(f), &id), EVX_OK);
    cr_assert_str_eq(k.name, EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION);
    cr_assert_eq(memcmp(k.key.b, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->public_key, 32), 0);
    cr_assert_eq(evx_directory_log_vkey(&k, evx_fixture_directory(f), &other), EVX_E_WRONG_INSPECTION);
}

#define REVOKED_ALL  "revoked %s * 0 stolen\n"
#define REVOKED_HERE "revoked %s " EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 5 stolen laptop\n"

static struct evx_directory *with_line(const char *format, const struct evx_fingerprint *fingerprint)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0};
    struct evx_directory *d;
    char hex[65];
    unsigned line;
    evx_hex(hex, fingerprint->b, 32);
    cr_assert_eq(evx_buf_append(&b, text.p, text.n), EVX_OK);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    cr_assert_eq(evx_buf_printf(&b, format, hex), EVX_OK);
#pragma GCC diagnostic pop
    EVX_IGNORE(evx_directory_parse(&d, evx_buf_bytes(&b), &line), "the caller looks at d");
    evx_buf_free(&b);
    return d;
}

Test(directory, revocation_cuts_off_by_log_index, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *k = evx_fixture_key(f, "northam-police", EVX_KEY_SIG);
    const char *origin = EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION;
    struct evx_directory *d = with_line(REVOKED_HERE, &k->fingerprint);
    cr_assert_not_null(d);
    cr_assert_null(evx_directory_revoked(d, &k->fingerprint, origin, 4));
    cr_assert_str_eq(evx_directory_revoked(d, &k->fingerprint, origin, 5)->reason, "stolen laptop");
    cr_assert_not_null(evx_directory_revoked(d, &k->fingerprint, origin, UINT64_MAX));
    cr_assert_null(evx_directory_revoked(d, &k->fingerprint, EVX_FIXTURE_EXCHANGE "/other", 9));
    cr_assert_not_null(evx_directory_key_of(d, k->org, EVX_KEY_SIG, EVX_FIXTURE_NOW_MS));
    evx_directory_destroy(&d);
    d = with_line(REVOKED_ALL, &k->fingerprint);
    cr_assert_not_null(d);
    cr_assert_not_null(evx_directory_revoked(d, &k->fingerprint, origin, 0));
    cr_assert_not_null(evx_directory_revoked(d, &k->fingerprint, "anything", 0));
    cr_assert_null(evx_directory_key_of(d, k->org, EVX_KEY_SIG, EVX_FIXTURE_NOW_MS));
    evx_directory_destroy(&d);
}

Test(directory, revocation_of_an_unlisted_key_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_fingerprint mistyped = evx_fixture_key(f, "northam-police", EVX_KEY_SIG)->fingerprint;
    mistyped.b[0] ^= 1;
    cr_assert_null(with_line(REVOKED_ALL, &mistyped));
}

Test(directory, highest_valid_epoch_is_chosen, .init = setup, .fini = teardown, .timeout = 20)
{
    const char *second = "key inspectorate-care enc 2 "
                         "0101010101010101010101010101010101010101010101010101010101010101 "
                         "2026-06-01T00:00:00.000Z 2027-06-01T00:00:00.000Z\nkey inspectorate-care sig";
    struct evx_buf b = edited("key inspectorate-care sig", second);
    struct evx_directory *d;
    unsigned line;
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_OK, "line %u", line);
    cr_assert_eq(evx_directory_key_of(d, CARE, EVX_KEY_ENC, EVX_FIXTURE_NOW_MS)->epoch, 1);
    cr_assert_eq(evx_directory_key_of(d, CARE, EVX_KEY_ENC, 1783000000000)->epoch, 2);
    cr_assert_eq(evx_directory_key_of(d, CARE, EVX_KEY_ENC, 1800000000000)->epoch, 2);
    evx_directory_destroy(&d);
    evx_buf_free(&b);
}

Test(directory, references_are_counted, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_directory *d, *same;
    unsigned line;
    cr_assert_eq(evx_directory_parse(&d, evx_fixture_text(f), &line), EVX_OK);
    cr_assert_eq(evx_directory_note(d).n, 0);
    same = evx_directory_ref(d);
    evx_directory_destroy(&d);
    cr_assert_null(d);
    cr_assert_eq(evx_directory_version(same), 1);
    evx_directory_destroy(&same);
    evx_directory_destroy(&same);
}

Test(directory, a_quorum_is_at_most_every_organisation, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf b = edited("quorum 0", "quorum 8");
    struct evx_directory *d;
    unsigned line;
    cr_assert_eq(evx_directory_quorum(evx_fixture_directory(f)), 0);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_OK, "line %u", line);
    cr_assert_eq(evx_directory_quorum(d), 8);
    evx_directory_destroy(&d);
    evx_buf_free(&b);
}

// Every case: one edit of a good text, refused at that line.
Test(directory, every_other_spelling_is_refused, .init = setup, .fini = teardown, .timeout = 60)
{
    static const struct {
        const char *from, *to, *line;
    } cases[] = {
        {"evx.directory/v1", "evx.directory/v2", "evx.directory"},
        {"evx.directory/v1\n", "", "evx.directory"},
        {"exchange exchange.example", "exchange Exchange.example", "exchange "},
        {"exchange exchange.example", "exchange  exchange.example", "exchange "},
        {"exchange exchange.example", "exchange exchange.example ", "exchange "},
        {"exchange exchange.example", "exchange exchange+example", "exchange "},
        {"exchange exchange.example", "exchange ", "exchange "},
        {"version 1", "version 0", "version"},
        {"version 1", "version 01", "version"},
        {"version 1", "version 1 ", "version"},
        {"version 1", "version -1", "version"},
        {"version 1", "version 9223372036854775808", "version"},
        {"previous -", "previous AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "previous"},
        {"version 1", "version 2", "previous"},
        {"issued 2026-01-01T00:00:00.000Z", "issued 2026-01-01T00:00:00Z", "issued"},
        {"issued 2026-01-01T00:00:00.000Z", "issued 2026-02-30T00:00:00.000Z", "issued"},
        {"issued 2026-01-01T00:00:00.000Z", "issued 2026-01-01t00:00:00.000z", "issued"},
        {"expires 2027-01-01", "expires 2026-01-01", "expires"},
        {"min-suite 1", "min-suite 0", "min-suite"},
        {"min-suite 1\n", "", "min-suite"},
        {"threshold 2", "threshold 0", "threshold"},
        {"threshold 2", "threshold 4", "root root-two"},
        {"threshold 2", "threshold two", "threshold"},
        {"quorum 0\n", "", "quorum"},
        {"quorum 0", "quorum -1", "quorum"},
        {"quorum 0", "quorum 01", "quorum"},
        {"quorum 0", "quorum 0 ", "quorum"},
        {"quorum 0", "quorum 9", "quorum"},
        {"root root-one.example+", "root root-zzz.example+", "root root-one"},
        {"org northam-police police active", "org northam-police policeman active", "org northam-police"},
        {"org northam-police police active", "org northam-police police asleep", "org northam-police"},
        {"org northam-police police active", "org Northam-police police active", "org northam-police"},
        {"org northam-police police active", "org northam_police police active", "org northam-police"},
        {"org northam-police police active", "org -police police active", "org northam-police"},
        {"org northam-police police active Northam Police", "org northam-police police active",
         "org northam-police"},
        {"active Northam Police", "active  Northam Police", "org northam-police"},
        {"active Northam Police", "active Northam Police ", "org northam-police"},
        {"active Northam Police", "active Northam\tPolice", NULL},
        {"active Northam Police", "active Northam \xffPolice", NULL},
        {"org northam-police police", "org northam-council police", "org northam-police"},
        {"org northam-police police", "org aardvark-police police", "org northam-police"},
        {"key northam-police sig 1 ", "key northam-parish sig 1 ", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sign 1 ", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sig 01 ", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sig 4294967296 ", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sig 1  ", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sig 1 00", "key northam-police sig"},
        {"key northam-police sig 1 ", "key northam-police sig 1 G", "key northam-police sig"},
        {"key northam-police trn 1 ", "key northam-police root 1 ", "key northam-police trn"},
        {" jtai open ", " JTAI open ", "inspection"},
        {" jtai open ", " jtai ajar ", "inspection"},
        {"inspection 00010203", "inspection 0001020", "inspection"},
        {"inspection 0001020304050607080900", "inspection 000102030405060708090A", NULL},
        {" send,receive,witness\n", " receive,send,witness\n",
         "member 000102030405060708090a0b0c0d0e0f inspectorate-care"},
        {" send,receive,witness\n", " send,receive,witness,\n",
         "member 000102030405060708090a0b0c0d0e0f inspectorate-care"},
        {" send,receive,witness\n", " send, receive\n",
         "member 000102030405060708090a0b0c0d0e0f inspectorate-care"},
        {" send,receive,witness\n", " \n", "member 000102030405060708090a0b0c0d0e0f inspectorate-care"},
        {" send,receive,witness\n", " all\n", "member 000102030405060708090a0b0c0d0e0f inspectorate-care"},
        {"member 000102030405060708090a0b0c0d0e0f eastcliff-school",
         "member 000102030405060708090a0b0c0d0e0e eastcliff-school", "member"},
        {"member 000102030405060708090a0b0c0d0e0f eastcliff-school",
         "member 000102030405060708090a0b0c0d0e0f eastcliff-parish", "member"},
        {"member 000102030405060708090a0b0c0d0e0f northam-council send\n",
         "member 000102030405060708090a0b0c0d0e0f northam-council send\n"
         "member 000102030405060708090a0b0c0d0e0f northam-council send\n",
         NULL},
        {"member 000102030405060708090a0b0c0d0e0f northam-council send\n",
         "member 000102030405060708090a0b0c0d0e0f northam-council send\n"
         "member 000102030405060708090a0b0c0d0e0f northam-council send,receive\n",
         NULL},
        {"member 000102030405060708090a0b0c0d0e0f westmoor-health send\n",
         "member 000102030405060708090a0b0c0d0e0f westmoor-health send\n\n", NULL},
        {"member 000102030405060708090a0b0c0d0e0f westmoor-health send\n",
         "member 000102030405060708090a0b0c0d0e0f westmoor-health send\nremark x\n", NULL},
        {"member 000102030405060708090a0b0c0d0e0f westmoor-health send\n",
         "member 000102030405060708090a0b0c0d0e0f westmoor-health send\norg zzz police active Late\n", NULL},
        {"member 000102030405060708090a0b0c0d0e0f westmoor-health send\n",
         "member 000102030405060708090a0b0c0d0e0f westmoor-health send", NULL},
    };
    size_t checked = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (!memmem(evx_fixture_text(f).p, evx_fixture_text(f).n, cases[i].from, strlen(cases[i].from)))
            continue;
        struct evx_buf b = edited(cases[i].from, cases[i].to);
        struct evx_directory *d;
        unsigned line = 0;
        cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_E_DIRECTORY_FORMAT, "%s",
                     cases[i].to);
        cr_assert_null(d);
        if (cases[i].line) cr_assert_eq(line, line_of(cases[i].line), "%s: line %u", cases[i].to, line);
        evx_buf_free(&b);
        checked++;
    }
    cr_assert_geq(checked, sizeof cases / sizeof cases[0] - 1);
}

static size_t swap_lines(uint8_t *text, size_t n, unsigned first)
{
    uint8_t *line[3], *p = text;
    for (unsigned at = 1; at < first; at++)
        p = (uint8_t *)memchr(p, '\n', n - (size_t)(p - text)) + 1;
    for (size_t i = 0; i < 3; i++) {
        line[i] = p;
        p = memchr(p, '\n', n - (size_t)(p - text));
        if (!p) return 0;
        p++;
    }
    size_t a = (size_t)(line[1] - line[0]), b = (size_t)(line[2] - line[1]);
    uint8_t copy[1024];
    memcpy(copy, line[0], a);
    memmove(line[0], line[1], b);
    memcpy(line[0] + b, copy, a);
    return a + b;
}

Test(directory, order_of_lines_is_fixed, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_bytes text = evx_fixture_text(f);
    unsigned lines = 0, swapped = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    for (unsigned first = 1; first + 2 <= lines; first++) {
        uint8_t *copy = malloc(text.n);
        struct evx_directory *d;
        memcpy(copy, text.p, text.n);
        if (swap_lines(copy, text.n, first)) {
            unsigned line;
            cr_assert_eq(evx_directory_parse(&d, evx_bytes(copy, text.n), &line), EVX_E_DIRECTORY_FORMAT);
            swapped++;
        }
        free(copy);
    }
    cr_assert_geq(swapped, lines - 2);
}

Test(directory, no_key_twice_under_any_use, .init = setup, .fini = teardown, .timeout = 20)
{
    char hex[65], from[160], to[160];
    const struct evx_dir_key *sig = evx_fixture_key(f, "northam-police", EVX_KEY_SIG);
    const struct evx_dir_key *trn = evx_fixture_key(f, "northam-police", EVX_KEY_TRN);
    struct evx_directory *d;
    unsigned line;
    evx_hex(hex, trn->public_key, 32);
    snprintf(from, sizeof from, "key northam-police trn 1 %s", hex);
    evx_hex(hex, sig->public_key, 32);
    snprintf(to, sizeof to, "key northam-police trn 1 %s", hex);
    struct evx_buf b = edited(from, to);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_E_DIRECTORY_FORMAT);
    evx_buf_free(&b);
}

Test(directory, every_truncation_is_refused, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_bytes text = evx_fixture_text(f);
    size_t accepted = 0;
    for (size_t n = 0; n < text.n; n++) {
        struct evx_directory *d;
        unsigned line;
        // A text that ends after a whole line of its last sections is a smaller directory.
        enum evx_status s = evx_directory_parse(&d, evx_bytes(text.p, n), &line);
        if (s == EVX_OK) {
            cr_assert_eq(text.p[n - 1], '\n');
            accepted++;
        }
        evx_directory_destroy(&d);
    }
    cr_assert_lt(accepted, 60);
}
