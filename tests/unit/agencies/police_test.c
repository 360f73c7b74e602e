// SPDX-License-Identifier: Apache-2.0
#include "agents/police/police.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/agencies/reader.h"

static const char *const sample[] = {"tests/data/samples/police/missing-episodes.csv"};
static const char *const graph[] = {"tests/data/samples/police/device-extract.json"};

Test(police, missing_episode_has_child_times_and_risk, .timeout = 20)
{
    struct kept k;
    kept_read_file(&k, evx_police(), sample, 1);
    cr_assert_eq(k.problems, 0);
    cr_assert_eq(k.result.evidence, 6);
    const Evx__V1__Evidence *e = k.item[1]->evidence;
    cr_assert_str_eq(e->kind, "missing-episode");
    cr_assert_str_eq(e->subject[0]->family_name, "Bryarwood");
    cr_assert_str_eq(kept_identifier(k.item[1], "police-person-id"), "NPX-04114");
    cr_assert(!kept_identifier(k.item[1], "nhs-number"));
    cr_assert_str_eq(kept_identifier(k.item[0], "nhs-number"), "9990001006");
    cr_assert_str_eq(e->occurred->text, "03/04/2026 20:30");
    cr_assert_eq(e->occurred->utc_ms, 1775244600000); // 19:30 UTC: summer time
    cr_assert_eq(e->occurred->offset_min, 60);
    cr_assert_eq(e->direction, EVX__V1__DIRECTION__DIRECTION_CONCERN);
    cr_assert_eq(e->significance, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_CRITICAL);
    cr_assert_eq(k.item[0]->evidence->significance, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE);
    cr_assert_str_eq(kept_field(k.item[1], "risk-initial"), "HIGH high risk");
    cr_assert_eq(e->n_criterion, 3);
    cr_assert_str_eq(e->criterion[0]->framework, "childrens-homes-2015");
    cr_assert_str_eq(e->criterion[0]->criterion, "32c");
    cr_assert_eq(e->origin->row, 3);
    cr_assert_str_eq(e->origin->file_name, "missing-episodes.csv");
    kept_free(&k);
}

Test(police, the_same_file_gives_the_same_items_jailed_or_not, .timeout = 30)
{
    static const char text[] =
        "Crime ID,Month,Reported by,Location,LSOA code,Crime type,Last outcome category\n"
        "a1,2026-03,Northam Police,On or near Quay Lane,X0,Drugs,\n"
        ",2026-03,Northam Police,On or near Quay Lane,X0,Anti-social behaviour,\n";
    struct kept here, again, jailed;
    kept_read_text(&here, evx_police(), "street.csv", text);
    kept_read_text(&again, evx_police(), "street.csv", text);
    kept_read(&jailed, evx_police(), "street.csv", evx_bytes_of_text(text), NULL, 0, true);
    cr_assert_eq(here.items, 2);
    cr_assert_eq(memcmp(here.all.b, again.all.b, 32), 0);
    cr_assert_eq(memcmp(here.all.b, jailed.all.b, 32), 0);
    cr_assert_eq(jailed.result.evidence, 2);
    cr_assert_str_eq(jailed.result.detected.profile, "police-street-crime");
    cr_assert_eq(here.item[0]->evidence->occurred->precision, EVX__V1__PRECISION__PRECISION_MONTH);
    cr_assert_eq(here.item[0]->evidence->n_subject, 0);
    kept_free(&here);
    kept_free(&again);
    kept_free(&jailed);
}

Test(police, case_graph_is_attached_byte_for_byte_and_described, .timeout = 20)
{
    struct kept k;
    kept_read_file(&k, evx_police(), graph, 1);
    cr_assert_eq(k.problems, 0);
    cr_assert_eq(k.items, 2);
    const Evx__V1__Attachment *a = k.item[0]->attachment;
    const Evx__V1__Evidence *e = k.item[1]->evidence;
    struct evx_digest digest;
    evx_blake2b(&digest, evx_bytes(a->content.data, a->content.len));
    cr_assert_eq(memcmp(digest.b, a->file->digest.data, 32), 0);
    cr_assert_eq(memcmp(digest.b, e->attachment[0]->digest.data, 32), 0);
    cr_assert_eq(e->attachment[0]->size, a->content.len);
    cr_assert_str_eq(kept_field(k.item[1], "object-type"), "uco-observable:Device 1");
    kept_free(&k);
}

Test(police, json_that_is_no_case_graph_is_refused, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_police(), "x.json", "{\"@graph\": [{\"@type\": \"thing\"}]}");
    cr_assert(kept_find(&k, EVX_E_FILE_FORMAT));
    cr_assert_eq(k.items, 0);
}

Test(police, a_reported_value_has_no_control_characters_and_80_bytes, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_police(), "m.csv",
                   "Person ID,Family name,Given name,Date of birth,Reported,Started,Risk initial\n"
                   "P1,Exa\x07mple,Robin,"
                   "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                   "xxxxxxxxxxx,"
                   "03/04/2026 20:00,03/04/2026 18:00,LOW\n");
    cr_assert_str_eq(kept_find(&k, EVX_E_CELL_CONTROL)->value, "Exa?mple");
    cr_assert_eq(strlen(kept_find(&k, EVX_E_CELL_DATE)->value), 80);
    cr_assert_eq(k.items, 0);
}
