// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/grading/scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "grading/frameworks/registry.h"
#include "grading/load/tree.h"
#include "grading/rules.h"

struct evx_framework *evx_scene_framework(const char *id)
{
    struct evx_framework *f = NULL;
    struct evx_buf explain = {0};
    enum evx_status s = evx_framework_builtin_load(&f, id, NULL, &explain);
    cr_assert_eq(s, EVX_OK, "%s: %.*s", id, (int)explain.n, explain.p ? (const char *)explain.p : "");
    evx_buf_free(&explain);
    return f;
}

static void criterion(struct evx_case *c, const char *id, const char *state)
{
    enum evx_finding_state s = EVX_CRITERION_OPEN;
    if (!strcmp(state, "met")) s = EVX_CRITERION_MET;
    if (!strcmp(state, "not-met")) s = EVX_CRITERION_NOT_MET;
    if (!strcmp(state, "not-relevant")) s = EVX_CRITERION_NOT_RELEVANT;
    cr_assert_eq(evx_case_criterion(c, id, s, NULL), EVX_OK, "%s", id);
}

static bool fact(struct evx_case *c, const char *id, const char *value)
{
    int64_t n;
    if (evx_text_number(value, &n)) return evx_case_fact_number(c, id, n, NULL) == EVX_OK;
    if (!strcmp(value, "yes") || !strcmp(value, "no"))
        return evx_case_fact_flag(c, id, !strcmp(value, "yes"), NULL) == EVX_OK;
    return evx_case_fact_text(c, id, value, NULL) == EVX_OK;
}

static void word(struct evx_case *c, char *text)
{
    char *colon = strchr(text, ':'), *equals = strchr(text, '=');
    cr_assert(colon || equals, "%s", text);
    if (colon) {
        *colon = '\0';
        criterion(c, text, colon + 1);
        return;
    }
    *equals = '\0';
    enum evx_status s = evx_case_judge(c, text, equals[1] == '-' ? "" : equals + 1, NULL);
    cr_assert(s == EVX_OK || fact(c, text, equals + 1), "%s=%s", text, equals + 1);
}

void evx_scene(const struct evx_framework *f, struct evx_case *c, const char *words)
{
    (void)f;
    char text[2048];
    cr_assert_lt(strlen(words), sizeof text);
    strncpy(text, words, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    evx_case_reset(c);
    char *rest = text;
    for (char *w; (w = strtok_r(rest, " \n", &rest));)
        word(c, w);
}

struct evx_permitted evx_scene_permitted(const struct evx_framework *f, const char *words)
{
    struct evx_case *c = NULL;
    struct evx_permitted p;
    cr_assert_eq(evx_case_new(&c, f), EVX_OK);
    evx_scene(f, c, words);
    cr_assert_eq(evx_case_permitted(c, &p), EVX_OK);
    evx_case_destroy(&c);
    return p;
}

bool evx_scene_fired(const struct evx_permitted *p, const char *rule)
{
    for (size_t i = 0; i < p->fired_n; i++)
        if (!strcmp(p->fired[i].rule, rule)) return true;
    return false;
}

uint32_t evx_scene_set(const struct evx_framework *f, const char *grades)
{
    uint32_t set = 0;
    static const char letters[] = "OGRI";
    for (; *grades; grades++) {
        const char *at = strchr(letters, *grades);
        cr_assert(at && evx_framework_grades(f) == 4);
        set |= 1u << (at - letters);
    }
    return set;
}

const char *evx_scene_data(const char *name)
{
    static char path[4096];
    const char *source = getenv("EVX_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/data/%s", source ? source : ".", name);
    if (access(path, R_OK) == 0) return path;
    fprintf(stderr, "SKIPPED: %s is not there\n", path);
    return NULL;
}
