// SPDX-License-Identifier: Apache-2.0
#include "grading/condition.h"

#include <string.h>

struct parser {
    struct evx_reader *reader;
    struct evx_framework *f;
    const struct evx_text *text;
    const char *at;
    char word[EVX_LIMIT_NAME_BYTES]; // the token at hand, "" at the end
    unsigned depth;
    struct evx_condition_use *use;
};

static bool word_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }
static bool compare_char(char c) { return c == '<' || c == '>' || c == '=' || c == '!'; }

static enum evx_status fail(struct parser *p, const char *wanted)
{
    return evx_reader_fail(p->reader, p->text->line, p->text->key, "%s expected, '%.60s' found", wanted,
                           *p->word ? p->word : "the end");
}

static enum evx_status next(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\n')
        p->at++;
    size_t n = 0;
    bool (*belongs)(char) = word_char(*p->at) ? word_char : compare_char(*p->at) ? compare_char : NULL;
    if (belongs)
        while (p->at[n] && belongs(p->at[n]) && n < sizeof p->word - 1)
            n++;
    else
        n = *p->at != '\0';
    memcpy(p->word, p->at, n);
    p->word[n] = '\0';
    p->at += n;
    return n < sizeof p->word - 1 ? EVX_OK : fail(p, "a shorter word");
}

static bool is(const struct parser *p, const char *word) { return !strcmp(p->word, word); }

static enum evx_status emit(struct parser *p, struct evx_step step)
{
    if (p->f->steps >= EVX_LIMIT_GRADING_CODE)
        return evx_reader_fail(p->reader, p->text->line, p->text->key,
                               "the framework's conditions are too long");
    p->f->code[p->f->steps++] = step;
    return EVX_OK;
}

static enum evx_status unknown_word(struct parser *p, const char *what, const char *near)
{
    struct evx_text t = {p->word, p->text->key, p->text->line};
    return evx_reader_fail_near(p->reader, &t, what, near);
}

// Grades at least (or at most) as good as `grade`, without it when `strict`.
static uint32_t span(const struct parser *p, int grade, bool better, bool strict)
{
    uint32_t all = (1u << p->f->grades) - 1, up_to = (1u << grade) - 1, self = 1u << grade;
    return (better ? up_to : all & ~up_to & ~self) | (strict ? 0 : self);
}

static enum evx_status read_grade(struct parser *p, int *grade)
{
    const char *near;
    *grade = evx_find_grade(p->f, p->word, &near);
    if (*grade < 0) return unknown_word(p, "grade", near);
    return next(p);
}

// "is G", "is not G", "is open", "is judged", "is not-judged"
static enum evx_status judgement_is(struct parser *p, uint8_t j)
{
    enum evx_status s = EVX_OK;
    bool negated = is(p, "not");
    if (negated && (s = next(p))) return s;
    struct evx_step step = {.op = EVX_OP_OPEN, .index = j};
    if (is(p, "judged"))
        negated = !negated;
    else if (is(p, "not-judged"))
        step = (struct evx_step){.op = EVX_OP_GRADE, .index = j, .mask = 1u << EVX_GRADE_NOT_JUDGED};
    else if (!is(p, "open")) {
        int grade;
        s = read_grade(p, &grade);
        step = (struct evx_step){.op = EVX_OP_GRADE, .index = j, .mask = s ? 0 : 1u << grade};
    }
    if (s) return s;
    if (step.op == EVX_OP_OPEN || (step.mask >> EVX_GRADE_NOT_JUDGED & 1)) s = next(p);
    if (!s) s = emit(p, step);
    return s || !negated ? s : emit(p, (struct evx_step){.op = EVX_OP_NOT});
}

// "worse than G", "better than G", "at least G", "at most G"
static enum evx_status judgement_against(struct parser *p, uint8_t j)
{
    bool worse = is(p, "worse"), better = is(p, "better");
    enum evx_status s = next(p);
    if (s) return s;
    bool least = is(p, "least"), most = is(p, "most");
    if (worse || better ? !is(p, "than") : !least && !most)
        return fail(p, worse || better ? "'than'" : "'least' or 'most'");
    int grade = 0;
    s = next(p);
    if (!s) s = read_grade(p, &grade);
    if (s) return s;
    uint32_t mask = span(p, grade, better || least, worse || better);
    return emit(p, (struct evx_step){.op = EVX_OP_GRADE, .index = j, .mask = mask});
}

static enum evx_status judgement(struct parser *p, uint8_t j)
{
    p->use->judgements |= 1u << j;
    enum evx_status s = next(p);
    if (s) return s;
    if (is(p, "is")) {
        s = next(p);
        return s ? s : judgement_is(p, j);
    }
    if (is(p, "worse") || is(p, "better") || is(p, "at")) return judgement_against(p, j);
    return fail(p, "'is', 'worse than', 'better than', 'at least' or 'at most'");
}

