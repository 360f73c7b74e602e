// SPDX-License-Identifier: Apache-2.0
#include "grading/condition.h"

static uint8_t truth(bool yes) { return yes ? EVX_TRUE : EVX_FALSE; }

static uint8_t look_at_judgement(const struct evx_step *step, const int8_t *grade)
{
    int8_t g = grade[step->index];
    if (step->op == EVX_OP_OPEN) return truth(g == EVX_GRADE_OPEN);
    return g == EVX_GRADE_OPEN ? EVX_UNKNOWN : truth(step->mask >> g & 1);
}

static uint8_t look_at_fact(const struct evx_step *step, const struct evx_situation *now)
{
    if (!(now->known >> step->index & 1)) return EVX_UNKNOWN;
    int64_t v = now->fact[step->index];
    if (step->op == EVX_OP_FLAG) return truth(v != 0);
    if (step->op == EVX_OP_EQUAL) return truth(v == step->value);
    return truth(step->op == EVX_OP_LESS ? v < step->value : v > step->value);
}

// The compiler nests at most EVX_LIMIT_GRADING_DEPTH deep and each level holds
// two operands (one of `or`, one of `and`), so the stack cannot overflow.
enum evx_truth evx_condition_holds(const struct evx_framework *f, const struct evx_condition *c,
                                   const struct evx_situation *now)
{
    if (!c->n) return EVX_TRUE;
    uint8_t stack[2 * EVX_LIMIT_GRADING_DEPTH + 4];
    size_t top = 0;
    const struct evx_step *step = f->code + c->first;
    for (const struct evx_step *end = step + c->n; step < end; step++) {
        switch ((enum evx_op)step->op) {
        case EVX_OP_ALWAYS: stack[top++] = EVX_TRUE; break;
        case EVX_OP_GRADE:
        case EVX_OP_OPEN: stack[top++] = look_at_judgement(step, now->grade); break;
        case EVX_OP_FLAG:
        case EVX_OP_EQUAL:
        case EVX_OP_LESS:
        case EVX_OP_MORE: stack[top++] = look_at_fact(step, now); break;
        case EVX_OP_NOT: stack[top - 1] = (uint8_t)(EVX_TRUE - stack[top - 1]); break;
        case EVX_OP_AND:
            top--;
            if (stack[top] < stack[top - 1]) stack[top - 1] = stack[top];
            break;
        case EVX_OP_OR:
            top--;
            if (stack[top] > stack[top - 1]) stack[top - 1] = stack[top];
            break;
        }
    }
    return (enum evx_truth)stack[0];
}
