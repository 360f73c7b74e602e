// SPDX-License-Identifier: Apache-2.0
//
// Log policies: their text, what a directory makes of them, and the grade that a
// cosigned checkpoint has under one.
#include "crypto/policy.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define LOG  "exchange.example/00"
#define KEYS 6
#define TIME 1772355600u

struct key {
    struct evx_sign_secret *secret;
    struct evx_sign_public public_key;
    char vkey[EVX_NOTE_NAME_BYTES + 64];
};
static struct key key[KEYS]; // 0: the log's; others: witnesses "w1" …

static void make_key(struct key *k, size_t i)
{
    char name[32] = LOG;
    uint8_t seed[32] = {9, (uint8_t)i};
    struct evx_vkey v;
    struct evx_buf text = {0};
    if (i) snprintf(name, sizeof name, "w%zu.example", i);
    cr_assert_eq(evx_sign_from_seed(&k->secret, &k->public_key, seed), EVX_OK);
    cr_assert_eq(evx_vkey_make(&v, name, i ? EVX_NOTE_COSIGNATURE : EVX_NOTE_ED25519, &k->public_key),
                 EVX_OK);
    cr_assert_eq(evx_vkey_text(&text, &v), EVX_OK);
    snprintf(k->vkey, sizeof k->vkey, "%.*s", (int)text.n, (const char *)text.p);
    evx_buf_free(&text);
}

static void setup(void)
{
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    for (size_t i = 0; i < KEYS; i++)
        make_key(&key[i], i);
}

static void teardown(void)
{
    for (size_t i = 0; i < KEYS; i++)
        evx_sign_secret_destroy(&key[i].secret);
}

// Replaces %0 … %5 by the keys.
static struct evx_buf with_keys(const char *text)
{
    struct evx_buf out = {0};
    for (const char *p = text; *p; p++) {
        if (*p == '%')
            cr_assert_eq(evx_buf_append_text(&out, key[*++p - '0'].vkey), EVX_OK);
        else
            cr_assert_eq(evx_buf_append(&out, p, 1), EVX_OK);
    }
    return out;
}

static enum evx_status parse(struct evx_policy **p, const char *text, unsigned *line)
{
    struct evx_buf whole = with_keys(text);
    enum evx_status s = evx_policy_parse(p, evx_buf_bytes(&whole), line);
    evx_buf_free(&whole);
    return s;
}

static struct evx_policy *policy(const char *text)
{
    struct evx_policy *p = NULL;
    unsigned line = 0;
    cr_assert_eq(parse(&p, text, &line), EVX_OK, "line %u of %s", line, text);
    return p;
}

static struct evx_buf note_of(uint64_t size)
{
    struct evx_checkpoint c = {LOG, size, {{7}}};
    struct evx_buf note = {0};
    cr_assert_eq(evx_checkpoint_sign(&note, &c, key[0].secret, &key[0].public_key), EVX_OK);
    return note;
}

static void cosign(struct evx_buf *note, size_t by, uint64_t time_s)
{
    struct evx_note n;
    struct evx_buf line = {0};
    char name[32];
    snprintf(name, sizeof name, "w%zu.example", by);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(note)), EVX_OK);
    cr_assert_eq(evx_note_cosign_line(&line, n.text, time_s, name, key[by].secret, &key[by].public_key),
                 EVX_OK);
    cr_assert_eq(evx_buf_append(note, line.p, line.n), EVX_OK);
    evx_buf_free(&line);
}

static struct evx_grade grade(const struct evx_policy *p, const struct evx_buf *note)
{
    struct evx_grade g;
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(note)), EVX_OK);
    return g;
}

#define TWO_OF_THREE "log %0\nwitness a %1\nwitness b %2\nwitness c %3\ngroup all 2 a b c\nquorum all\n"

