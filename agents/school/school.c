// SPDX-License-Identifier: Apache-2.0
#include "agents/school/school.h"

extern const struct evx_ingest_profile_text evx_school_profiles[];
extern const size_t evx_school_profiles_n;

const struct evx_ingest_agency *evx_school(void)
{
    static struct evx_ingest_agency school = {
        .id = "school",
        .formats = "CSV by column profile: school census pupils on roll, leavers, exclusions, sessions\n"
                   "published attendance figures (counted and left out)\n"
                   "any file, as it is: submit --attach FILE\n",
        .profile = evx_school_profiles,
    };
    school.profiles = evx_school_profiles_n;
    return &school;
}
