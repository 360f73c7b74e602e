// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/purpose.h"

#include <stddef.h>
#include <string.h>

#include "proto/base/bytes.h"

#define SHORTEST 12
#define LONGEST  200
#define DIGITS   6

const char *const evx_purposes[] = {
    EVX_PURPOSE_DEFAULT, "quality-assurance", "moderation", "complaint",    "appeal", "legal-proceedings",
    "subject-request",   "safeguarding",      "retention",  "system-check", NULL};

static bool listed(const char *text)
{
    for (size_t i = 0; evx_purposes[i]; i++)
        if (strcmp(evx_purposes[i], text) == 0) return true;
    return false;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool joins_digits(char c) { return c == ' ' || c == '-' || c == '/' || c == '.'; }

static bool looks_like_a_number(const char *text)
{
    size_t run = 0;
    for (const char *p = text; *p; p++) {
        if (is_digit(*p))
            run++;
        else if (!joins_digits(*p))
            run = 0;
        if (run >= DIGITS) return true;
    }
    return false;
}

static bool plain_words(const char *text, size_t n)
{
    const char *space = strchr(text, ' ');
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f || text[i] == '@') return false;
    return space && space != text && space[1] && space[1] != ' ';
}

bool evx_purpose_good(const char *text)
{
    if (!text) return false;
    if (listed(text)) return true;
    size_t n = strlen(text);
    return n >= SHORTEST && n <= LONGEST && evx_utf8_valid(text, n) && plain_words(text, n) &&
           !looks_like_a_number(text);
}
