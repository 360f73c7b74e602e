// SPDX-License-Identifier: Apache-2.0
//
// A column profile says what one kind of CSV export means: how to know it, which
// column goes where, which codes exist and what they say. Profiles are YAML; a
// supplier's new export needs a new profile, not new code. docs/ingest.md
// "Column profiles" describes every key.
#ifndef EVX_AGENTS_CLIENT_INGEST_PROFILE_H
#define EVX_AGENTS_CLIENT_INGEST_PROFILE_H

#include <stdbool.h>

#include "agents/client/ingest/zone.h"
#include "evx/v1/item.pb-c.h"
#include "proto/base/bytes.h"

enum evx_column_to {
    EVX_TO_FIELD,       // a typed field of the evidence
    EVX_TO_IDENTIFIER,  // of the child, with its scheme
    EVX_TO_FAMILY_NAME, // of the child
    EVX_TO_GIVEN_NAME,
    EVX_TO_BORN,
    EVX_TO_SEX,
    EVX_TO_OCCURRED,
    EVX_TO_RECORDED,
    EVX_TO_RECEIVED,
    EVX_TO_NOTHING, // read for the narrative and the rules only
};
enum evx_column_type {
    EVX_TYPE_TEXT,
    EVX_TYPE_INTEGER,
    EVX_TYPE_DECIMAL,
    EVX_TYPE_DATE,
    EVX_TYPE_FLAG,
    EVX_TYPE_CODE,
};

struct evx_profile_code {
    char *code, *means;
    Evx__V1__Direction direction;       // 0 = the profile's
    Evx__V1__Significance significance; // 0 = the profile's; the highest in a row counts
    char **criteria;                    // added to the profile's
    unsigned criteria_count;
};
struct evx_profile_list {
    char *name;
    struct evx_profile_code *codes;
    unsigned codes_count;
};
struct evx_profile_column {
    char *name; // header text, any case
    enum evx_column_to to;
    enum evx_column_type type;
    char *field;  // name of the field, lower-kebab
    char *scheme; // of an identifier
    char *list;   // of a code
    bool required;
    char **formats; // of a date; the profile's when absent
    unsigned formats_count;
    Evx__V1__Precision precision; // coarsest that is true; 0 = as written
    char **skip;                  // values that mean nothing was entered
    unsigned skip_count;
};
enum evx_rule_kind { EVX_RULE_ORDER, EVX_RULE_UNIQUE };
struct evx_profile_rule {
    enum evx_rule_kind rule;
    char *first, *last; // of ORDER: columns with dates
};
enum evx_orphan { EVX_ORPHAN_WARNING, EVX_ORPHAN_ERROR };
struct evx_profile_join {
    char *profile, *scheme; // whose rows describe the same children, and by which identifier
    enum evx_orphan orphan; // what a row is whose child is not there
};

struct evx_profile {
    char *id, *title;
    char **match; // the columns that tell this export from others
    unsigned match_count;
    char *kind;
    Evx__V1__SourceType source;
    Evx__V1__Direction direction;
    Evx__V1__Significance significance;
    char **criteria; // "framework/criterion"
    unsigned criteria_count;
    char *purpose, *lawful_basis, *marking, *retention;
    char *zone_name;
    enum evx_zone zone;
    char **formats;
    unsigned formats_count;
    bool occurred_from_file_name; // the year in it, when no column says more
    char *narrative;              // "{COLUMN}", "{COLUMN:means}", "{COLUMN|when empty}"
    struct evx_profile_join *join;
    struct evx_profile_column *columns;
    unsigned columns_count;
    struct evx_profile_list *lists;
    unsigned lists_count;
    struct evx_profile_rule *rules;
    unsigned rules_count;
    bool aggregate; // published figures about no child: counted and left out
};

// Parses and checks one profile. CONFIG with *explain = "NAME, line 12: unknown key
// 'requird'; did you mean 'required'?", MEMORY. `explain` may be NULL.
EVX_MUST_CHECK enum evx_status evx_profile_parse(struct evx_profile **out, struct evx_bytes yaml,
                                                 const char *name, struct evx_buf *explain);
void evx_profile_destroy(struct evx_profile **p);

// The profiles that a program knows: those built in come first, those that a
// person gave are preferred.
struct evx_profile_set {
    struct evx_profile **profile;
    size_t n, builtin;
};
EVX_MUST_CHECK enum evx_status evx_profile_set_add(struct evx_profile_set *set, struct evx_bytes yaml,
                                                   const char *name, struct evx_buf *explain);
void evx_profile_set_free(struct evx_profile_set *set);
// The one with the most matching columns, all of which are in the header. NULL if none.
const struct evx_profile *evx_profile_match(const struct evx_profile_set *set, const char *const *header,
                                            size_t n);
// The one that comes nearest, for saying which column is missing. NULL if none is near.
const struct evx_profile *evx_profile_nearest(const struct evx_profile_set *set, const char *const *header,
                                              size_t n);

const struct evx_profile_column *evx_profile_column(const struct evx_profile *p, const char *name);
const struct evx_profile_list *evx_profile_list(const struct evx_profile *p, const char *name);
const struct evx_profile_code *evx_profile_code(const struct evx_profile_list *l, const char *code);
// Position in the header, any case; n when absent.
size_t evx_header_find(const char *const *header, size_t n, const char *name);

#endif
