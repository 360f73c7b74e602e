// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/profile.h"
#include "agents/police/police.h"
#include "agents/school/school.h"
#include "agents/social_care/social_care.h"
#include "proto/base/file.h"

// A reference is good if the framework's file has a criterion of that id.
static void check_reference(const char *profile, const char *reference)
{
    char path[256], wanted[128];
    const char *slash = strchr(reference, '/'), *source = getenv("EVX_SOURCE");
    cr_assert(source && slash);
    snprintf(path, sizeof path, "%s/grading/frameworks/%.*s.yaml", source, (int)(slash - reference),
             reference);
    snprintf(wanted, sizeof wanted, "{id: %s, judgement:", slash + 1);
    struct evx_buf yaml = {0};
    cr_assert_eq(evx_file_read(&yaml, path, 1u << 20), EVX_OK, "%s", path);
    cr_assert(memmem(yaml.p, yaml.n, wanted, strlen(wanted)), "%s refers to %s", profile, reference);
    evx_buf_free(&yaml);
}

static void check_profile(const struct evx_profile *p)
{
    for (unsigned i = 0; i < p->criteria_count; i++)
        check_reference(p->id, p->criteria[i]);
    for (unsigned l = 0; l < p->lists_count; l++)
        for (unsigned c = 0; c < p->lists[l].codes_count; c++)
            for (unsigned i = 0; i < p->lists[l].codes[c].criteria_count; i++)
                check_reference(p->id, p->lists[l].codes[c].criteria[i]);
}

Test(criteria, every_profile_refers_to_criteria_that_exist, .timeout = 30)
{
    const struct evx_ingest_agency *agencies[] = {evx_police(), evx_social_care(), evx_school()};
    for (size_t a = 0; a < 3; a++) {
        struct evx_profile_set set = {0};
        cr_assert(agencies[a]->profiles > 0);
        for (size_t i = 0; i < agencies[a]->profiles; i++) {
            const struct evx_ingest_profile_text *t = &agencies[a]->profile[i];
            cr_assert_eq(evx_profile_set_add(&set, evx_bytes_of_text(t->yaml), t->name, NULL), EVX_OK, "%s",
                         t->name);
            check_profile(set.profile[set.n - 1]);
        }
        evx_profile_set_free(&set);
    }
}
