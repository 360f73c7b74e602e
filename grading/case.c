// SPDX-License-Identifier: Apache-2.0
#include "grading/case.h"

#include <stdlib.h>
#include <string.h>

static void set_fact(struct evx_case *c, size_t i, int64_t value)
{
    c->fact[i] = value;
    c->known |= 1ull << i;
}

static void to_start(struct evx_case *c)
{
    const struct evx_framework *f = c->f;
    memset(c->grade, EVX_GRADE_OPEN, sizeof c->grade);
    c->known = 0;
    for (size_t i = 0; i < EVX_COUNTERS; i++)
        set_fact(c, i, 0);
    for (size_t i = EVX_COUNTERS; i < f->facts; i++)
        if (f->fact[i].has_default) set_fact(c, i, f->fact[i].standard);
}

enum evx_status evx_case_new(struct evx_case **out, const struct evx_framework *f)
{
    *out = NULL;
    struct evx_case *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->f = f;
    c->finding = calloc(f->criteria + 1, sizeof *c->finding);
    c->tally = calloc(f->criteria + 1, sizeof *c->tally);
    to_start(c);
    if (!c->finding || !c->tally) evx_case_destroy(&c);
    *out = c;
    return c ? EVX_OK : EVX_E_MEMORY;
}

void evx_case_destroy(struct evx_case **c)
{
    if (!c || !*c) return;
    evx_wordset_free(&(*c)->seen);
    evx_arena_free(&(*c)->text);
    free((*c)->finding);
    free((*c)->tally);
    free((*c)->override);
    free(*c);
    *c = NULL;
}

void evx_case_reset(struct evx_case *c)
{
    if (c->text.head) {
        evx_wordset_free(&c->seen);
        evx_arena_free(&c->text);
        memset(c->tally, 0, c->f->criteria * sizeof *c->tally);
    }
    memset(c->finding, 0, c->f->criteria);
    c->overrides = 0;
    to_start(c);
}

static enum evx_status put_grade(struct evx_case *c, int j, const char *grade, const char **suggestion)
{
    const struct evx_framework *f = c->f;
    if (!f->graded && *grade) return EVX_E_NARRATIVE;
    if (!f->graded) {
        c->grade[j] = EVX_GRADE_WRITTEN;
        return EVX_OK;
    }
    if (f->judgement[j].may_be_left && !strcmp(grade, "not-judged")) {
        c->grade[j] = EVX_GRADE_NOT_JUDGED;
        return EVX_OK;
    }
    int g = evx_find_grade(f, grade, suggestion);
    if (g < 0) return EVX_E_GRADE_UNKNOWN;
    c->grade[j] = (int8_t)g;
    return EVX_OK;
}

enum evx_status evx_case_judge(struct evx_case *c, const char *judgement, const char *grade,
                               const char **suggestion)
{
    if (suggestion) *suggestion = NULL;
    int j = evx_find_judgement(c->f, judgement, suggestion);
    if (j < 0) return EVX_E_JUDGEMENT_UNKNOWN;
    return put_grade(c, j, grade ? grade : "", suggestion);
}

static enum evx_status find_fact(const struct evx_case *c, const char *id, enum evx_fact_kind kind,
                                 const char **suggestion, size_t *i)
{
    if (suggestion) *suggestion = NULL;
    int at = evx_find_fact(c->f, id, suggestion);
    if (at < EVX_COUNTERS || c->f->fact[at].kind != kind) return EVX_E_FACT_UNKNOWN;
    *i = (size_t)at;
    return EVX_OK;
}

enum evx_status evx_case_fact_number(struct evx_case *c, const char *fact, int64_t value,
                                     const char **suggestion)
{
    size_t i;
    enum evx_status s = find_fact(c, fact, EVX_FACT_NUMBER, suggestion, &i);
    if (!s) set_fact(c, i, value);
    return s;
}

enum evx_status evx_case_fact_flag(struct evx_case *c, const char *fact, bool value, const char **suggestion)
{
    size_t i;
    enum evx_status s = find_fact(c, fact, EVX_FACT_FLAG, suggestion, &i);
    if (!s) set_fact(c, i, value);
    return s;
}

enum evx_status evx_case_fact_text(struct evx_case *c, const char *fact, const char *value,
                                   const char **suggestion)
{
    size_t i;
    enum evx_status s = find_fact(c, fact, EVX_FACT_TEXT, suggestion, &i);
    if (s) return s;
    const struct evx_fact_info *info = &c->f->fact[i];
    for (size_t v = 0; v < info->values_n; v++)
        if (value && !strcmp(info->values[v], value)) {
            set_fact(c, i, (int64_t)v);
            return EVX_OK;
        }
    return EVX_E_FACT_UNKNOWN;
}

const char *evx_case_grade(const struct evx_case *c, size_t judgement)
{
    if (judgement >= c->f->judgements) return "";
    int8_t g = c->grade[judgement];
    if (g == EVX_GRADE_OPEN) return "";
    if (g == EVX_GRADE_NOT_JUDGED) return "not-judged";
    return g == EVX_GRADE_WRITTEN ? "written" : c->f->grade[g].id;
}

bool evx_case_open(const struct evx_case *c, size_t judgement)
{
    return judgement < c->f->judgements && c->grade[judgement] == EVX_GRADE_OPEN;
}

static void count(struct evx_case *c, uint8_t state, int by)
{
    static const int counter[] = {-1, EVX_COUNT_MET, EVX_COUNT_NOT_MET, EVX_COUNT_NOT_RELEVANT};
    if (counter[state] >= 0) c->fact[counter[state]] += by;
}

enum evx_status evx_case_criterion(struct evx_case *c, const char *criterion, enum evx_finding_state state,
                                   const char **suggestion)
{
    if (suggestion) *suggestion = NULL;
    int i = evx_find_criterion(c->f, criterion, suggestion);
    if (i < 0) return EVX_E_CRITERION_UNKNOWN;
    count(c, c->finding[i], -1);
    c->finding[i] = (uint8_t)state;
    count(c, c->finding[i], 1);
    return EVX_OK;
}
