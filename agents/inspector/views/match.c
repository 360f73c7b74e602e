// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/match.h"

#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "proto/base/clock.h"

#define NAME_POINTS 64 // longer names are compared by their first 64 letters
#define LONG_NAME   6

const char *evx_match_name(enum evx_match m)
{
    switch (m) {
    case EVX_MATCH_NONE: return "none";
    case EVX_MATCH_SAME_NAME: return "same name";
    case EVX_MATCH_EXCHANGED: return "names exchanged";
    case EVX_MATCH_SPELLING: return "spelling";
    case EVX_MATCH_SOUND: return "sounds alike";
    case EVX_MATCH_SHORT_FORM: return "short form";
    case EVX_MATCH_DAY_MONTH: return "day and month";
    }
    return "none";
}

const char *evx_sex_word(const char *text)
{
    static const char *const male[] = {"m", "male", "1"}, *const female[] = {"f", "female", "2"};
    for (size_t i = 0; i < 3; i++) {
        if (strcasecmp(text, male[i]) == 0) return "male";
        if (strcasecmp(text, female[i]) == 0) return "female";
    }
    return text;
}

static size_t points(int32_t out[NAME_POINTS], const char *text)
{
    size_t n = 0;
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    while (*p && n < NAME_POINTS) {
        utf8proc_ssize_t step = utf8proc_iterate(p, -1, &out[n]);
        if (step <= 0) break;
        p += step;
        n++;
    }
    return n;
}

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

unsigned evx_name_distance(const char *a, const char *b, unsigned cap)
{
    int32_t x[NAME_POINTS], y[NAME_POINTS];
    unsigned row[3][NAME_POINTS + 1];
    size_t n = points(x, a), m = points(y, b);
    for (size_t j = 0; j <= m; j++)
        row[0][j] = (unsigned)j;
    for (size_t i = 1; i <= n; i++) {
        unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= m; j++) {
            unsigned d = least(last[j] + 1, now[j - 1] + 1);
            d = least(d, last[j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                d = least(d, before[j - 2] + 1);
            now[j] = d;
        }
    }
    unsigned d = row[n % 3][m];
    return d > cap ? cap + 1 : d;
}

static char sound_class(char c)
{
    switch (c) {
    case 'b':
    case 'p': return 'P';
    case 'f':
    case 'v': return 'F';
    case 'c':
    case 'g':
    case 'j':
    case 'k':
    case 'q': return 'K';
    case 's':
    case 'x':
    case 'z': return 'S';
    case 'd':
    case 't': return 'T';
    case 'l': return 'L';
    case 'm':
    case 'n': return 'N';
    case 'r': return 'R';
    default: return 0;
    }
}

// Letter pairs that sound as one: how many letters, and as which.
static size_t sound_pair(char *as, const char *p)
{
    static const struct {
        const char *pair;
        char as;
    } pairs[] = {
        {"ph", 'f'}, {"ck", 'k'}, {"kn", 'n'}, {"wr", 'r'}, {"sh", 's'}, {"ch", 'k'},
        {"th", 't'}, {"ce", 's'}, {"ci", 's'}, {"cy", 's'}, {"gh", 'h'},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        if (strncmp(p, pairs[i].pair, 2) != 0) continue;
        *as = pairs[i].as;
        return 2;
    }
    *as = *p;
    return 1;
}

void evx_sound(char out[EVX_SOUND_TEXT], const char *folded)
{
    size_t n = 0;
    char last = 0;
    memset(out, 0, EVX_SOUND_TEXT);
    for (const char *p = folded; *p && n < EVX_SOUND_TEXT - 1;) {
        char as;
        p += sound_pair(&as, p);
        char class = sound_class(as);
        if (!class && n == 0) class = 'A'; // a vowel counts only where the name begins
        if (class && class != last) out[n++] = class;
        if (class || (as != 'h' && as != 'w')) last = class;
    }
}

int64_t evx_born_exchanged(int64_t born)
{
    if (born == EVX_BORN_UNKNOWN) return EVX_BORN_UNKNOWN;
    int y, m, d;
    evx_civil_from_days(born, &y, &m, &d);
    if (d == m || !evx_date_valid(y, d, m)) return EVX_BORN_UNKNOWN;
    return evx_days_from_civil(y, d, m);
}

static bool known(const struct evx_person *p)
{
    return p->born != EVX_BORN_UNKNOWN && *p->given && *p->family;
}

static unsigned allowance(const char *a, const char *b)
{
    int32_t scratch[NAME_POINTS];
    return points(scratch, a) >= LONG_NAME && points(scratch, b) >= LONG_NAME ? 2 : 1;
}

static bool near_spelling(const struct evx_person *a, const struct evx_person *b)
{
    unsigned given_may = allowance(a->given, b->given), family_may = allowance(a->family, b->family);
    unsigned given = evx_name_distance(a->given, b->given, given_may);
    unsigned family = evx_name_distance(a->family, b->family, family_may);
    if (given > given_may || family > family_may) return false;
    return given < given_may || family < family_may;
}

static bool same_sound(const struct evx_person *a, const struct evx_person *b)
{
    char ga[EVX_SOUND_TEXT], gb[EVX_SOUND_TEXT], fa[EVX_SOUND_TEXT], fb[EVX_SOUND_TEXT];
    evx_sound(ga, a->given);
    evx_sound(gb, b->given);
    evx_sound(fa, a->family);
    evx_sound(fb, b->family);
    // One consonant alone says too little.
    return strlen(fa) > 1 && strcmp(ga, gb) == 0 && strcmp(fa, fb) == 0;
}

static bool short_form(const struct evx_person *a, const struct evx_person *b)
{
    return strcmp(a->family, b->family) == 0 && strlen(a->given) >= 3 && strlen(b->given) >= 3 &&
           strncmp(a->given, b->given, 3) == 0;
}

static bool is_code(const struct evx_person *p)
{
    return strpbrk(p->given, "0123456789") || strpbrk(p->family, "0123456789");
}

enum evx_match evx_match_persons(const struct evx_person *a, const struct evx_person *b)
{
    if (!known(a) || !known(b)) return EVX_MATCH_NONE;
    bool same = strcmp(a->given, b->given) == 0 && strcmp(a->family, b->family) == 0;
    if (a->born != b->born)
        return same && evx_born_exchanged(a->born) == b->born ? EVX_MATCH_DAY_MONTH : EVX_MATCH_NONE;
    if (same) return EVX_MATCH_SAME_NAME;
    if (strcmp(a->given, b->family) == 0 && strcmp(a->family, b->given) == 0) return EVX_MATCH_EXCHANGED;
    if (is_code(a) || is_code(b)) return EVX_MATCH_NONE;
    if (near_spelling(a, b)) return EVX_MATCH_SPELLING;
    if (same_sound(a, b)) return EVX_MATCH_SOUND;
    return short_form(a, b) ? EVX_MATCH_SHORT_FORM : EVX_MATCH_NONE;
}
