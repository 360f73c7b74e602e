// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/front.h"

enum evx_status evx_front_job(struct evx_ingest_job *job, struct evx_agent_config *config,
                              const struct evx_profile_set *set, const struct evx_cli_options *o)
{
    struct evx_buf said = {0};
    *job = (struct evx_ingest_job){.agency = evx_front_agency(), .profiles = set};
    enum evx_status s = evx_agent_config_load(config, o->config, &said);
    if (s)
        evx_cli_error(s, o->config, evx_buf_append(&said, "", 1) ? NULL : (const char *)said.p);
    else
        s = evx_cli_inspection(&job->inspection, config->inspection);
    evx_buf_free(&said);
    if (s) return s;
    job->organisation = config->organisation;
    job->encoding = evx_cli_value(o, "encoding");
    return EVX_OK;
}
