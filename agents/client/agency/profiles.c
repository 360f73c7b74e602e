// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/agency/front.h"
#include "proto/base/file.h"

static enum evx_status explain(enum evx_status s, struct evx_buf *text, const char *where)
{
    const char *said = s == EVX_E_CONFIG && !evx_buf_append(text, "", 1) ? (const char *)text->p : NULL;
    evx_cli_error(s, where, said);
    return s;
}

static enum evx_status add_file(struct evx_profile_set *set, const char *path)
{
    struct evx_buf yaml = {0}, said = {0};
    enum evx_status s = evx_file_read(&yaml, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s) s = evx_profile_set_add(set, evx_buf_bytes(&yaml), path, &said);
    if (s) s = explain(s, &said, path);
    evx_buf_free(&yaml);
    evx_buf_free(&said);
    return s;
}

static enum evx_status add_builtin(struct evx_profile_set *set)
{
    const struct evx_ingest_agency *a = evx_front_agency();
    struct evx_buf said = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < a->profiles; i++)
        s = evx_profile_set_add(set, evx_bytes_of_text(a->profile[i].yaml), a->profile[i].name, &said);
    if (s) s = explain(s, &said, "a profile of this program");
    evx_buf_free(&said);
    set->builtin = set->n;
    return s;
}

enum evx_status evx_front_profiles(struct evx_profile_set *out, const struct evx_cli_options *o)
{
    *out = (struct evx_profile_set){0};
    enum evx_status s = add_builtin(out);
    size_t from = 0;
    for (const char *path; !s && (path = evx_cli_next_value(o, "profile", &from));)
        s = add_file(out, path);
    if (s) evx_profile_set_free(out);
    return s;
}
