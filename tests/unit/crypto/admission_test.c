// SPDX-License-Identifier: Apache-2.0
//
// What the directory says about a consignment, code by code.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/consignment.h"
#include "tests/testlib/fixture.h"

#define INSPECTION EVX_FIXTURE_INSPECTION
#define MEMBER     "member " INSPECTION " "

static struct evx_fixture *f;

static void setup(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void teardown(void) { evx_fixture_free(f); }

struct edit {
    const char *from, *to;
};

// The fixture's directory with edits, unsigned.
static struct evx_directory *directory_with(const struct edit *edit, size_t edits)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf b = {0};
    struct evx_directory *d;
    unsigned line;
    cr_assert_eq(evx_buf_append(&b, text.p, text.n), EVX_OK);
    for (size_t i = 0; i < edits; i++) {
        struct evx_buf old = b;
        const uint8_t *at = memmem(old.p, old.n, edit[i].from, strlen(edit[i].from));
        b = (struct evx_buf){0};
        cr_assert_not_null(at, "no %s", edit[i].from);
        size_t before = (size_t)(at - old.p), rest = old.n - before - strlen(edit[i].from);
        cr_assert_eq(evx_buf_append(&b, old.p, before), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&b, edit[i].to), EVX_OK);
        cr_assert_eq(evx_buf_append(&b, at + strlen(edit[i].from), rest), EVX_OK);
        evx_buf_free(&old);
    }
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&b), &line), EVX_OK, "line %u", line);
    evx_buf_free(&b);
    return d;
}

// One small item from `sender` to one key, sealed under `d`.
static struct evx_buf sealed_to(const char *sender, const struct evx_dir_key *recipient,
                                const struct evx_directory *d)
{
    const struct evx_dir_key *to[] = {recipient};
    const struct evx_dir_key *key = evx_fixture_key(f, sender, EVX_KEY_SIG);
    struct evx_seal_context context = {.directory = d,
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = to,
                                       .recipients = 1,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = EVX_FIXTURE_NOW_MS};
    struct evx_plain_item item = {.content = evx_bytes_of_text("content")};
    struct evx_buf b = {0};
    struct evx_digest id;
    struct evx_sealer *sealer;
    struct evx_sign_public public_key;
    context.link.sequence = 1;
    context.link.stream.b[0] = 1;
    memcpy(public_key.b, key->public_key, 32);
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(f, sender, EVX_KEY_SIG), &public_key), EVX_OK);
    cr_assert_eq(evx_seal(&b, &id, NULL, sealer, &context, &item, 1), EVX_OK);
    evx_sealer_destroy(&sealer);
    return b;
}

static enum evx_status admit_key(const char *sender, const struct evx_dir_key *recipient,
                                 const struct evx_directory *under, const struct evx_admission *a)
{
    struct evx_buf b = sealed_to(sender, recipient, under);
    struct evx_consignment c;
    cr_assert_eq(evx_consignment_open(&c, evx_buf_bytes(&b), evx_fixture_key(f, sender, EVX_KEY_SIG)),
                 EVX_OK);
    enum evx_status s = evx_consignment_admit(&c, a);
    evx_consignment_close(&c);
    evx_buf_free(&b);
    return s;
}

static enum evx_status admit(const char *sender, const char *recipient, const struct evx_directory *under,
                             const struct evx_admission *a)
{
    return admit_key(sender, evx_fixture_key(f, recipient, EVX_KEY_ENC), under, a);
}

// An ordinary consignment under a directory with one edit that both sides have.
static enum evx_status admit_with(const char *from, const char *to, uint64_t log_index)
{
    struct edit edit = {from, to};
    struct evx_directory *d = directory_with(&edit, from ? 1 : 0);
    struct evx_admission a = {d, NULL, EVX_FIXTURE_NOW_MS, log_index};
    enum evx_status s = admit("northam-police", "inspectorate-care", d, &a);
    evx_directory_destroy(&d);
    return s;
}

static enum evx_status admit_at(int64_t now_ms)
{
    struct evx_admission a = {evx_fixture_directory(f), NULL, now_ms, 0};
    return admit("northam-police", "inspectorate-care", a.directory, &a);
}

Test(admission, ordinary, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(admit_with(NULL, NULL, 0), EVX_OK);
}

