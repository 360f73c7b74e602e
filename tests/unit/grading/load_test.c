// SPDX-License-Identifier: Apache-2.0
//
// What a framework file may and may not say, beyond spelling.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grading/frameworks/registry.h"
#include "grading/rules.h"
#include "grading/sample.h"

static const char *const base =
    "framework: sample\n"                                          // 1
    "title: A sample\n"                                            // 2
    "about: Made up\n"                                             // 3
    "kind: graded\n"                                               // 4
    "agencies: [{id: police, title: Police}]\n"                    // 5
    "scale: [{grade: good}, {grade: poor}]\n"                      // 6
    "judgements:\n"                                                // 7
    "  - {id: overall, title: All, role: overall, source: 1}\n"    // 8
    "  - {id: safety, title: Safety, role: limiting, source: 2}\n" // 9
    "facts: [{id: weeks, kind: number, means: W}, {id: seen, kind: flag, means: S},"
    " {id: stage, kind: text, values: [a, b], means: T}]\n" // 10
    "events: [given]\n"                                     // 11
    "rules:\n";                                             // 12

static enum evx_status load(const char *text, size_t n, char explain[512])
{
    struct evx_framework *f = NULL;
    struct evx_buf buf = {0};
    enum evx_status s = evx_framework_load(&f, text, n, &buf);
    snprintf(explain, 512, "%.*s", (int)buf.n, buf.p ? (const char *)buf.p : "");
    cr_assert_eq(f == NULL, s != EVX_OK);
    evx_framework_destroy(&f);
    evx_buf_free(&buf);
    return s;
}

static enum evx_status load_with(const char *rules, char explain[512])
{
    char text[8192];
    int n = snprintf(text, sizeof text, "%s%s", base, rules);
    return load(text, (size_t)n, explain);
}

#define RULE "  - {id: R.1, source: s, message: m, effect: "

Test(load, takes_a_new_framework_without_any_code, .timeout = 10)
{
    char explain[512];
    enum evx_status s = load_with(
        RULE "LIMIT, on: overall, to: poor, when: safety is poor}\n"
             "due: [{id: D, source: s, event: given, within: 3 working-days, activity: a, message: m}]\n",
        explain);
    cr_assert_eq(s, EVX_OK, "%s", explain);
}

