// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/attach.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct parts {
    struct evx_buf bytes;
    uint32_t seen, count;
    unsigned evidence;
    uint64_t size;
};

static enum evx_status take(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    struct parts *p = user;
    (void)packed;
    if (item->body_case == EVX__V1__ITEM__BODY_EVIDENCE) {
        p->evidence++;
        p->size = item->evidence->attachment[0]->size;
        return EVX_OK;
    }
    cr_assert_eq(item->attachment->part, ++p->seen);
    p->count = item->attachment->part_count;
    return evx_buf_append(&p->bytes, item->attachment->content.data, item->attachment->content.len);
}

static enum evx_status no_problem(void *user, const struct evx_problem *p)
{
    (void)user;
    cr_assert_fail("%s", p->message);
    return EVX_OK;
}

Test(attach, a_large_file_comes_back_from_its_parts, .timeout = 20)
{
    size_t n = 2 * EVX_LIMIT_ATTACHMENT_PART + 17;
    uint8_t *bytes = malloc(n);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 251);
    static const struct evx_ingest_agency agency = {.id = "demo"};
    struct evx_ingest_job job = {.agency = &agency, .organisation = "northam", .attach = true};
    struct parts p = {.seen = 0};
    struct evx_ingest_sink sink = {take, no_problem, &p};
    struct evx_ingest_result result;
    cr_assert_eq(evx_ingest_bytes(&result, &job, "scan.bin", evx_bytes(bytes, n), &sink), EVX_OK);
    cr_assert_eq(p.seen, 3);
    cr_assert_eq(p.count, 3);
    cr_assert_eq(p.evidence, 1);
    cr_assert_eq(p.size, n);
    cr_assert_eq(p.bytes.n, n);
    cr_assert_eq(memcmp(p.bytes.p, bytes, n), 0);
    evx_buf_free(&p.bytes);
    free(bytes);
}

Test(attach, media_type_comes_from_the_bytes, .timeout = 10)
{
    cr_assert_str_eq(evx_media_type(evx_bytes_of_text("%PDF-1.7")), "application/pdf");
    cr_assert_str_eq(evx_media_type(evx_bytes_of_text("plain")), "text/plain");
    cr_assert_str_eq(evx_media_type(evx_bytes("\xff\x00", 2)), "application/octet-stream");
}