Test(policy, what_the_format_allows_is_read, .init = setup, .fini = teardown, .timeout = 20)
{
    static const char *const right[] = {
        "quorum none\n",
        "# nothing but this\n\n \t\nquorum none\n",
        "\t log \t%0 \nquorum none\n",
        "log %0 https://log.example/\nquorum none\n",
        "witness a %1 https://witness.example/\nquorum a\n",
        "witness a %1\nwitness b %2\ngroup g any a b\nquorum g\n",
        "witness a %1\nwitness b %2\ngroup g all a b\nquorum g\n",
        "witness a %1\nquorum a\nwitness b %2\nlog %0\n",
        "witness \xc3\xa9tat/1 %1\nquorum \xc3\xa9tat/1\n",
        "witness a %1\nwitness b %2\nwitness c %3\nwitness d %4\ngroup x 1 a b\ngroup y all c d\ngroup z 2 x "
        "y\n"
        "quorum z # \n",
        TWO_OF_THREE,
    };
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        struct evx_policy *p = NULL;
        unsigned line = 9;
        enum evx_status s = parse(&p, right[i], &line);
        if (i == 9) { // nothing may follow the quorum's name, not even a comment
            cr_assert_eq(s, EVX_E_POLICY);
            cr_assert_eq(line, 8);
            continue;
        }
        cr_assert_eq(s, EVX_OK, "%zu at line %u", i, line);
        evx_policy_destroy(&p);
    }
}

Test(policy, everything_else_is_refused_with_its_line, .init = setup, .fini = teardown, .timeout = 20)
{
    static const struct {
        const char *text;
        unsigned line;
    } wrong[] = {
        {"", 0},
        {"log %0\n", 0},
        {"quorum none", 1},
        {"quorum none\nlog", 2},
        {"quorum none\nquorum none\n", 2},
        {"quorum\n", 1},
        {"quorum nobody\n", 1},
        {"quorum none more\n", 1},
        {"quorum a\nwitness a %1\n", 1},
        {"logs %0\nquorum none\n", 1},
        {"log\nquorum none\n", 1},
        {"log %1\nquorum none\n", 1},
        {"log %0x\nquorum none\n", 1},
        {"log %0 url more\nquorum none\n", 1},
        {"log %0\nlog %0\nquorum none\n", 2},
        {"witness a %0\nquorum none\n", 1},
        {"witness %1\nquorum none\n", 1},
        {"witness none %1\nquorum none\n", 1},
        {"witness a %1\nwitness a %2\nquorum none\n", 2},
        {"witness a %1\nwitness b %1\nquorum none\n", 2},
        {"witness a %1 url more\nquorum none\n", 1},
        {"witness a %1\ngroup a any a\nquorum a\n", 2},
        {"witness a %1\ngroup none any a\nquorum a\n", 2},
        {"witness a %1\ngroup g any none\nquorum a\n", 2},
        {"witness a %1\ngroup g any\nquorum a\n", 2},
        {"witness a %1\ngroup g all\nquorum a\n", 2},
        {"witness a %1\ngroup g\nquorum a\n", 2},
        {"witness a %1\ngroup g 0 a\nquorum g\n", 2},
        {"witness a %1\ngroup g 2 a\nquorum g\n", 2},
        {"witness a %1\ngroup g 01 a\nquorum g\n", 2},
        {"witness a %1\ngroup g -1 a\nquorum g\n", 2},
        {"witness a %1\ngroup g one a\nquorum g\n", 2},
        {"witness a %1\ngroup g any b\nwitness b %2\nquorum g\n", 2},
        {"witness a %1\ngroup g any g\nquorum g\n", 2},
        {"witness a %1\ngroup g all a a\nquorum g\n", 2},
        {"witness a %1\ngroup g any a\ngroup h any a\nquorum g\n", 3},
        {"witness a %1\rquorum a\n", 1},
        {"witness a\x7f %1\nquorum none\n", 1},
        {"quorum none\n\x01\n", 2},
        {"quorum none\r\n", 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct evx_policy *p = NULL;
        unsigned line = 99;
        cr_assert_eq(parse(&p, wrong[i].text, &line), EVX_E_POLICY, "%zu: %s", i, wrong[i].text);
        cr_assert_eq(line, wrong[i].line, "%zu: line %u of %s", i, line, wrong[i].text);
        cr_assert_null(p);
    }
}

// A text made of `before`, `part` `times` over and `after`.
static enum evx_status parse_long(const char *before, const char *part, size_t times, const char *after)
{
    struct evx_buf text = with_keys(before);
    struct evx_policy *p = NULL;
    for (size_t i = 0; i < times; i++)
        cr_assert_eq(evx_buf_append_text(&text, part), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&text, after), EVX_OK);
    enum evx_status s = evx_policy_parse(&p, evx_buf_bytes(&text), NULL);
    evx_policy_destroy(&p);
    evx_buf_free(&text);
    return s;
}

