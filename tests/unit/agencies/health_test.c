// SPDX-License-Identifier: Apache-2.0
#include "agents/health/health.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/agencies/reader.h"

#define PATIENT                                                                                              \
    "{\"fullUrl\":\"urn:uuid:1\",\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p1\",\"identifier\":["  \
    "{\"system\":\"https://fhir.nhs.uk/Id/nhs-number\",\"value\":\"" NHS "\"},"                              \
    "{\"system\":\"urn:x-tax\",\"value\":\"secret\"}],"                                                      \
    "\"name\":[{\"family\":\"Example\",\"given\":[\"Robin\"]}],\"birthDate\":\"2012-02\"}}"
#define BUNDLE(entries)                                                                                      \
    "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[" PATIENT "," entries "]}"

#define NHS "9990001006"
static const char observation[] = BUNDLE(
    "{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"Body "
    "weight\"},"
    "\"subject\":{\"reference\":\"Patient/p1\"},\"effectiveDateTime\":\"2026-01-19T10:10:00+00:00\","
    "\"issued\":\"2026-01-19T10:11:00.250+00:00\",\"valueQuantity\":{\"value\":41.50,\"unit\":\"kg\"}}}");

Test(health, observation_keeps_the_number_as_written, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_health(), "b.json", observation);
    cr_assert_eq(k.result.evidence, 1);
    const Evx__V1__Evidence *e = k.item[0]->evidence;
    const Evx__V1__Decimal *value = NULL;
    for (size_t i = 0; i < e->n_field; i++)
        if (e->field[i]->value_case == EVX__V1__FIELD__VALUE_DECIMAL) value = e->field[i]->decimal;
    cr_assert(value);
    cr_assert_eq(value->unscaled, 4150);
    cr_assert_eq(value->scale, 2);
    cr_assert_str_eq(kept_field(k.item[0], "unit"), "kg");
    cr_assert_eq(e->recorded->precision, EVX__V1__PRECISION__PRECISION_MILLISECOND);
    kept_free(&k);
}

Test(health, subject_has_the_identifiers_that_serve_and_no_others, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_health(), "b.json", observation);
    const Evx__V1__Subject *s = k.item[0]->evidence->subject[0];
    cr_assert_eq(s->n_identifier, 2);
    cr_assert_str_eq(kept_identifier(k.item[0], "nhs-number"), NHS);
    cr_assert_str_eq(kept_identifier(k.item[0], "fhir-patient-id"), "p1");
    cr_assert_eq(s->born->precision, EVX__V1__PRECISION__PRECISION_MONTH);
    kept_free(&k);
}
#undef NHS

#define NHS "9990001007"
Test(health, a_wrong_nhs_number_refuses_what_hangs_on_it, .timeout = 20)
{
    struct kept k;
    kept_read_text(
        &k, evx_health(), "b.json",
        BUNDLE("{\"resource\":{\"resourceType\":\"Condition\",\"code\":{\"text\":\"x\"},\"subject\":"
               "{\"reference\":\"urn:uuid:1\"},\"onsetDateTime\":\"2026\"}}"));
    cr_assert_eq(k.items, 0);
    cr_assert(kept_find(&k, EVX_E_CELL_IDENTIFIER));
}
#undef NHS

#define NHS "9990001006"
Test(health, an_immunisation_not_done_is_a_concern, .timeout = 20)
{
    struct kept k;
    kept_read_text(
        &k, evx_health(), "b.json",
        BUNDLE("{\"resource\":{\"resourceType\":\"Immunization\",\"status\":\"not-done\",\"vaccineCode\":"
               "{\"text\":\"v\"},\"patient\":{\"reference\":\"urn:uuid:1\"},\"occurrenceDateTime\":\"2026-01-"
               "02\"}}"));
    cr_assert_eq(k.items, 1);
    cr_assert_eq(k.item[0]->evidence->direction, EVX__V1__DIRECTION__DIRECTION_CONCERN);
    kept_free(&k);
}

Test(health, records_entered_in_error_are_left_out, .timeout = 20)
{
    struct kept k;
    kept_read_text(
        &k, evx_health(), "b.json",
        BUNDLE("{\"resource\":{\"resourceType\":\"Observation\",\"status\":\"entered-in-error\"}}"));
    cr_assert_eq(k.items, 0);
    cr_assert_eq(k.result.refused, 0);
    cr_assert_eq(k.result.left_out, 2); // with the patient
}

Test(health, an_end_before_its_start_is_refused, .timeout = 20)
{
    struct kept k;
    kept_read_text(
        &k, evx_health(), "b.json",
        BUNDLE(
            "{\"resource\":{\"resourceType\":\"Encounter\",\"type\":[{\"text\":\"x\"}],\"subject\":"
            "{\"reference\":\"urn:uuid:1\"},\"period\":{\"start\":\"2026-02-01\",\"end\":\"2026-01-01\"}}}"));
    cr_assert_eq(k.items, 0);
    cr_assert(kept_find(&k, EVX_E_CELL_DATE_ORDER));
}

Test(health, a_bundle_without_entries_is_empty, .timeout = 20)
{
    struct kept k;
    kept_read_text(&k, evx_health(), "b.json", "{\"resourceType\":\"Bundle\",\"entry\":[]}");
    cr_assert(kept_find(&k, EVX_E_FILE_EMPTY));
}
