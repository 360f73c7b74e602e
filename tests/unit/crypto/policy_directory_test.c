// SPDX-License-Identifier: Apache-2.0
//
// What a directory makes of a policy: whose key signs, who counts as a witness, when.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "crypto/policy.h"
#include "tests/testlib/fixture.h"

#define POLICING "inspectorate-policing"

static struct evx_grade grade(const struct evx_policy *p, const struct evx_buf *note)
{
    struct evx_grade g;
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(note)), EVX_OK);
    return g;
}

static struct evx_fixture *f;

static void open_fixture(void)
{
    f = evx_fixture_new();
    cr_assert_not_null(f);
}

static void close_fixture(void) { evx_fixture_free(f); }

struct edit {
    const char *from, *to;
};

// The fixture's directory with these replacements, which must all hit.
static struct evx_directory *directory_with(const struct edit *edit, size_t edits)
{
    struct evx_bytes text = evx_fixture_text(f);
    struct evx_buf a = {0}, b = {0};
    cr_assert_eq(evx_buf_append(&a, text.p, text.n), EVX_OK);
    for (size_t i = 0; i < edits; i++) {
        const uint8_t *at = memmem(a.p, a.n, edit[i].from, strlen(edit[i].from));
        cr_assert_not_null(at, "no %s in the text", edit[i].from);
        size_t before = (size_t)(at - a.p), after = before + strlen(edit[i].from);
        evx_buf_clear(&b);
        cr_assert_eq(evx_buf_append(&b, a.p, before), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&b, edit[i].to), EVX_OK);
        cr_assert_eq(evx_buf_append(&b, a.p + after, a.n - after), EVX_OK);
        struct evx_buf swap = a;
        a = b, b = swap;
    }
    struct evx_directory *d = NULL;
    unsigned line = 0;
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&a), &line), EVX_OK, "line %u", line);
    evx_buf_free(&a);
    evx_buf_free(&b);
    return d;
}

static struct evx_policy *policy_with(const struct edit *edit, size_t edits)
{
    struct evx_directory *d = directory_with(edit, edits);
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_policy *p = NULL;
    cr_assert_eq(evx_policy_from_directory(&p, d, &id), EVX_OK);
    evx_directory_destroy(&d);
    return p;
}

// A checkpoint of the fixture's log, cosigned by some of the inspectorates.
static struct evx_buf witnessed(const char *const *org, size_t orgs, uint64_t time_s)
{
    struct evx_checkpoint c = {EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION, 5, {{7}}};
    struct evx_sign_public public_key;
    struct evx_buf note = {0};
    struct evx_note n;
    memcpy(public_key.b, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    cr_assert_eq(
        evx_checkpoint_sign(&note, &c, evx_fixture_sign(f, "exchange-broker", EVX_KEY_LOG), &public_key),
        EVX_OK);
    for (size_t i = 0; i < orgs; i++) {
        struct evx_buf line = {0};
        memcpy(public_key.b, evx_fixture_key(f, org[i], EVX_KEY_WIT)->public_key, 32);
        cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&note)), EVX_OK);
        cr_assert_eq(evx_note_cosign_line(&line, n.text, time_s, org[i],
                                          evx_fixture_sign(f, org[i], EVX_KEY_WIT), &public_key),
                     EVX_OK);
        cr_assert_eq(evx_buf_append(&note, line.p, line.n), EVX_OK);
        evx_buf_free(&line);
    }
    return note;
}

static const char *const all[] = {"inspectorate-care", "inspectorate-health", POLICING};

Test(policy_directory, the_directory_names_log_witnesses_and_quorum, .init = open_fixture,
     .fini = close_fixture, .timeout = 20)
{
    struct evx_policy *p = policy_with(&(struct edit){"quorum 0\n", "quorum 2\n"}, 1), *again = NULL;
    struct evx_buf text = {0}, note = witnessed(all, 2, EVX_FIXTURE_NOW_MS / 1000);
    cr_assert_eq(evx_policy_witnesses(p), 3);
    cr_assert_str_eq(evx_policy_log_at(p, 0)->name, EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION);
    cr_assert_str_eq(evx_policy_witness_at(p, 0)->key.name, "inspectorate-care");
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_WITNESSED);
    cr_assert_eq(g.witnesses, 3);
    cr_assert_eq(g.needed, 2);
    // Any C2SP tool that is given this text comes to the same grade.
    cr_assert_eq(evx_policy_text(&text, p), EVX_OK);
    cr_assert_eq(evx_policy_parse(&again, evx_buf_bytes(&text), NULL), EVX_OK);
    cr_assert_eq(grade(again, &note).level, EVX_GRADE_WITNESSED);
    evx_policy_destroy(&again);
    evx_policy_destroy(&p);
    evx_buf_free(&note);
    evx_buf_free(&text);
}

