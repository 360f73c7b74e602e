// SPDX-License-Identifier: Apache-2.0
#include "agents/police/police.h"

extern const struct evx_ingest_profile_text evx_police_profiles[];
extern const size_t evx_police_profiles_n;

const struct evx_ingest_agency *evx_police(void)
{
    static struct evx_ingest_agency police = {
        .id = "police",
        .formats = "CSV by column profile: missing episodes, street-level crime (data.police.uk)\n"
                   "CASE/UCO JSON-LD, sent whole with a short description\n"
                   "any file, as it is: submit --attach FILE\n",
        .profile = evx_police_profiles,
        .read_json = evx_police_read_case,
    };
    police.profiles = evx_police_profiles_n;
    return &police;
}
