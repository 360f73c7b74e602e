// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/draft.h"

#define MAX_DIGITS 18

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct number {
    int64_t value;
    int digits, scale;
};

static const char *take_digits(const char *at, struct number *n, bool fraction)
{
    const char *begin = at;
    for (; is_digit(*at); at++) {
        n->value = n->digits < MAX_DIGITS ? n->value * 10 + (*at - '0') : n->value;
        n->digits += n->value != 0 || n->digits > 0;
        n->scale += fraction;
        if (n->digits > MAX_DIGITS) return NULL;
    }
    return at > begin ? at : NULL;
}

static const char *take_exponent(const char *at, struct number *n)
{
    int sign = *at == '-' ? -1 : 1, power = 0;
    if (*at == '-' || *at == '+') at++;
    const char *begin = at;
    for (; is_digit(*at) && power < 100; at++)
        power = power * 10 + (*at - '0');
    n->scale -= sign * power;
    return at > begin ? at : NULL;
}

static bool settle_scale(struct number *n)
{
    for (; n->scale < 0; n->scale++) {
        if (n->digits++ >= MAX_DIGITS) return false;
        n->value *= 10;
    }
    return n->scale <= MAX_DIGITS;
}

bool evx_decimal_parse(int64_t *unscaled, uint32_t *scale, const char *text, bool exponent)
{
    *unscaled = 0;
    *scale = 0;
    struct number n = {0};
    bool negative = *text == '-';
    const char *at = take_digits(text + negative, &n, false);
    if (at && *at == '.') at = take_digits(at + 1, &n, true);
    if (at && exponent && (*at == 'e' || *at == 'E')) at = take_exponent(at + 1, &n);
    if (!at || *at || !settle_scale(&n)) return false;
    *unscaled = negative ? -n.value : n.value;
    *scale = (uint32_t)n.scale;
    return true;
}
