// SPDX-License-Identifier: Apache-2.0
//
//   interop_cases make SEED COUNT     writes questions
//   interop_cases answer              reads questions, answers each with a line
#include "tests/interop/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/interop/world.h"

bool question_read(struct question *out, struct evx_bytes body)
{
    *out = (struct question){0};
    if (!body.n) return false;
    out->kind = body.p[0];
    for (size_t at = 1; at < body.n; out->fields++) {
        if (out->fields == CASE_FIELDS || body.n - at < 4) return false;
        size_t n = evx_get_be32(body.p + at);
        if (body.n - at - 4 < n) return false;
        out->field[out->fields] = evx_bytes(body.p + at + 4, n);
        at += 4 + n;
    }
    return true;
}

void question_write(struct evx_buf *out, const struct question *q)
{
    uint8_t length[4];
    size_t total = 1;
    for (size_t i = 0; i < q->fields; i++)
        total += 4 + q->field[i].n;
    evx_put_be32(length, (uint32_t)total);
    enum evx_status s = evx_buf_append(out, length, 4);
    if (!s) s = evx_buf_append(out, &q->kind, 1);
    for (size_t i = 0; i < q->fields && !s; i++) {
        evx_put_be32(length, (uint32_t)q->field[i].n);
        s = evx_buf_append(out, length, 4);
        if (!s) s = evx_buf_append(out, q->field[i].p, q->field[i].n);
    }
    world_must(s == EVX_OK, "memory");
}

static int put(const struct evx_buf *out) { return fwrite(out->p, 1, out->n, stdout) == out->n ? 0 : 74; }

static int make(uint64_t seed, size_t count)
{
    struct evx_buf out = {0};
    questions_make(&out, seed, count);
    int code = put(&out);
    evx_buf_free(&out);
    return code;
}

static int answer_all(void)
{
    uint8_t length[4], *body = malloc(CASE_BYTES);
    struct evx_buf out = {0};
    int code = body && evx_crypto_init() == EVX_OK ? 0 : 70;
    while (!code && fread(length, 1, 4, stdin) == 4) {
        struct question q;
        size_t n = evx_get_be32(length);
        if (n > CASE_BYTES || fread(body, 1, n, stdin) != n || !question_read(&q, evx_bytes(body, n)))
            code = 65;
        if (!code) question_answer(&out, &q);
        if (!code && out.n > 65536) code = put(&out), evx_buf_clear(&out);
    }
    if (!code) code = put(&out);
    evx_buf_free(&out);
    free(body);
    return code;
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "make") == 0)
        return make(strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    if (argc == 2 && strcmp(argv[1], "answer") == 0) return answer_all();
    fprintf(stderr, "usage: interop_cases make SEED COUNT | answer\n");
    return 64;
}
