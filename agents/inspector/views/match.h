// SPDX-License-Identifier: Apache-2.0
//
// When two records MAY be about the same child though they share no identifier.
// The answer is only ever a proposal that an inspector confirms or rejects.
//
// The rule, in this order; the first that holds is named:
//   same name        date of birth equal, folded given and family names equal
//   names exchanged  date of birth equal, given and family names swapped
//   spelling         date of birth equal, each name within 1 edit, or within 2 when both
//                    spellings have 6 letters or more (an exchange of two neighbouring
//                    letters is one edit); never both names at their limit
//   sounds alike     date of birth equal, both names have the same sound code
//   short form       date of birth equal, same family name, one given name begins with the
//                    other's first three letters
//   day and month    names equal, the dates of birth have day and month exchanged
// A name with a digit in it is a code: codes are equal or they are not, so only "same
// name", "names exchanged" and "day and month" apply to them.
// A record without a full date of birth or without both names is never proposed.
// Pure; no I/O.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_MATCH_H
#define EVX_AGENTS_INSPECTOR_VIEWS_MATCH_H

#include <stdbool.h>
#include <stdint.h>

struct evx_person {
    const char *given, *family; // folded (fold.h), "" when unknown
    int64_t born;               // day number, EVX_BORN_UNKNOWN when not known to the day
};
#define EVX_BORN_UNKNOWN INT64_MIN

enum evx_match {
    EVX_MATCH_NONE,
    EVX_MATCH_SAME_NAME,
    EVX_MATCH_EXCHANGED,
    EVX_MATCH_SPELLING,
    EVX_MATCH_SOUND,
    EVX_MATCH_SHORT_FORM,
    EVX_MATCH_DAY_MONTH,
};
const char *evx_match_name(enum evx_match m); // "spelling"

enum evx_match evx_match_persons(const struct evx_person *a, const struct evx_person *b);
// The day number with day and month exchanged, EVX_BORN_UNKNOWN when there is none or
// it is the same day.
int64_t evx_born_exchanged(int64_t born);

// How a source writes sex ("M", "male", "1"; "F", "female", "2") as "male", "female",
// else the text itself. The codes are those of the SSDA903 return.
const char *evx_sex_word(const char *text);

// Edits (insert, delete, replace, exchange of neighbours) between two folded
// names, counted in code points; `cap` + 1 when there are more.
unsigned evx_name_distance(const char *a, const char *b, unsigned cap);
// Sound code of a folded name: first sound, then consonant classes, no vowels, no
// doubles, at most 7 characters. Built for English spelling.
#define EVX_SOUND_TEXT 8
void evx_sound(char out[EVX_SOUND_TEXT], const char *folded);

#endif
