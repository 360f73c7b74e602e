// SPDX-License-Identifier: Apache-2.0
#include "agents/client/cli/grade.h"

#include "agents/client/cli/json.h"

enum evx_status evx_grade_read(struct evx_grade *out, const struct evx_agent_config *config)
{
    struct evx_agent *agent = NULL;
    *out = (struct evx_grade){0};
    enum evx_status s = evx_agent_open_reader(&agent, config, NULL);
    if (!s) s = evx_agent_grade(agent, out);
    evx_agent_close(&agent);
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

json_t *evx_json_grade(const struct evx_grade *g)
{
    char text[EVX_GRADE_TEXT];
    json_t *j = json_object();
    evx_grade_text(text, g);
    enum evx_status s = evx_json_set(j, "grade", evx_json_text(evx_grade_word(g->level)));
    if (!s) s = evx_json_set(j, "text", evx_json_text(text));
    if (!s) s = evx_json_set(j, "cosigned", evx_json_number(g->cosigned));
    if (!s) s = evx_json_set(j, "witnesses", evx_json_number(g->witnesses));
    if (!s) s = evx_json_set(j, "needed", evx_json_number(g->needed));
    if (!s) s = evx_json_set(j, "size", evx_json_number(g->checkpoint.size));
    if (!s) s = evx_json_set(j, "time", g->time_s ? evx_json_time((int64_t)g->time_s * 1000) : json_null());
    if (s) json_decref(j);
    return s ? NULL : j;
}
