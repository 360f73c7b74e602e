// SPDX-License-Identifier: Apache-2.0
#include "agents/health/resource.h"

#include <string.h>

static const char *concept_text(const json_t *value)
{
    const char *text = evx_document_text(value, "text");
    if (!text) text = evx_document_text_at(value, "coding.0.display");
    return text ? text : evx_document_text_at(value, "coding.0.code");
}

static void quantity(struct evx_draft *d, const json_t *value)
{
    int64_t unscaled;
    uint32_t scale;
    const char *number = evx_document_text(value, "value");
    if (!number) return;
    if (evx_decimal_parse(&unscaled, &scale, number, true))
        evx_draft_decimal(d, "value", unscaled, scale);
    else
        evx_draft_text(d, "value", number);
    evx_draft_text(d, "unit", evx_document_text(value, "unit"));
}

static void observation_value(struct evx_draft *d, const json_t *holder)
{
    const json_t *value = json_object_get(holder, "valueQuantity");
    if (value) quantity(d, value);
    evx_draft_text(d, "value", evx_document_text(holder, "valueString"));
    value = json_object_get(holder, "valueCodeableConcept");
    if (value) evx_draft_text(d, "value", concept_text(value));
    value = json_object_get(holder, "valueBoolean");
    if (json_is_boolean(value)) evx_draft_flag(d, "value", json_is_true(value));
}

static void observation(struct evx_draft *d, const json_t *resource)
{
    size_t i;
    json_t *part;
    evx_draft_text(d, "category", evx_document_text_at(resource, "category.0.coding.0.code"));
    observation_value(d, resource);
    json_array_foreach(json_object_get(resource, "component"), i, part)
    {
        evx_draft_text(d, "component", concept_text(json_object_get(part, "code")));
        observation_value(d, part);
    }
}

static void encounter(struct evx_draft *d, const json_t *resource)
{
    const char *class = evx_document_text_at(resource, "class.code");
    evx_draft_text(d, "class", class);
    evx_draft_text(d, "reason", concept_text(evx_document_at(resource, "reasonCode.0")));
    if (class && strcmp(class, "EMER") == 0)
        evx_draft_significance(d, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE);
}

static void condition(struct evx_draft *d, const json_t *resource)
{
    evx_draft_text(d, "clinical-status", evx_document_text_at(resource, "clinicalStatus.coding.0.code"));
    evx_draft_text(d, "verification", evx_document_text_at(resource, "verificationStatus.coding.0.code"));
    evx_draft_significance(d, EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE);
}

// Given on time is a strength of the care; not given is a gap to ask about.
static void immunisation(struct evx_draft *d, const json_t *resource)
{
    const char *status = evx_document_text(resource, "status");
    bool given = status && strcmp(status, "completed") == 0;
    bool missed = status && strcmp(status, "not-done") == 0;
    evx_draft_text(d, "status-reason", concept_text(json_object_get(resource, "statusReason")));
    if (given) evx_draft_direction(d, EVX__V1__DIRECTION__DIRECTION_STRENGTH);
    if (missed) evx_draft_direction(d, EVX__V1__DIRECTION__DIRECTION_CONCERN);
}

static void care_plan(struct evx_draft *d, const json_t *resource)
{
    size_t i;
    json_t *activity;
    json_array_foreach(json_object_get(resource, "activity"), i, activity)
        evx_draft_text(d, "activity", concept_text(evx_document_at(activity, "detail.code")));
}

static const struct evx_resource resources[] = {
    {"Encounter",
     "health-encounter",
     "Seen",
     "subject.reference",
     {"type.0", "class"},
     {"period.start"},
     NULL,
     "period.end",
     "childrens-homes-2015/28h",
     "jtai/health-needs",
     encounter},
    {"Condition",
     "health-condition",
     "Condition",
     "subject.reference",
     {"code"},
     {"onsetDateTime", "onsetPeriod.start", "recordedDate"},
     "recordedDate",
     "abatementDateTime",
     "childrens-homes-2015/28h",
     "jtai/health-needs",
     condition},
    {"Immunization",
     "immunisation",
     "Immunisation",
     "patient.reference",
     {"vaccineCode"},
     {"occurrenceDateTime"},
     "recorded",
     NULL,
     "childrens-homes-2015/28h",
     "jtai/health-needs",
     immunisation},
    {"Observation",
     "health-observation",
     "Observed",
     "subject.reference",
     {"code"},
     {"effectiveDateTime", "effectivePeriod.start", "effectiveInstant"},
     "issued",
     NULL,
     "childrens-homes-2015/28h",
     "jtai/health-needs",
     observation},
    {"CarePlan",
     "care-plan",
     "Care plan",
     "subject.reference",
     {"category.0", "title"},
     {"period.start", "created"},
     "created",
     "period.end",
     "childrens-homes-2015/28i",
     "jtai/health-needs",
     care_plan},
};

const struct evx_resource *evx_resource_find(const char *type)
{
    for (size_t i = 0; type && i < sizeof resources / sizeof *resources; i++)
        if (strcmp(resources[i].type, type) == 0) return &resources[i];
    return NULL;
}