Test(load, conditions_are_checked_word_by_word, .timeout = 10)
{
    static const struct {
        const char *when, *says;
    } rows[] = {
        {"safety is bad", "no grade 'bad'"},
        {"saftey is poor", "did you mean 'safety'"},
        {"safety poor", "'is', 'worse than'"},
        {"safety is", "no grade"},
        {"safety worse poor", "'than'"},
        {"safety at poor", "'least' or 'most'"},
        {"weeks", "comparison"},
        {"weeks > many", "whole number"},
        {"weeks > 1 and", "judgement or a fact"},
        {"(weeks > 1", "')'"},
        {"weeks > 1)", "'and', 'or' or the end"},
        {"seen = 1", "a flag is not compared"},
        {"stage = c", "no value of this fact 'c'"},
        {"stage < a", "comparison"},
        {"weeks > 1 xor seen", "'and', 'or' or the end"},
        {"not", "judgement or a fact"},
        {"seen & seen", "'and', 'or' or the end"},
        {"((((((((((((((((((seen))))))))))))))))))", "less nested"},
        {"weeks > 9999999999999999", "whole number"},
        {"SEEN", "judgement or a fact"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char rule[512], explain[512];
        snprintf(rule, sizeof rule, RULE "TRIGGER, starts: x, when: '%s'}\n", rows[i].when);
        cr_assert_eq(load_with(rule, explain), EVX_E_FRAMEWORK_FORMAT, "%s", rows[i].when);
        cr_assert(strstr(explain, "line 13, key 'when'") && strstr(explain, rows[i].says), "%s: %s",
                  rows[i].when, explain);
    }
}

Test(load, conditions_mean_what_they_say, .timeout = 10)
{
    static const struct {
        const char *when;
        bool poor, good, weeks3,
            unknown; // fires with safety poor, with good, with weeks 3, with nothing known
    } rows[] = {
        {"safety is poor", true, false, false, false},
        {"safety is not poor", false, true, false, false},
        {"safety worse than good", true, false, false, false},
        {"safety better than poor", false, true, false, false},
        {"safety at least good", false, true, false, false},
        {"safety at most good", true, true, false, false},
        {"safety is open", false, false, true, true},
        {"safety is judged", true, true, false, false},
        {"weeks > 2", false, false, true, false},
        {"weeks > 3", false, false, false, false},
        {"weeks >= 3", false, false, true, false},
        {"weeks < 3", false, false, false, false},
        {"weeks <= 3", false, false, true, false},
        {"weeks = 3", false, false, true, false},
        {"weeks != 3", false, false, false, false},
        {"not weeks = 3", false, false, false, false},
        {"safety is poor or weeks > 2", true, false, true, false},
        {"safety is poor and weeks > 2", false, false, false, false},
        {"not (safety is poor and weeks > 9)", false, true, true, false},
        {"always", true, true, true, true},
        {"safety is poor or safety is good and weeks > 2", true, false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[8192];
        struct evx_framework *f = NULL;
        struct evx_case *c = NULL;
        struct evx_permitted p;
        int n =
            snprintf(text, sizeof text, "%s" RULE "TRIGGER, starts: x, when: '%s'}\n", base, rows[i].when);
        cr_assert_eq(evx_framework_load(&f, text, (size_t)n, NULL), EVX_OK, "%s", rows[i].when);
        cr_assert_eq(evx_case_new(&c, f), EVX_OK);
        const bool expected[] = {rows[i].poor, rows[i].good, rows[i].weeks3, rows[i].unknown};
        for (int k = 0; k < 4; k++) {
            evx_case_reset(c);
            if (k < 2) cr_assert_eq(evx_case_judge(c, "safety", k ? "good" : "poor", NULL), EVX_OK);
            if (k == 2) cr_assert_eq(evx_case_fact_number(c, "weeks", 3, NULL), EVX_OK);
            cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
            cr_assert_eq(p.fired_n, expected[k], "%s, %d", rows[i].when, k);
        }
        evx_case_destroy(&c);
        evx_framework_destroy(&f);
    }
}

Test(load, rules_must_make_sense, .timeout = 10)
{
    static const struct {
        const char *rule, *says;
    } rows[] = {
        {RULE "LIMIT, on: overall, when: safety is poor}\n",
         "key 'to': the LIMIT rule that begins here lacks"},
        {RULE "LIMIT, on: overall, to: poor}\n", "needs a condition"},
        {RULE "LIMIT, on: overall, to: poor, likely: [good], when: seen}\n", "a LIMIT rule has no 'likely'"},
        {RULE "CAP, on: overall, to: poor, when: criteria-not-met > 3}\n",
         "may not depend on how many criteria"},
        {RULE "LIMIT, on: overall, to: poor, when: criteria-met = 0}\n",
         "may not depend on how many criteria"},
        {RULE "INDICATE, on: overall, when: seen}\n", "one of likely, same-as, toward"},
        {RULE "INDICATE, on: overall, likely: [poor], toward: worse, when: seen}\n",
         "one of likely, same-as, toward"},
        {RULE "REQUIRE, on: overall, when: seen}\n", "key 'needs'"},
        {RULE "ORDER, on: overall, after: [everything]}\n", "no judgement 'everything'"},
        {RULE "GUESS, on: overall}\n", "GUESS"},
        {RULE "GUARD, when: seen}\n" RULE "GUARD, when: seen}\n",
         "line 14, key 'id': 'R.1' is there already"},
        {RULE "GUARD, when: seen, when: seen}\n", "the key is there twice"},
        {RULE "GUARD, when: [seen]}\n", "a single value belongs here"},
        {RULE "GUARD, when: ''}\n", "the value is empty"},
        {"  - just text\n", "'key: value' pairs"},
        {RULE "GUARD, when: seen}\ndue: [{id: D, source: s, event: gven, within: 1 week, activity: a, "
              "message: m}]\n",
         "did you mean 'given'"},
        {RULE "GUARD, when: seen}\ndue: [{id: D, source: s, event: given, within: 1 fortnight, activity: a, "
              "message: m}]\n",
         "key 'within'"},
        {RULE "GUARD, when: seen}\ndue: [{id: D, source: s, event: given, within: 8 to 6 weeks, activity: a, "
              "message: m}]\n",
         "key 'within'"},
        {RULE "GUARD, when: seen}\ndue: [{id: D, source: s, event: given, within: by 02-30, activity: a, "
              "message: m}]\n",
         "key 'within'"},
        {RULE "GUARD, when: seen}\nsampling: [{id: T, source: s, take: some, count: 1, message: m}]\n",
         "key 'mark'"},
        {RULE "GUARD, when: seen}\nsampling: [{id: T, source: s, take: at-least, count: 0, message: m}]\n",
         "key 'count'"},
        {RULE "GUARD, when: seen}\nregister: [{id: Q, source: s, kind: k, needs: [colour], sources: 1, "
              "message: m}]\n",
         "key 'needs'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char explain[512];
        cr_assert_eq(load_with(rows[i].rule, explain), EVX_E_FRAMEWORK_FORMAT, "%s", rows[i].rule);
        cr_assert(strstr(explain, rows[i].says) && strstr(explain, "line 1"), "%s: %s", rows[i].rule,
                  explain);
    }
}

Test(load, a_narrative_framework_can_hold_no_grade, .timeout = 10)
{
    static const char *const texts[] = {
        "framework: n\ntitle: t\nabout: a\nkind: narrative\nagencies: []\nscale: [{grade: good}, {grade: "
        "poor}]\n"
        "judgements: [{id: j, title: t, role: narrative, source: s}]\nrules: []\n",
        "framework: n\ntitle: t\nabout: a\nkind: narrative\nagencies: []\n"
        "judgements: [{id: j, title: t, role: overall, source: s}]\nrules: []\n",
        "framework: n\ntitle: t\nabout: a\nkind: narrative\nagencies: []\n"
        "judgements: [{id: j, title: t, role: narrative, source: s}]\n"
        "rules: [{id: r, source: s, effect: LIMIT, on: j, to: good, when: always, message: m}]\n",
        "framework: n\ntitle: t\nabout: a\nkind: narrative\nagencies: []\n"
        "judgements: [{id: j, title: t, role: narrative, source: s}]\nrules: []\n"
        "criteria: [{id: c, judgement: j, grade: good, source: s, from: [], label: l}]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char explain[512];
        cr_assert_eq(load(texts[i], strlen(texts[i]), explain), EVX_E_FRAMEWORK_FORMAT, "%zu", i);
        cr_assert(strstr(explain, "line "), "%s", explain);
    }
}

Test(load, what_is_no_framework_is_refused, .timeout = 20)
{
    static const char *const texts[] = {
        "",
        "\n",
        "[]",
        "just text",
        "framework: [a",
        "a: b: c",
        "\tframework: x",
        "framework: \xff\xfe",
        "framework: x\n--- \nframework: y\n",
        "{framework: x, framework: y}",
        "? [a]\n: b\n",
        "&a [*a]",
        "framework: &x [*x]\n",
        "framework: \"a\\0b\"\n",
        "%YAML 9.9\n---\nframework: x\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char explain[512];
        cr_assert_eq(load(texts[i], strlen(texts[i]), explain), EVX_E_FRAMEWORK_FORMAT, "%zu: %s", i,
                     texts[i]);
        cr_assert(strstr(explain, "line ") && strstr(explain, "key '"), "%zu: %s", i, explain);
    }
}

Test(load, bounds_hold_for_files_that_are_right_otherwise, .timeout = 20)
{
    const char *rule = RULE "GUARD, when: seen}\n";
    size_t n = (1u << 20) + 1, used = strlen(base) + strlen(rule);
    char *large = malloc(n), explain[512], text[8192];
    memset(large, '#', n);
    memcpy(large, base, strlen(base));
    memcpy(large + strlen(base), rule, strlen(rule));
    cr_assert_eq(load(large, used + 1000, explain), EVX_OK, "%s", explain);
    cr_assert_eq(load(large, n, explain), EVX_E_FRAMEWORK_FORMAT);
    cr_assert(strstr(explain, "larger than"), "%s", explain);
    free(large);
    int length = snprintf(text, sizeof text, "%s%s---\nframework: another\n", base, rule);
    cr_assert_eq(load(text, (size_t)length, explain), EVX_E_FRAMEWORK_FORMAT);
    cr_assert(strstr(explain, "one document"), "%s", explain);
    cr_assert_eq(
        load_with("  - {id: R.1, source: \"a\\0b\", message: m, effect: GUARD, when: seen}\n", explain),
        EVX_E_FRAMEWORK_FORMAT);
    cr_assert(strstr(explain, "line 13, key 'source'") && strstr(explain, "NUL"), "%s", explain);
}

Test(load, a_syntax_error_names_its_line_and_key, .timeout = 10)
{
    char explain[512], text[8192];
    int n = snprintf(text, sizeof text, "%s  - id: R.1\n    source: [s\n    effect: GUARD\n", base);
    cr_assert_eq(load(text, (size_t)n, explain), EVX_E_FRAMEWORK_FORMAT);
    cr_assert(strstr(explain, "key 'source'") || strstr(explain, "key 'effect'"), "%s", explain);
}

Test(load, limits_are_limits, .timeout = 20)
{
    char *text = calloc(1, 65536), explain[512];
    size_t n = (size_t)snprintf(text, 65536, "%s", base);
    for (int i = 0; i < 65; i++)
        n += (size_t)snprintf(text + n, 65536 - n,
                              "  - {id: R.%d, source: s, effect: GUARD, when: seen, message: m}\n", i);
    cr_assert_eq(load(text, n, explain), EVX_E_FRAMEWORK_FORMAT);
    cr_assert(strstr(explain, "more than 64 entries"), "%s", explain);
    n = (size_t)snprintf(text, 65536, "%s", base);
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(text + n, 65536 - n,
                              "  - {id: R.%d, source: s, effect: GUARD, when: always, message: m}\n", i);
    struct evx_framework *f = NULL;
    struct evx_case *c = NULL;
    struct evx_permitted p;
    cr_assert_eq(evx_framework_load(&f, text, n, NULL), EVX_OK);
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
    cr_assert_eq(p.fired_n, 64, "as many rules as can be named");
    evx_case_destroy(&c);
    evx_framework_destroy(&f);
    free(text);
}

Test(load, every_builtin_says_who_it_is, .timeout = 30)
{
    static const char *const ids[] = {"childrens-homes-2014",
                                      "childrens-homes-2015",
                                      "child-protection-2012",
                                      "adcs-narrative-2015",
                                      "single-inspection-2013",
                                      "jtai",
                                      "sccif-childrens-homes",
                                      "ilacs-2018",
                                      "ilacs-2026"};
    cr_assert_eq(evx_framework_builtins(), sizeof ids / sizeof *ids);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        struct evx_framework *f = NULL;
        cr_assert_eq(evx_framework_builtin_load(&f, ids[i], NULL, NULL), EVX_OK, "%s", ids[i]);
        cr_assert_str_eq(evx_framework_id(f), ids[i]);
        cr_assert(*evx_framework_title(f) && *evx_framework_about(f));
        evx_framework_destroy(&f);
    }
    struct evx_framework *f = NULL;
    const char *near = NULL;
    cr_assert_eq(evx_framework_builtin_load(&f, "childrens-home-2015", &near, NULL), EVX_E_FRAMEWORK_UNKNOWN);
    cr_assert_str_eq(near, "childrens-homes-2015");
    cr_assert_null(f);
    cr_assert_null(evx_framework_builtin(9));
    cr_assert_null(evx_framework_builtin_id(9));
}

// Whatever the bytes are, the answer is a framework or a reason.
Test(load, damaged_bytes_never_do_harm, .timeout = 120)
{
    uint64_t state = 20260101;
    for (size_t b = 0; b < evx_framework_builtins(); b++) {
        const char *text = evx_framework_builtin(b);
        size_t n = strlen(text);
        char *copy = malloc(n);
        for (int i = 0; i < 40; i++) {
            struct evx_framework *f = NULL;
            struct evx_buf explain = {0};
            memcpy(copy, text, n);
            for (int k = 0; k < 4; k++)
                copy[evx_random_below(&state, n)] = (char)evx_splitmix64(&state);
            enum evx_status s = evx_framework_load(&f, copy, n - evx_random_below(&state, n / 8), &explain);
            cr_assert(s == EVX_OK || (s == EVX_E_FRAMEWORK_FORMAT && explain.n));
            evx_framework_destroy(&f);
            evx_buf_free(&explain);
        }
        free(copy);
    }
}