Test(admission, inspection_and_its_window, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char window[] = "jtai open " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL;
    cr_assert_eq(admit_with(" jtai open ", " jtai closed ", 0), EVX_E_WINDOW_CLOSED);
    cr_assert_eq(admit_with(window, "jtai open 2026-03-01T09:00:00.001Z " EVX_FIXTURE_UNTIL, 0),
                 EVX_E_WINDOW_CLOSED);
    cr_assert_eq(admit_with(window, "jtai open 2026-03-01T09:00:00.000Z " EVX_FIXTURE_UNTIL, 0), EVX_OK);
    cr_assert_eq(admit_with(window, "jtai open " EVX_FIXTURE_FROM " 2026-03-01T09:00:00.000Z", 0),
                 EVX_E_WINDOW_CLOSED);
    cr_assert_eq(admit_with(window, "jtai open " EVX_FIXTURE_FROM " 2026-03-01T09:00:00.001Z", 0), EVX_OK);
}

// Whatever a witness or log key signs elsewhere, it speaks for no consignment.
Test(admission, only_a_signing_key_sends, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_admission a = {evx_fixture_directory(f), NULL, EVX_FIXTURE_NOW_MS, 0};
    const struct evx_dir_key *to = evx_fixture_key(f, "inspectorate-health", EVX_KEY_ENC);
    struct evx_buf b = sealed_to("inspectorate-care", to, a.directory);
    struct evx_consignment c;
    cr_assert_eq(
        evx_consignment_open(&c, evx_buf_bytes(&b), evx_fixture_key(f, "inspectorate-care", EVX_KEY_SIG)),
        EVX_OK);
    cr_assert_eq(evx_consignment_admit(&c, &a), EVX_OK);
    const struct evx_dir_key *witness = evx_fixture_key(f, "inspectorate-care", EVX_KEY_WIT);
    memcpy(c.header->sender.data, witness->fingerprint.b, sizeof witness->fingerprint.b);
    cr_assert_eq(evx_consignment_admit(&c, &a), EVX_E_UNKNOWN_KEY);
    evx_consignment_close(&c);
    evx_buf_free(&b);
}

// Answers, digests of reads and certificates of erasure come after the evidence.
Test(admission, who_receives_goes_on_until_the_inspection_is_closed, .init = setup, .fini = teardown,
     .timeout = 20)
{
    static const char window[] = "jtai open " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL;
    static const struct {
        const char *now, *sender;
        enum evx_status expected;
    } row[] = {
        {"jtai open " EVX_FIXTURE_FROM " 2026-03-01T09:00:00.000Z", "inspectorate-care", EVX_OK},
        {"jtai open " EVX_FIXTURE_FROM " 2026-03-01T09:00:00.000Z", "northam-police", EVX_E_WINDOW_CLOSED},
        {"jtai open 2026-03-01T09:00:00.001Z " EVX_FIXTURE_UNTIL, "inspectorate-care", EVX_E_WINDOW_CLOSED},
        {"jtai closed " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL, "inspectorate-care", EVX_E_WINDOW_CLOSED},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct edit edit = {window, row[i].now};
        struct evx_directory *d = directory_with(&edit, 1);
        struct evx_admission a = {d, NULL, EVX_FIXTURE_NOW_MS, 0};
        cr_assert_eq(admit(row[i].sender, "inspectorate-health", d, &a), row[i].expected, "row %zu", i);
        evx_directory_destroy(&d);
    }
}

Test(admission, unknown_inspection, .init = setup, .fini = teardown, .timeout = 20)
{
    const char *members[] = {"eastcliff-school send",
                             "inspectorate-care send,receive,witness",
                             "inspectorate-health send,receive,witness",
                             "inspectorate-policing send,receive,witness",
                             "northam-council send",
                             "northam-police send",
                             "westmoor-health send"};
    struct edit edit[8] = {{"inspection " INSPECTION " ", "inspection ffffffffffffffffffffffffffffffff "}};
    char from[7][128];
    for (size_t i = 0; i < 7; i++) {
        snprintf(from[i], sizeof from[i], MEMBER "%s\n", members[i]);
        edit[i + 1] = (struct edit){from[i], ""};
    }
    struct evx_directory *d = directory_with(edit, 8);
    struct evx_admission a = {d, NULL, EVX_FIXTURE_NOW_MS, 0};
    cr_assert_eq(admit("northam-police", "inspectorate-care", d, &a), EVX_E_WRONG_INSPECTION);
    evx_directory_destroy(&d);
}

