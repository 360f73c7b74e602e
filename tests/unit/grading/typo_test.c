// SPDX-License-Identifier: Apache-2.0
//
// Every key of every framework file, misspelt, is refused by line and key; so is
// every value that refers to something.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "grading/frameworks/registry.h"
#include "grading/grading.h"

struct spot {
    size_t index, line; // byte offset, line from 1
    char key[64], word[64], section[64];
    bool is_key;
};

static void keep_word(char out[64], const yaml_token_t *t)
{
    size_t n = t->data.scalar.length < 63 ? t->data.scalar.length : 63;
    memcpy(out, t->data.scalar.value, n);
    out[n] = '\0';
}

// Marks count characters; files hold some that take several bytes.
static size_t byte_offset(const char *text, size_t characters)
{
    size_t at = 0;
    for (size_t i = 0; i < characters; i++)
        do
            at++;
        while ((text[at] & 0xc0) == 0x80);
    return at;
}

static size_t find_spots(const char *text, struct spot *spots, size_t cap)
{
    yaml_parser_t p;
    cr_assert(yaml_parser_initialize(&p));
    yaml_parser_set_input_string(&p, (const unsigned char *)text, strlen(text));
    size_t n = 0;
    char key[64] = "", section[64] = "";
    bool key_next = false;
    for (bool more = true; more;) {
        yaml_token_t t;
        cr_assert(yaml_parser_scan(&p, &t));
        more = t.type != YAML_STREAM_END_TOKEN;
        if (t.type == YAML_KEY_TOKEN) key_next = true;
        if (t.type == YAML_SCALAR_TOKEN && n < cap) {
            struct spot *s = &spots[n++];
            keep_word(s->word, &t);
            if (key_next) memcpy(key, s->word, sizeof key);
            if (key_next && !t.start_mark.column) memcpy(section, s->word, sizeof section);
            memcpy(s->key, key, sizeof key);
            memcpy(s->section, section, sizeof section);
            s->is_key = key_next;
            s->line = t.start_mark.line + 1;
            size_t quote = t.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
            bool folded = t.data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
            s->index = folded ? 0 : byte_offset(text, t.start_mark.index + quote);
            key_next = false;
        }
        yaml_token_delete(&t);
    }
    yaml_parser_delete(&p);
    cr_assert_lt(n, cap);
    return n;
}

// Values that name something defined elsewhere in the file or in the program.
static bool refers(const struct spot *s)
{
    static const char *const keys[] = {"effect", "on",    "to",    "role",   "judgement",   "grade",
                                       "take",   "when",  "needs", "likely", "after",       "same-as",
                                       "within", "holds", "gates", "toward", "start",       "kind",
                                       "from",   "until", "event", "rule",   "inspectorate"};
    if (!strcmp(s->section, "audit")) return !strcmp(s->key, "rule");
    if (!strcmp(s->section, "scale") || !strcmp(s->section, "sections") ||
        !strcmp(s->section, "inspectorates"))
        return false;
    if (!strcmp(s->section, "follow-up") && !strcmp(s->key, "event")) return false; // its own words
    if (!strcmp(s->section, "register") && !strcmp(s->key, "kind")) return false;   // its own words
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(keys[i], s->key)) return true;
    return false;
}

static void expect_refusal(const char *id, const char *text, size_t n, const struct spot *s,
                           const char *wrong)
{
    struct evx_framework *f = NULL;
    struct evx_buf explain = {0};
    cr_assert_eq(evx_framework_load(&f, text, n, &explain), EVX_E_FRAMEWORK_FORMAT,
                 "%s line %zu: '%s' was taken", id, s->line, wrong);
    cr_assert_null(f);
    cr_assert_eq(evx_buf_append(&explain, "", 1), EVX_OK);
    char line[48], key[96];
    snprintf(line, sizeof line, "line %zu,", s->line);
    snprintf(key, sizeof key, "key '%s'", s->is_key ? wrong : s->key);
    cr_assert(strstr((char *)explain.p, line) && strstr((char *)explain.p, key), "%s: wanted %s %s, got: %s",
              id, line, key, (char *)explain.p);
    evx_buf_free(&explain);
}

static void misspell_all(const char *id)
{
    enum { CAP = 8192 };
    const char *text = NULL;
    for (size_t i = 0; i < evx_framework_builtins(); i++)
        if (!strcmp(evx_framework_builtin_id(i), id)) text = evx_framework_builtin(i);
    cr_assert_not_null(text);
    struct spot *spots = calloc(CAP, sizeof *spots);
    size_t n = find_spots(text, spots, CAP), length = strlen(text), tried = 0;
    char *copy = malloc(length + 2);
    for (size_t i = 0; i < n; i++) {
        const struct spot *s = &spots[i];
        if (!s->index && !s->is_key) continue; // a folded text
        if (!s->is_key && !refers(s)) continue;
        char wrong[80];
        snprintf(wrong, sizeof wrong, "q%s", s->word);
        memcpy(copy, text, s->index);
        copy[s->index] = 'q';
        memcpy(copy + s->index + 1, text + s->index, length - s->index + 1);
        expect_refusal(id, copy, length + 1, s, wrong);
        tried++;
    }
    cr_assert_gt(tried, 50);
    free(copy);
    free(spots);
}

#define TYPOS(name, id)                                                                                      \
    Test(typo, name, .timeout = 240) { misspell_all(id); }
TYPOS(in_childrens_homes_2014, "childrens-homes-2014")
TYPOS(in_childrens_homes_2015, "childrens-homes-2015")
TYPOS(in_child_protection_2012, "child-protection-2012")
TYPOS(in_adcs_narrative_2015, "adcs-narrative-2015")
TYPOS(in_single_inspection_2013, "single-inspection-2013")
TYPOS(in_jtai, "jtai")
TYPOS(in_sccif_childrens_homes, "sccif-childrens-homes")
TYPOS(in_ilacs_2018, "ilacs-2018")
TYPOS(in_ilacs_2026, "ilacs-2026")

Test(typo, covers_every_framework, .timeout = 10) { cr_assert_eq(evx_framework_builtins(), 9); }