Test(policy_directory, too_high_a_quorum_is_never_reached, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    struct evx_policy *p = policy_with(&(struct edit){"quorum 0\n", "quorum 4\n"}, 1);
    struct evx_buf text = {0}, note = witnessed(all, 3, EVX_FIXTURE_NOW_MS / 1000);
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_PARTLY);
    cr_assert_eq(g.needed, 4);
    cr_assert_eq(evx_policy_text(&text, p), EVX_E_POLICY);
    cr_assert_eq(text.n, 0);
    evx_policy_destroy(&p);
    evx_buf_free(&note);
}

Test(policy_directory, only_members_with_the_right_count, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    struct edit edit = {" " POLICING " send,receive,witness\n", " " POLICING " send,receive\n"};
    struct evx_policy *p = policy_with(&edit, 1);
    struct evx_buf note = witnessed(all, 3, EVX_FIXTURE_NOW_MS / 1000);
    cr_assert_eq(evx_policy_witnesses(p), 2);
    cr_assert_eq(grade(p, &note).cosigned, 2);
    evx_policy_destroy(&p);
    evx_buf_free(&note);
}

Test(policy_directory, a_suspended_organisation_does_not_count, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    struct edit edit = {"org " POLICING " inspectorate active", "org " POLICING " inspectorate suspended"};
    struct evx_policy *p = policy_with(&edit, 1);
    struct evx_buf note = witnessed(all, 3, EVX_FIXTURE_NOW_MS / 1000);
    cr_assert_eq(grade(p, &note).cosigned, 2);
    cr_assert_eq(grade(p, &note).witnesses, 2);
    evx_policy_destroy(&p);
    evx_buf_free(&note);
}

Test(policy_directory, a_revoked_key_does_not_count_from_whatever_index, .init = open_fixture,
     .fini = close_fixture, .timeout = 20)
{
    static const char *const origins[] = {"* 0", EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " 1000000"};
    for (size_t i = 0; i < 2; i++) {
        char fingerprint[65], line[512];
        evx_hex(fingerprint, evx_fixture_key(f, POLICING, EVX_KEY_WIT)->fingerprint.b, 32);
        struct evx_bytes text = evx_fixture_text(f);
        cr_assert_null(memmem(text.p, text.n, "\nrevoked ", 9));
        // The last line of the text: the revocation follows it.
        const uint8_t *last = memrchr(text.p, '\n', text.n - 1) + 1;
        char from[256];
        snprintf(from, sizeof from, "%.*s", (int)(text.p + text.n - last), (const char *)last);
        snprintf(line, sizeof line, "%srevoked %s %s stolen\n", from, fingerprint, origins[i]);
        struct evx_policy *p = policy_with(&(struct edit){from, line}, 1);
        struct evx_buf note = witnessed(all, 3, EVX_FIXTURE_NOW_MS / 1000);
        cr_assert_eq(grade(p, &note).cosigned, 2, "%s", origins[i]);
        evx_policy_destroy(&p);
        evx_buf_free(&note);
    }
}

Test(policy_directory, a_log_key_counts_up_to_its_cut_off, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    for (unsigned cut = 4; cut <= 6; cut++) {
        char fingerprint[65], line[512], from[256];
        evx_hex(fingerprint, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->fingerprint.b, 32);
        struct evx_bytes text = evx_fixture_text(f);
        const uint8_t *last = memrchr(text.p, '\n', text.n - 1) + 1;
        snprintf(from, sizeof from, "%.*s", (int)(text.p + text.n - last), (const char *)last);
        snprintf(line, sizeof line,
                 "%srevoked %s " EVX_FIXTURE_EXCHANGE "/" EVX_FIXTURE_INSPECTION " %u lost\n", from,
                 fingerprint, cut);
        struct evx_policy *p = policy_with(&(struct edit){from, line}, 1);
        struct evx_buf note = witnessed(all, 3, EVX_FIXTURE_NOW_MS / 1000); // of size 5: its last entry is 4
        struct evx_grade g;
        cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), cut >= 5 ? EVX_OK : EVX_E_NOTE_SIGNATURE,
                     "%u", cut);
        evx_policy_destroy(&p);
        evx_buf_free(&note);
    }
}

// Another key line of the fixture's kind, with a key that only this test knows.
static void key_line(char out[256], const char *org, const char *use, unsigned epoch)
{
    uint8_t made_up[32] = {(uint8_t)epoch, 77};
    char hex[65];
    evx_hex(hex, made_up, 32);
    snprintf(out, 256, "key %s %s %u %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n", org, use, epoch, hex);
}

Test(policy_directory, the_brokers_other_log_key_is_listed_too, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    char from[256], second[256], both[512], hex[65], last_line[256], revoked[512];
    const struct evx_dir_key *k = evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG);
    evx_hex(hex, k->public_key, 32);
    snprintf(from, sizeof from, "key exchange-broker log 1 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             hex);
    key_line(second, "exchange-broker", "log", 2);
    snprintf(both, sizeof both, "%s%s", from, second);
    struct evx_policy *p = policy_with(&(struct edit){from, both}, 1);
    cr_assert_eq(evx_policy_logs(p), 2);
    evx_policy_destroy(&p);
    // Revoked everywhere, the first one is left out.
    struct evx_bytes text = evx_fixture_text(f);
    const uint8_t *last = memrchr(text.p, '\n', text.n - 1) + 1;
    snprintf(last_line, sizeof last_line, "%.*s", (int)(text.p + text.n - last), (const char *)last);
    evx_hex(hex, k->fingerprint.b, 32);
    snprintf(revoked, sizeof revoked, "%srevoked %s * 0 stolen\n", last_line, hex);
    p = policy_with((struct edit[]){{from, both}, {last_line, revoked}}, 2);
    cr_assert_eq(evx_policy_logs(p), 1);
    cr_assert_neq(memcmp(evx_policy_log_at(p, 0)->key.b, k->public_key, 32), 0);
    evx_policy_destroy(&p);
}