static enum evx_status parse_logs(size_t logs)
{
    struct evx_buf text = {0};
    struct evx_policy *p = NULL;
    for (size_t i = 0; i < logs; i++) {
        const uint8_t seed[32] = {10, (uint8_t)i};
        struct evx_sign_secret *secret = NULL;
        struct evx_sign_public public_key;
        struct evx_vkey v;
        cr_assert_eq(evx_sign_from_seed(&secret, &public_key, seed), EVX_OK);
        evx_sign_secret_destroy(&secret);
        cr_assert_eq(evx_vkey_make(&v, LOG, EVX_NOTE_ED25519, &public_key), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&text, "log "), EVX_OK);
        cr_assert_eq(evx_vkey_text(&text, &v), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&text, "\n"), EVX_OK);
    }
    cr_assert_eq(evx_buf_append_text(&text, "quorum none\n"), EVX_OK);
    enum evx_status s = evx_policy_parse(&p, evx_buf_bytes(&text), NULL);
    evx_policy_destroy(&p);
    evx_buf_free(&text);
    return s;
}

Test(policy, what_has_no_end_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    const size_t lines = EVX_LIMIT_NOTE_BYTES / 8;
    cr_assert_eq(parse_long("witness ", "abcdefgh", 800, " x\nquorum none\n"), EVX_E_POLICY);
    cr_assert_eq(
        parse_long("witness a %1\ngroup g any", " a", 40 * EVX_LIMIT_POLICY_WITNESSES, "\nquorum g\n"),
        EVX_E_TOO_LARGE);
    cr_assert_eq(parse_long("log %0\n", "# text\n", 10, "quorum none\n"), EVX_OK);
    cr_assert_eq(parse_long("log %0\n", "# text.\n", lines, "quorum none\n"), EVX_E_TOO_LARGE);
    cr_assert_eq(parse_logs(EVX_LIMIT_POLICY_LOGS), EVX_OK);
    cr_assert_eq(parse_logs(EVX_LIMIT_POLICY_LOGS + 1), EVX_E_TOO_LARGE);
}

Test(policy, its_text_says_the_same, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf want = with_keys(TWO_OF_THREE), got = {0};
    struct evx_policy *p =
        policy("# comments and order are not kept\n witness a %1 url\nlog %0\nwitness b %2\n"
               "witness c %3\ngroup all 2 a b c\nquorum all\n");
    cr_assert_eq(evx_policy_text(&got, p), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&want), evx_buf_bytes(&got)));
    cr_assert_eq(evx_policy_logs(p), 1);
    cr_assert_eq(evx_policy_witnesses(p), 3);
    cr_assert_str_eq(evx_policy_log_at(p, 0)->name, LOG);
    cr_assert_str_eq(evx_policy_witness_at(p, 2)->name, "c");
    cr_assert_null(evx_policy_log_at(p, 1));
    cr_assert_null(evx_policy_witness_at(p, 3));
    evx_policy_destroy(&p);
    evx_buf_free(&got);
    evx_buf_free(&want);
}

Test(policy, the_operator_alone_witnesses_nothing, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy(TWO_OF_THREE);
    struct evx_buf note = note_of(5);
    struct evx_grade g = grade(p, &note);
    char text[EVX_GRADE_TEXT];
    cr_assert_eq(g.level, EVX_GRADE_OPERATOR);
    cr_assert_eq(g.checkpoint.size, 5);
    cr_assert(!g.reached);
    cr_assert_eq(g.cosigned, 0);
    cr_assert_eq(g.witnesses, 3);
    cr_assert_eq(g.needed, 2);
    evx_grade_text(text, &g);
    cr_assert_str_eq(text, "operator only");
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

Test(policy, a_quorum_of_different_witnesses_is_counted, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy(TWO_OF_THREE);
    struct evx_buf note = note_of(5);
    char text[EVX_GRADE_TEXT];
    cosign(&note, 1, TIME + 30);
    cosign(&note, 1, TIME + 10); // the same voice again: its earliest time counts
    cosign(&note, 4, TIME);      // nobody that the policy knows
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_PARTLY);
    cr_assert_eq(g.cosigned, 1);
    cr_assert_eq(g.time_s, TIME + 10);
    evx_grade_text(text, &g);
    cr_assert_str_eq(text, "witnessed 1 of 3 (2 needed)");
    cosign(&note, 3, TIME + 20);
    g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_WITNESSED);
    cr_assert(g.reached);
    cr_assert_eq(g.cosigned, 2);
    cr_assert_eq(g.time_s, TIME + 20, "of two the later one");
    cosign(&note, 2, TIME + 90);
    g = grade(p, &note);
    cr_assert_eq(g.time_s, TIME + 20, "the median");
    cr_assert_eq(g.lines, 3);
    evx_grade_text(text, &g);
    cr_assert_str_eq(text, "witnessed 3 of 3 (2 needed)");
    cr_assert_str_eq(evx_grade_word(g.level), "witnessed");
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