Test(admission, sender, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(admit_with("org northam-police police active", "org northam-police police suspended", 0),
                 EVX_E_NOT_ENTITLED);
    cr_assert_eq(admit_with(MEMBER "northam-police send\n", "", 0), EVX_E_NOT_ENTITLED);
    cr_assert_eq(admit_with(MEMBER "northam-police send\n", MEMBER "northam-police receive\n", 0),
                 EVX_E_NOT_ENTITLED);
    cr_assert_eq(admit_with(MEMBER "northam-police send\n", MEMBER "northam-police send,receive\n", 0),
                 EVX_OK);
}

Test(admission, key_unknown_or_out_of_time, .init = setup, .fini = teardown, .timeout = 20)
{
    char hex[65], from[256], to[256];
    const struct evx_dir_key *k = evx_fixture_key(f, "northam-police", EVX_KEY_SIG);
    evx_hex(hex, k->public_key, 32);
    snprintf(from, sizeof from, "key northam-police sig 1 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             hex);
    cr_assert_eq(admit_with(from, "", 0), EVX_E_UNKNOWN_KEY);
    snprintf(to, sizeof to, "key northam-police sig 1 %s 2026-03-01T09:00:00.001Z " EVX_FIXTURE_UNTIL "\n",
             hex);
    cr_assert_eq(admit_with(from, to, 0), EVX_E_EXPIRED_KEY);
    snprintf(to, sizeof to, "key northam-police sig 1 %s " EVX_FIXTURE_FROM " 2026-03-01T09:00:00.000Z\n",
             hex);
    cr_assert_eq(admit_with(from, to, 0), EVX_E_EXPIRED_KEY);
    cr_assert_eq(admit_at(k->until_ms), EVX_E_DIRECTORY_EXPIRED); // the inspection ends then, too
}

static enum evx_status admit_revoked(const struct evx_dir_key *k, const char *origin_and_index,
                                     uint64_t log_index)
{
    char hex[65], to[512];
    evx_hex(hex, k->fingerprint.b, 32);
    snprintf(to, sizeof to, MEMBER "westmoor-health send\nrevoked %s %s lost\n", hex, origin_and_index);
    return admit_with(MEMBER "westmoor-health send\n", to, log_index);
}

Test(admission, revoked_from_an_index_on, .init = setup, .fini = teardown, .timeout = 20)
{
    const struct evx_dir_key *k = evx_fixture_key(f, "northam-police", EVX_KEY_SIG);
    const char *here = EVX_FIXTURE_EXCHANGE "/" INSPECTION " 7";
    cr_assert_eq(admit_revoked(k, here, 6), EVX_OK);
    cr_assert_eq(admit_revoked(k, here, 7), EVX_E_REVOKED);
    cr_assert_eq(admit_revoked(k, here, 700), EVX_E_REVOKED);
    cr_assert_eq(admit_revoked(k, "* 0", 0), EVX_E_REVOKED);
}

Test(admission, minimum_suite, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(admit_with("min-suite 1", "min-suite 2", 0), EVX_E_SUITE);
}

Test(admission, directory_versions, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char two[] = "version 2\nprevious AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char three[] = "version 3\nprevious AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char other[] = "version 2\nprevious BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    static const char first[] = "version 1\nprevious -";
    struct edit edit2 = {first, two}, edit3 = {first, three}, edit_other = {first, other};
    const struct evx_directory *v1 = evx_fixture_directory(f);
    struct evx_directory *v2 = directory_with(&edit2, 1), *v3 = directory_with(&edit3, 1);
    struct evx_directory *fork = directory_with(&edit_other, 1);
    const struct {
        const char *what;
        const struct evx_directory *under, *newest, *older;
        enum evx_status status;
    } cases[] = {
        {"newest", v2, v2, v1, EVX_OK},
        {"older, still accepted", v1, v2, v1, EVX_OK},
        {"older, not accepted", v1, v2, NULL, EVX_E_STALE_DIRECTORY},
        {"older than the older", v1, v3, v2, EVX_E_STALE_DIRECTORY},
        {"not held here yet", v3, v2, v1, EVX_E_DIRECTORY_UNKNOWN},
        {"another of that number", fork, v2, v1, EVX_E_DIRECTORY_UNKNOWN},
        {"another of the older number", fork, v3, v2, EVX_E_DIRECTORY_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct evx_admission a = {cases[i].newest, cases[i].older, EVX_FIXTURE_NOW_MS, 0};
        cr_assert_eq(admit("northam-police", "inspectorate-care", cases[i].under, &a), cases[i].status, "%s",
                     cases[i].what);
    }
    evx_directory_destroy(&v2);
    evx_directory_destroy(&v3);
    evx_directory_destroy(&fork);
}

static enum evx_status admit_to(const char *sender, const char *recipient, const char *from, const char *to)
{
    struct edit edit = {from, to};
    struct evx_directory *d = directory_with(&edit, from ? 1 : 0);
    struct evx_admission a = {d, NULL, EVX_FIXTURE_NOW_MS, 3};
    enum evx_status s = admit(sender, recipient, d, &a);
    evx_directory_destroy(&d);
    return s;
}

Test(admission, recipients, .init = setup, .fini = teardown, .timeout = 20)
{
    char hex[65], revoked[512];
    evx_hex(hex, evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC)->fingerprint.b, 32);
    snprintf(revoked, sizeof revoked, MEMBER "westmoor-health send\nrevoked %s * 0 lost\n", hex);
    const struct {
        const char *what, *sender, *recipient, *from, *to;
        enum evx_status status;
    } cases[] = {
        {"agency to inspectorate", "northam-police", "inspectorate-care", NULL, NULL, EVX_OK},
        {"agency to agency", "northam-police", "northam-council", NULL, NULL, EVX_E_RECIPIENT},
        {"inspectorate to agency", "inspectorate-care", "northam-council", NULL, NULL, EVX_OK},
        {"inspectorate to inspectorate", "inspectorate-care", "inspectorate-health", NULL, NULL, EVX_OK},
        {"inspectorate to a former member", "inspectorate-care", "northam-council",
         MEMBER "northam-council send\n", "", EVX_E_RECIPIENT},
        {"agency to one without the right", "northam-police", "inspectorate-care",
         "inspectorate-care send,receive,witness", "inspectorate-care send,witness", EVX_E_RECIPIENT},
        {"agency to a suspended one", "northam-police", "inspectorate-care",
         "org inspectorate-care inspectorate active", "org inspectorate-care inspectorate suspended",
         EVX_E_RECIPIENT},
        {"agency to a revoked key", "northam-police", "inspectorate-care", MEMBER "westmoor-health send\n",
         revoked, EVX_E_RECIPIENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_assert_eq(admit_to(cases[i].sender, cases[i].recipient, cases[i].from, cases[i].to),
                     cases[i].status, "%s", cases[i].what);
}

// A hidden reader: an ENC key that the directory does not know, or a key of
// another use, in the signed recipient list.
Test(admission, recipient_key_must_be_a_listed_enc_key, .init = setup, .fini = teardown, .timeout = 20)
{
    char hex[65], from[256], to[256];
    evx_hex(hex, evx_fixture_key(f, "inspectorate-care", EVX_KEY_ENC)->public_key, 32);
    snprintf(from, sizeof from, "key inspectorate-care enc 1 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             hex);
    cr_assert_eq(admit_to("northam-police", "inspectorate-care", from, ""), EVX_E_RECIPIENT);
    snprintf(to, sizeof to, "key inspectorate-care enc 1 %064d " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             7);
    cr_assert_eq(admit_to("northam-police", "inspectorate-care", from, to), EVX_E_RECIPIENT);
}

// A listed key of a receiving member, but its transport key.
Test(admission, recipient_key_of_another_use_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_dir_key transport = *evx_fixture_key(f, "inspectorate-care", EVX_KEY_TRN);
    struct evx_admission a = {evx_fixture_directory(f), NULL, EVX_FIXTURE_NOW_MS, 0};
    transport.use = EVX_KEY_ENC; // the sender lies to its own sealing code
    cr_assert_eq(admit_key("northam-police", &transport, a.directory, &a), EVX_E_RECIPIENT);
}