static enum evx_status text_value(struct parser *p, const struct evx_fact_info *fact, int64_t *value)
{
    for (size_t i = 0; i < fact->values_n; i++)
        if (is(p, fact->values[i])) {
            *value = (int64_t)i;
            return EVX_OK;
        }
    return unknown_word(p, "value of this fact", NULL);
}

static enum evx_status compare(struct parser *p, uint8_t index, const struct evx_fact_info *fact)
{
    static const struct {
        const char *sign;
        enum evx_op op;
        bool negated;
    } signs[] = {{"=", EVX_OP_EQUAL, false}, {"!=", EVX_OP_EQUAL, true}, {"<", EVX_OP_LESS, false},
                 {">=", EVX_OP_LESS, true},  {">", EVX_OP_MORE, false},  {"<=", EVX_OP_MORE, true}};
    size_t i = 0;
    while (i < 6 && !is(p, signs[i].sign))
        i++;
    if (i == 6 || (fact->kind == EVX_FACT_TEXT && i > 1)) return fail(p, "a comparison that suits the fact");
    enum evx_status s = next(p);
    struct evx_step step = {.op = (uint8_t)signs[i].op, .index = index};
    if (!s && fact->kind == EVX_FACT_TEXT)
        s = text_value(p, fact, &step.value);
    else if (!s && !evx_text_number(p->word, &step.value))
        s = fail(p, "a whole number");
    if (!s) s = emit(p, step);
    if (!s && signs[i].negated) s = emit(p, (struct evx_step){.op = EVX_OP_NOT});
    return s ? s : next(p);
}

static enum evx_status fact(struct parser *p, uint8_t index)
{
    const struct evx_fact_info *fact = &p->f->fact[index];
    p->use->facts |= 1ull << index;
    enum evx_status s = next(p);
    if (s) return s;
    if (fact->kind != EVX_FACT_FLAG) return compare(p, index, fact);
    if (compare_char(*p->word)) return fail(p, "a flag is not compared: 'and', 'or' or the end");
    return emit(p, (struct evx_step){.op = EVX_OP_FLAG, .index = index});
}

static enum evx_status either(struct parser *p);

static enum evx_status primary(struct parser *p)
{
    if (is(p, "(")) {
        enum evx_status s = next(p);
        if (!s) s = either(p);
        if (s) return s;
        return is(p, ")") ? next(p) : fail(p, "')'");
    }
    if (is(p, "always")) {
        enum evx_status s = emit(p, (struct evx_step){.op = EVX_OP_ALWAYS});
        return s ? s : next(p);
    }
    if (!word_char(*p->word)) return fail(p, "a judgement or a fact");
    const char *near_judgement, *near_fact;
    int i = evx_find_judgement(p->f, p->word, &near_judgement);
    if (i >= 0) return judgement(p, (uint8_t)i);
    i = evx_find_fact(p->f, p->word, &near_fact);
    if (i >= 0) return fact(p, (uint8_t)i);
    return unknown_word(p, "judgement or fact", near_judgement ? near_judgement : near_fact);
}

static enum evx_status negation(struct parser *p)
{
    if (++p->depth > EVX_LIMIT_GRADING_DEPTH) return fail(p, "a less nested condition");
    enum evx_status s;
    if (is(p, "not")) {
        s = next(p);
        if (!s) s = negation(p);
        if (!s) s = emit(p, (struct evx_step){.op = EVX_OP_NOT});
    } else {
        s = primary(p);
    }
    p->depth--;
    return s;
}

static enum evx_status both(struct parser *p)
{
    enum evx_status s = negation(p);
    while (!s && is(p, "and")) {
        s = next(p);
        if (!s) s = negation(p);
        if (!s) s = emit(p, (struct evx_step){.op = EVX_OP_AND});
    }
    return s;
}

static enum evx_status either(struct parser *p)
{
    enum evx_status s = both(p);
    while (!s && is(p, "or")) {
        s = next(p);
        if (!s) s = both(p);
        if (!s) s = emit(p, (struct evx_step){.op = EVX_OP_OR});
    }
    return s;
}

enum evx_status evx_condition_compile(struct evx_reader *r, struct evx_framework *f,
                                      const struct evx_text *text, struct evx_condition *out,
                                      struct evx_condition_use *use)
{
    *out = (struct evx_condition){.text = text->s, .first = (uint16_t)f->steps};
    *use = (struct evx_condition_use){0};
    if (!*text->s) return EVX_OK;
    struct parser p = {.reader = r, .f = f, .text = text, .at = text->s, .use = use};
    enum evx_status s = next(&p);
    if (!s) s = either(&p);
    if (s) return s;
    if (*p.word) return fail(&p, "'and', 'or' or the end");
    out->n = (uint16_t)(f->steps - out->first);
    return EVX_OK;
}