Test(policy, groups_within_groups, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy("log %0\nwitness a %1\nwitness b %2\nwitness c %3\nwitness d %4\n"
                                  "group x any a b\ngroup y all c d\ngroup z 2 x y\nquorum z\n");
    struct evx_buf note = note_of(5);
    cosign(&note, 1, TIME);
    cosign(&note, 2, TIME);
    cosign(&note, 3, TIME);
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.cosigned, 1, "three lines, but of one group only");
    cr_assert_eq(g.witnesses, 2);
    cr_assert_eq(g.level, EVX_GRADE_PARTLY);
    cosign(&note, 4, TIME);
    cr_assert_eq(grade(p, &note).level, EVX_GRADE_WITNESSED);
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

Test(policy, with_no_quorum_one_witness_is_shown, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy("log %0\nwitness a %1\nwitness b %2\nquorum none\n");
    struct evx_buf note = note_of(5);
    struct evx_grade g = grade(p, &note);
    char text[EVX_GRADE_TEXT];
    cr_assert(g.reached);
    cr_assert_eq(g.level, EVX_GRADE_OPERATOR);
    cosign(&note, 2, TIME);
    g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_WITNESSED);
    evx_grade_text(text, &g);
    cr_assert_str_eq(text, "witnessed 1 of 2 (none needed)");
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

Test(policy, without_a_quorum_a_group_is_one_voice, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p =
        policy("log %0\nwitness a %1\nwitness b %2\nwitness c %3\ngroup g any a b\nquorum none\n");
    struct evx_buf note = note_of(5);
    cosign(&note, 1, TIME);
    cosign(&note, 2, TIME);
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.witnesses, 2);
    cr_assert_eq(g.cosigned, 1);
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

// Two keys may sign for one log; a wrong line of either spoils the note.
Test(policy, a_wrong_line_of_the_logs_other_key_spoils_the_note, .init = setup, .fini = teardown,
     .timeout = 20)
{
    struct evx_vkey other;
    struct evx_buf text = {0}, vkey = {0}, note = note_of(5);
    struct evx_policy *p = NULL;
    struct evx_grade g;
    cr_assert_eq(evx_vkey_make(&other, LOG, EVX_NOTE_ED25519, &key[5].public_key), EVX_OK);
    cr_assert_eq(evx_vkey_text(&vkey, &other), EVX_OK);
    cr_assert_eq(evx_buf_printf(&text, "log %s\nlog %.*s\nquorum none\n", key[0].vkey, (int)vkey.n,
                                (const char *)vkey.p),
                 EVX_OK);
    cr_assert_eq(evx_policy_parse(&p, evx_buf_bytes(&text), NULL), EVX_OK);
    cr_assert_eq(evx_note_add_signature(&note, LOG, key[5].secret, &key[5].public_key), EVX_OK);
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), EVX_OK);
    note.p[note.n - 10] ^= 1;
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), EVX_E_NOTE_SIGNATURE);
    evx_policy_destroy(&p);
    evx_buf_free(&text);
    evx_buf_free(&vkey);
    evx_buf_free(&note);
}

