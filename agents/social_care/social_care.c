// SPDX-License-Identifier: Apache-2.0
#include "agents/social_care/social_care.h"

extern const struct evx_ingest_profile_text evx_social_care_profiles[];
extern const size_t evx_social_care_profiles_n;

const struct evx_ingest_agency *evx_social_care(void)
{
    static struct evx_ingest_agency social_care = {
        .id = "social-care",
        .formats = "CSV by column profile: SSDA903 header, episodes, missing, reviews, OC2\n"
                   "any file, as it is: submit --attach FILE\n",
        .profile = evx_social_care_profiles,
    };
    social_care.profiles = evx_social_care_profiles_n;
    return &social_care;
}
