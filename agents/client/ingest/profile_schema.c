// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/profile_schema.h"

#include "agents/client/ingest/profile.h"

#define OPTIONAL                       CYAML_FLAG_OPTIONAL
#define PTR                            CYAML_FLAG_POINTER
#define STRICT                         CYAML_FLAG_STRICT
#define MANY                           CYAML_UNLIMITED
#define NEEDED_TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, PTR, struct type, member, 1, MANY)
#define TEXT(key, type, member)        CYAML_FIELD_STRING_PTR(key, PTR | OPTIONAL, struct type, member, 1, MANY)
#define TEXTS(key, type, member)                                                                             \
    CYAML_FIELD_SEQUENCE(key, PTR | OPTIONAL, struct type, member, &text, 0, MANY)
#define CHOICE(key, type, member, words)                                                                     \
    CYAML_FIELD_ENUM(key, OPTIONAL | STRICT, struct type, member, words, sizeof words / sizeof *words)

static const cyaml_strval_t yes_no[] = {{"false", 0}, {"true", 1}};
static const cyaml_strval_t to_words[] = {
    {"field", EVX_TO_FIELD},
    {"identifier", EVX_TO_IDENTIFIER},
    {"family-name", EVX_TO_FAMILY_NAME},
    {"given-name", EVX_TO_GIVEN_NAME},
    {"born", EVX_TO_BORN},
    {"sex", EVX_TO_SEX},
    {"occurred", EVX_TO_OCCURRED},
    {"recorded", EVX_TO_RECORDED},
    {"received", EVX_TO_RECEIVED},
    {"nothing", EVX_TO_NOTHING},
};
static const cyaml_strval_t type_words[] = {
    {"text", EVX_TYPE_TEXT}, {"integer", EVX_TYPE_INTEGER}, {"decimal", EVX_TYPE_DECIMAL},
    {"date", EVX_TYPE_DATE}, {"flag", EVX_TYPE_FLAG},       {"code", EVX_TYPE_CODE},
};
static const cyaml_strval_t source_words[] = {
    {"observation", EVX__V1__SOURCE_TYPE__SOURCE_OBSERVATION},
    {"record", EVX__V1__SOURCE_TYPE__SOURCE_RECORD},
};
static const cyaml_strval_t direction_words[] = {
    {"strength", EVX__V1__DIRECTION__DIRECTION_STRENGTH},
    {"concern", EVX__V1__DIRECTION__DIRECTION_CONCERN},
    {"neutral", EVX__V1__DIRECTION__DIRECTION_NEUTRAL},
};
static const cyaml_strval_t significance_words[] = {
    {"routine", EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE},
    {"notable", EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE},
    {"critical", EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL},
};
static const cyaml_strval_t precision_words[] = {
    {"year", EVX__V1__PRECISION__PRECISION_YEAR},     {"month", EVX__V1__PRECISION__PRECISION_MONTH},
    {"day", EVX__V1__PRECISION__PRECISION_DAY},       {"minute", EVX__V1__PRECISION__PRECISION_MINUTE},
    {"second", EVX__V1__PRECISION__PRECISION_SECOND},
};
static const cyaml_strval_t rule_words[] = {{"order", EVX_RULE_ORDER}, {"unique", EVX_RULE_UNIQUE}};
static const cyaml_strval_t orphan_words[] = {{"warning", EVX_ORPHAN_WARNING}, {"error", EVX_ORPHAN_ERROR}};

static const cyaml_schema_value_t text = {CYAML_VALUE_STRING(PTR, char, 1, MANY)};

static const cyaml_schema_field_t code_fields[] = {
    NEEDED_TEXT("code", evx_profile_code, code),
    NEEDED_TEXT("means", evx_profile_code, means),
    CHOICE("direction", evx_profile_code, direction, direction_words),
    CHOICE("significance", evx_profile_code, significance, significance_words),
    TEXTS("criteria", evx_profile_code, criteria),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t code_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct evx_profile_code, code_fields)};

