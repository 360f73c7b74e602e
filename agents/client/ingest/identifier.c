// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/identifier.h"

#include <string.h>

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool ten_digits(char out[EVX_NHS_NUMBER_TEXT], const char *text)
{
    size_t n = 0;
    for (; *text; text++) {
        bool gap = (*text == ' ' || *text == '-') && (n == 3 || n == 6);
        if (gap) continue;
        if (!is_digit(*text) || n == 10) return false;
        out[n++] = *text;
    }
    out[n] = '\0';
    return n == 10;
}

bool evx_nhs_number(char out[EVX_NHS_NUMBER_TEXT], const char *text)
{
    out[0] = '\0';
    char digits[EVX_NHS_NUMBER_TEXT];
    if (!ten_digits(digits, text)) return false;
    int sum = 0;
    for (int i = 0; i < 9; i++)
        sum += (digits[i] - '0') * (10 - i);
    int check = (11 - sum % 11) % 11;
    if (check == 10 || check != digits[9] - '0') return false;
    memcpy(out, digits, sizeof digits);
    return true;
}

// I, O and S are not used as check letters.
static const char letters[] = "ABCDEFGHJKLMNPQRTUVWXYZ";

static int upn_value(char c, bool last)
{
    if (is_digit(c)) return c - '0';
    const char *at = last && c ? strchr(letters, c) : NULL;
    return at ? (int)(at - letters) : -1;
}

bool evx_upn_plausible(const char *text)
{
    if (strlen(text) != 13 || !strchr(letters, text[0])) return false;
    int sum = 0;
    for (int i = 1; i < 13; i++) {
        int value = upn_value(text[i], i == 12);
        if (value < 0) return false;
        sum += value * (i + 1);
    }
    return letters[sum % 23] == text[0];
}