Test(policy, one_witness_may_be_the_quorum, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy("log %0\nwitness a %1\nwitness b %2\nquorum b\n");
    struct evx_buf note = note_of(5);
    cosign(&note, 1, TIME);
    struct evx_grade g = grade(p, &note);
    cr_assert_eq(g.level, EVX_GRADE_OPERATOR, "another one's word does not count");
    cr_assert_eq(g.witnesses, 1);
    cosign(&note, 2, TIME);
    cr_assert_eq(grade(p, &note).level, EVX_GRADE_WITNESSED);
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

// Changes one character inside the base64 of the last line.
static void spoil_last_line(struct evx_buf *note) { note->p[note->n - 10] ^= 1; }

Test(policy, a_wrong_line_of_a_known_key_spoils_the_note, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy(TWO_OF_THREE);
    struct evx_buf note = note_of(5);
    struct evx_grade g;
    cosign(&note, 1, TIME);
    cosign(&note, 2, TIME);
    cosign(&note, 3, TIME);
    spoil_last_line(&note);
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), EVX_E_NOTE_SIGNATURE);
    cr_assert_eq(g.level, EVX_GRADE_NONE);
    cr_assert(!g.reached);
    cr_assert_str_eq(g.forged, "w3.example");
    evx_buf_free(&note);
    note = note_of(5);
    spoil_last_line(&note);
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), EVX_E_NOTE_SIGNATURE);
    cr_assert_eq(g.level, EVX_GRADE_NONE);
    evx_buf_free(&note);
    evx_policy_destroy(&p);
}

Test(policy, the_log_must_have_signed_under_its_origin, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy(TWO_OF_THREE);
    struct evx_checkpoint elsewhere = {"exchange.example/01", 5, {{7}}};
    struct evx_buf note = {0}, unsigned_note = {0};
    struct evx_grade g;
    cr_assert_eq(evx_checkpoint_sign(&note, &elsewhere, key[0].secret, &key[0].public_key), EVX_OK);
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&note)), EVX_E_CHECKPOINT);
    // The text of our log, signed by witnesses only.
    struct evx_checkpoint ours = {LOG, 5, {{7}}};
    cr_assert_eq(evx_checkpoint_sign(&unsigned_note, &ours, key[4].secret, &key[4].public_key), EVX_OK);
    cosign(&unsigned_note, 1, TIME);
    cosign(&unsigned_note, 2, TIME);
    cr_assert_eq(evx_policy_grade(&g, p, evx_buf_bytes(&unsigned_note)), EVX_E_NOTE_SIGNATURE);
    cr_assert_eq(g.level, EVX_GRADE_NONE);
    cr_assert_eq(evx_policy_grade(&g, p, evx_bytes_of_text("no note\n")), EVX_E_NOTE_FORMAT);
    evx_buf_free(&note);
    evx_buf_free(&unsigned_note);
    evx_policy_destroy(&p);
}

Test(policy, a_line_alone_is_checked_against_its_text, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_policy *p = policy(TWO_OF_THREE);
    struct evx_buf note = note_of(5), other = note_of(6), line = {0};
    struct evx_note n, o;
    size_t witness = 9;
    uint64_t time = 0;
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(&note)), EVX_OK);
    cr_assert_eq(evx_note_parse(&o, evx_buf_bytes(&other)), EVX_OK);
    cr_assert_eq(evx_note_cosign_line(&line, n.text, TIME, "w2.example", key[2].secret, &key[2].public_key),
                 EVX_OK);
    cr_assert(evx_policy_line_holds(p, n.text, evx_buf_bytes(&line), &witness, &time));
    cr_assert_eq(witness, 1);
    cr_assert_eq(time, TIME);
    cr_assert(!evx_policy_line_holds(p, o.text, evx_buf_bytes(&line), &witness, &time));
    size_t one = line.n;
    cr_assert_eq(evx_buf_append(&line, line.p, one), EVX_OK);
    cr_assert(!evx_policy_line_holds(p, n.text, evx_buf_bytes(&line), &witness, &time), "two lines");
    // A "line" that brings its own text along, signed together with ours.
    struct evx_buf longer = {0}, smuggled = {0};
    cr_assert_eq(evx_buf_append(&longer, n.text.p, n.text.n), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&longer, "\nmore\n"), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&smuggled, "more\n\n"), EVX_OK);
    cr_assert_eq(evx_note_cosign_line(&smuggled, evx_buf_bytes(&longer), TIME, "w2.example", key[2].secret,
                                      &key[2].public_key),
                 EVX_OK);
    cr_assert(!evx_policy_line_holds(p, n.text, evx_buf_bytes(&smuggled), &witness, &time), "another text");
    evx_buf_free(&longer);
    evx_buf_free(&smuggled);
    line.n = one - 1;
    cr_assert(!evx_policy_line_holds(p, n.text, evx_buf_bytes(&line), &witness, &time), "no line end");
    evx_buf_free(&line);
    evx_buf_free(&note);
    evx_buf_free(&other);
    evx_policy_destroy(&p);
}
