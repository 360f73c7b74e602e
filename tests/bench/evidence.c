// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/msg/codec.h"
#include "tests/bench/bench.h"

// Filler that neither compresses into nothing nor carries meaning.
static void fill_narrative(char *out, size_t n, uint64_t salt)
{
    static const char *const words[] = {"visit ", "seen ", "alone ", "school ",
                                        "call ",  "plan ", "home ",  "safe "};
    size_t at = 0;
    uint64_t x = salt * 6364136223846793005u + 1442695040888963407u;
    while (at < n) {
        x = x * 6364136223846793005u + 1442695040888963407u;
        const char *w = words[x >> 61];
        size_t len = strlen(w);
        if (len > n - at) len = n - at;
        memcpy(out + at, w, len);
        at += len;
    }
    out[n] = '\0';
}

static enum evx_status pack_with_narrative(struct evx_buf *packed, const uint8_t inspection[16],
                                           size_t narrative, uint64_t salt)
{
    char *text = malloc(narrative + 1);
    if (!text) return EVX_E_MEMORY;
    fill_narrative(text, narrative, salt);

    char local_id[32], nhs[] = "9990000018";
    snprintf(local_id, sizeof local_id, "MP-%06llu", (unsigned long long)(salt % 1000000));
    Evx__V1__Identifier id[2];
    Evx__V1__Identifier *ids[2] = {&id[0], &id[1]};
    evx__v1__identifier__init(&id[0]);
    evx__v1__identifier__init(&id[1]);
    id[0].scheme = (char *)"nhs-number";
    id[0].value = nhs;
    id[1].scheme = (char *)"police-person-id";
    id[1].value = local_id;
    id[1].issuer = (char *)"bench-sender-0";
    Evx__V1__Moment born, occurred;
    evx__v1__moment__init(&born);
    evx__v1__moment__init(&occurred);
    born.precision = EVX__V1__PRECISION__PRECISION_DAY;
    born.utc_ms = 1300000000000;
    born.zone = (char *)"Europe/London";
    born.text = (char *)"13/03/2011";
    occurred.precision = EVX__V1__PRECISION__PRECISION_MINUTE;
    occurred.utc_ms = 1700000000000 + (int64_t)(salt % 1000) * 60000;
    occurred.zone = (char *)"Europe/London";
    occurred.text = (char *)"14/11/2023 22:13";
    Evx__V1__Subject subject;
    Evx__V1__Subject *subjects[1] = {&subject};
    evx__v1__subject__init(&subject);
    subject.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    subject.n_identifier = 2;
    subject.identifier = ids;
    subject.family_name = (char *)"Benchmark";
    subject.given_name = (char *)"Child";
    subject.born = &born;
    Evx__V1__CriterionRef criterion;
    Evx__V1__CriterionRef *criteria[1] = {&criterion};
    evx__v1__criterion_ref__init(&criterion);
    criterion.framework = (char *)"childrens-homes-2015";
    criterion.criterion = (char *)"32c";
    Evx__V1__Evidence e;
    evx__v1__evidence__init(&e);
    e.inspection.data = (uint8_t *)inspection;
    e.inspection.len = 16;
    e.kind = (char *)"missing-episode";
    e.n_criterion = 1;
    e.criterion = criteria;
    e.n_subject = 1;
    e.subject = subjects;
    e.occurred = &occurred;
    e.recorded = &occurred;
    e.source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    e.direction = EVX__V1__DIRECTION__DIRECTION_CONCERN;
    e.significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_NOTABLE;
    e.narrative = text;
    e.origin_agency = (char *)"bench-sender-0";
    e.purpose = (char *)"inspection";
    e.lawful_basis = (char *)"Children Act 2004 s.20";
    e.marking = (char *)"OFFICIAL-SENSITIVE";
    e.retention_class = (char *)"inspection-record";
    Evx__V1__Item item;
    evx__v1__item__init(&item);
    item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    item.evidence = &e;
    enum evx_status s = evx_item_pack(packed, &item);
    free(text);
    return s;
}

enum evx_status bench_evidence(struct evx_buf *packed, const uint8_t inspection[16], size_t bytes,
                               uint64_t salt)
{
    evx_buf_clear(packed);
    enum evx_status s = pack_with_narrative(packed, inspection, 1, salt);
    if (s || packed->n >= bytes) return s;
    size_t narrative = bytes - packed->n + 1;
    if (narrative > 127) narrative--; // the length prefix grows by one byte
    evx_buf_clear(packed);
    return pack_with_narrative(packed, inspection, narrative, salt);
}
