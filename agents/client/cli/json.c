// SPDX-License-Identifier: Apache-2.0
#include "agents/client/cli/json.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

json_t *evx_json_object(const char *schema)
{
    json_t *o = json_object();
    if (o && json_object_set_new(o, "schema", json_string(schema))) {
        json_decref(o);
        return NULL;
    }
    return o;
}

enum evx_status evx_json_set(json_t *object, const char *key, json_t *value)
{
    return json_object_set_new(object, key, value) ? EVX_E_MEMORY : EVX_OK;
}

enum evx_status evx_json_add(json_t *array, json_t *value)
{
    return json_array_append_new(array, value) ? EVX_E_MEMORY : EVX_OK;
}

json_t *evx_json_hex(const uint8_t *p, size_t n)
{
    char *text = malloc(2 * n + 1);
    if (!text) return NULL;
    evx_hex(text, p, n);
    json_t *v = json_string(text);
    free(text);
    return v;
}

json_t *evx_json_text(const char *text)
{
    if (!text) text = "";
    if (evx_utf8_valid(text, strlen(text))) return json_string(text);
    char *copy = strdup(text);
    if (!copy) return NULL;
    for (char *p = copy; *p; p++)
        if ((unsigned char)*p >= 0x80) *p = '?';
    json_t *v = json_string(copy);
    free(copy);
    return v;
}

json_t *evx_json_number(uint64_t v) { return json_integer(v > INT64_MAX ? INT64_MAX : (json_int_t)v); }

json_t *evx_json_time(int64_t utc_ms)
{
    char text[EVX_TIME_TEXT];
    evx_time_text(text, utc_ms);
    return json_string(text);
}

enum evx_status evx_json_line(FILE *to, const json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);
    if (!text) return EVX_E_MEMORY;
    enum evx_status s = fprintf(to, "%s\n", text) < 0 ? EVX_E_IO : EVX_OK;
    free(text);
    return s;
}

enum evx_status evx_json_print(FILE *to, json_t *object)
{
    enum evx_status s = object ? evx_json_line(to, object) : EVX_E_MEMORY;
    json_decref(object);
    return s;
}