Test(policy_directory, only_the_broker_signs_logs, .init = open_fixture, .fini = close_fixture, .timeout = 20)
{
    char line[256], with[512];
    key_line(line, "northam-police", "log", 1);
    snprintf(with, sizeof with, "%skey northam-police sig 1", line);
    struct evx_policy *p = policy_with(&(struct edit){"key northam-police sig 1", with}, 1);
    cr_assert_eq(evx_policy_logs(p), 1);
    evx_policy_destroy(&p);
}

Test(policy_directory, a_key_counts_in_its_time_only, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    const struct evx_dir_key *k = evx_fixture_key(f, POLICING, EVX_KEY_WIT);
    static const struct {
        int from_s, until_s; // of the key, after the time of signing
        size_t counted;
    } rows[] = {{-10, 10, 1}, {0, 10, 1}, {1, 10, 0}, {-10, 1, 1}, {-10, 0, 0}, {-10, -1, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t from_s = k->from_ms / 1000, time_s = EVX_FIXTURE_NOW_MS / 1000;
        // The key's own window stays; the signature is made relative to its ends.
        if (rows[i].from_s >= 0) time_s = from_s - rows[i].from_s;
        if (rows[i].until_s <= 1 && rows[i].from_s < 0) time_s = k->until_ms / 1000 - rows[i].until_s;
        struct evx_policy *p = policy_with(NULL, 0);
        struct evx_buf note = witnessed(&all[2], 1, (uint64_t)time_s);
        cr_assert_eq(grade(p, &note).cosigned, rows[i].counted, "row %zu", i);
        evx_policy_destroy(&p);
        evx_buf_free(&note);
    }
}

Test(policy_directory, two_keys_of_one_organisation_are_one_voice, .init = open_fixture,
     .fini = close_fixture, .timeout = 20)
{
    // Health's key becomes the second epoch of care's: two valid lines, one organisation.
    char from[256], to[256], hex[65];
    const struct evx_dir_key *k = evx_fixture_key(f, "inspectorate-health", EVX_KEY_WIT);
    evx_hex(hex, k->public_key, 32);
    snprintf(from, sizeof from,
             "key inspectorate-health wit 1 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n", hex);
    snprintf(to, sizeof to, "key inspectorate-care wit 2 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             hex);
    char care[256], both[512];
    evx_hex(hex, evx_fixture_key(f, "inspectorate-care", EVX_KEY_WIT)->public_key, 32);
    snprintf(care, sizeof care, "key inspectorate-care wit 1 %s " EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL "\n",
             hex);
    snprintf(both, sizeof both, "%s%s", care, to);
    struct edit edits[] = {{from, ""}, {care, both}, {"quorum 0\n", "quorum 2\n"}};
    struct evx_policy *p = policy_with(edits, 3);
    cr_assert_eq(evx_policy_witnesses(p), 3);
    struct evx_buf note = witnessed(all, 1, EVX_FIXTURE_NOW_MS / 1000), line = {0};
    struct evx_note n;
    struct evx_sign_public public_key;
    memcpy(public_key.b, k->public_key, 32);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&note)), EVX_OK);
    cr_assert_eq(evx_note_cosign_line(&line, n.text, EVX_FIXTURE_NOW_MS / 1000, "inspectorate-care",
                                      evx_fixture_sign(f, "inspectorate-health", EVX_KEY_WIT), &public_key),
                 EVX_OK);
    cr_assert_eq(evx_buf_append(&note, line.p, line.n), EVX_OK);
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.lines, 2);
    cr_assert_eq(g.cosigned, 1);
    cr_assert_eq(g.witnesses, 2);
    cr_assert_eq(g.level, EVX_GRADE_PARTLY);
    evx_buf_free(&note);
    note = witnessed(all, 0, 0);
    cr_assert_eq(evx_buf_append(&note, line.p, line.n), EVX_OK);
    cr_assert_eq(grade(p, &note).cosigned, 1, "the newer key alone");
    evx_policy_destroy(&p);
    evx_buf_free(&line);
    evx_buf_free(&note);
}

Test(policy_directory, an_unknown_inspection_has_none, .init = open_fixture, .fini = close_fixture,
     .timeout = 20)
{
    struct evx_inspection_id other = {{9}};
    struct evx_policy *p = NULL;
    cr_assert_eq(evx_policy_from_directory(&p, evx_fixture_directory(f), &other), EVX_E_WRONG_INSPECTION);
    cr_assert_null(p);
}