static const cyaml_schema_field_t list_fields[] = {
    NEEDED_TEXT("name", evx_profile_list, name),
    CYAML_FIELD_SEQUENCE("codes", PTR, struct evx_profile_list, codes, &code_value, 1, MANY),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t list_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct evx_profile_list, list_fields)};

static const cyaml_schema_field_t column_fields[] = {
    NEEDED_TEXT("name", evx_profile_column, name),
    CHOICE("to", evx_profile_column, to, to_words),
    CHOICE("type", evx_profile_column, type, type_words),
    TEXT("field", evx_profile_column, field),
    TEXT("scheme", evx_profile_column, scheme),
    TEXT("list", evx_profile_column, list),
    CHOICE("required", evx_profile_column, required, yes_no),
    TEXTS("formats", evx_profile_column, formats),
    CHOICE("precision", evx_profile_column, precision, precision_words),
    TEXTS("skip", evx_profile_column, skip),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t column_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct evx_profile_column, column_fields)};

static const cyaml_schema_field_t rule_fields[] = {
    CHOICE("rule", evx_profile_rule, rule, rule_words),
    TEXT("first", evx_profile_rule, first),
    TEXT("last", evx_profile_rule, last),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct evx_profile_rule, rule_fields)};

static const cyaml_schema_field_t join_fields[] = {
    NEEDED_TEXT("profile", evx_profile_join, profile),
    NEEDED_TEXT("scheme", evx_profile_join, scheme),
    CHOICE("orphan", evx_profile_join, orphan, orphan_words),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t profile_fields[] = {
    NEEDED_TEXT("id", evx_profile, id),
    NEEDED_TEXT("title", evx_profile, title),
    CYAML_FIELD_SEQUENCE("match", PTR, struct evx_profile, match, &text, 1, MANY),
    TEXT("kind", evx_profile, kind),
    CHOICE("source", evx_profile, source, source_words),
    CHOICE("direction", evx_profile, direction, direction_words),
    CHOICE("significance", evx_profile, significance, significance_words),
    TEXTS("criteria", evx_profile, criteria),
    TEXT("purpose", evx_profile, purpose),
    TEXT("lawful-basis", evx_profile, lawful_basis),
    TEXT("marking", evx_profile, marking),
    TEXT("retention", evx_profile, retention),
    TEXT("zone", evx_profile, zone_name),
    TEXTS("formats", evx_profile, formats),
    CHOICE("occurred-from-file-name", evx_profile, occurred_from_file_name, yes_no),
    TEXT("narrative", evx_profile, narrative),
    CYAML_FIELD_MAPPING_PTR("join", PTR | OPTIONAL, struct evx_profile, join, join_fields),
    CYAML_FIELD_SEQUENCE("columns", PTR | OPTIONAL, struct evx_profile, columns, &column_value, 0, MANY),
    CYAML_FIELD_SEQUENCE("lists", PTR | OPTIONAL, struct evx_profile, lists, &list_value, 0, MANY),
    CYAML_FIELD_SEQUENCE("rules", PTR | OPTIONAL, struct evx_profile, rules, &rule_value, 0, MANY),
    CHOICE("aggregate", evx_profile, aggregate, yes_no),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t evx_profile_schema = {
    CYAML_VALUE_MAPPING(PTR, struct evx_profile, profile_fields)};

const char *const evx_profile_keys[] = {
    "id",        "title",        "match",    "kind",    "source",
    "direction", "significance", "criteria", "purpose", "lawful-basis",
    "marking",   "retention",    "zone",     "formats", "occurred-from-file-name",
    "narrative", "join",         "columns",  "lists",   "rules",
    "aggregate", "name",         "codes",    "code",    "means",
    "to",        "type",         "field",    "scheme",  "list",
    "required",  "precision",    "skip",     "rule",    "first",
    "last",      "profile",      "orphan",   NULL,
};
