// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/child_file.h"

#include <cyaml/cyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/file.h"
#include "proto/limits.h"

#define TEXT(key, type, member)                                                                              \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct type, member, 1,            \
                           EVX_LIMIT_TEXT_BYTES)

static const cyaml_schema_field_t identifier_fields[] = {
    CYAML_FIELD_STRING_PTR("scheme", CYAML_FLAG_POINTER, struct evx_child_identifier, scheme, 1, 256),
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct evx_child_identifier, value, 1, 256),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t identifier = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct evx_child_identifier, identifier_fields)};
static const cyaml_schema_field_t fields[] = {
    TEXT("family-name", evx_child_file, family_name),
    TEXT("given-name", evx_child_file, given_name),
    TEXT("born", evx_child_file, born),
    CYAML_FIELD_SEQUENCE("identifiers", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct evx_child_file,
                         identifiers, &identifier, 0, EVX_LIMIT_IDENTIFIERS),
    TEXT("ground", evx_child_file, ground),
    TEXT("reason", evx_child_file, reason),
    TEXT("held-by", evx_child_file, held_by),
    TEXT("searched", evx_child_file, searched),
    TEXT("period-from", evx_child_file, period_from),
    TEXT("period-until", evx_child_file, period_until),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct evx_child_file, fields)};

// Keeps the first thing said and the first place named.
static void note(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
    (void)level;
    char said[200];
    vsnprintf(said, sizeof said, format, args);
    said[strcspn(said, "\n")] = '\0';
    struct evx_buf *explain = ctx;
    const char *text = strncmp(said, "Load: ", 6) == 0 ? said + 6 : said;
    if (strcmp(text, "Backtrace:") == 0 || explain->n > 300) return;
    EVX_IGNORE(evx_buf_printf(explain, "%s%s", explain->n ? "; " : "", text), "an explanation may be cut");
}

static cyaml_config_t config_for(struct evx_buf *explain)
{
    return (cyaml_config_t){.log_fn = note,
                            .log_ctx = explain,
                            .log_level = CYAML_LOG_ERROR,
                            .mem_fn = cyaml_mem,
                            .flags = CYAML_CFG_NO_ALIAS};
}

enum evx_status evx_child_file_load(struct evx_child_file **out, const char *path, struct evx_buf *explain)
{
    *out = NULL;
    struct evx_buf yaml = {0};
    cyaml_config_t config = config_for(explain);
    enum evx_status s = evx_file_read(&yaml, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s && !evx_utf8_valid(yaml.p, yaml.n)) s = EVX_E_FILE_ENCODING;
    if (!s) {
        cyaml_err_t e = cyaml_load_data(yaml.p, yaml.n, &config, &schema, (cyaml_data_t **)out, NULL);
        s = e == CYAML_OK ? EVX_OK : e == CYAML_ERR_OOM ? EVX_E_MEMORY : EVX_E_CONFIG;
    }
    evx_buf_free(&yaml);
    return s;
}

void evx_child_file_free(struct evx_child_file **c)
{
    if (!c || !*c) return;
    struct evx_buf unused = {0};
    cyaml_config_t config = config_for(&unused);
    cyaml_free(&config, &schema, *c, 0);
    evx_buf_free(&unused);
    *c = NULL;
}
