// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/reflist.h"

#include <stdlib.h>

#define RUN_BYTES 20

static int in_order(const void *a, const void *b)
{
    const struct evx_store_ref *x = a, *y = b;
    if (x->index != y->index) return x->index < y->index ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static enum evx_status put_run(struct evx_buf *out, const struct evx_ref_run *r)
{
    uint8_t packed[RUN_BYTES];
    evx_put_be64(packed, r->index);
    evx_put_be32(packed + 8, r->number);
    evx_put_be32(packed + 12, r->count);
    evx_put_be32(packed + 16, r->repeat);
    if (out->n / RUN_BYTES >= EVX_REFLIST_RUNS) return EVX_E_TOO_LARGE;
    return evx_buf_append(out, packed, sizeof packed);
}

// The items of one consignment are one run or several; only a consignment that is one
// run may continue the run before it, so runs over several consignments never overlap.
struct making {
    struct evx_buf *out;
    struct evx_ref_run open; // not written yet; count 0 = none
};

static bool continues(const struct evx_ref_run *open, const struct evx_ref_run *next)
{
    return open->count && next->index == open->index + open->repeat && next->number == open->number &&
           next->count == open->count && open->repeat < UINT32_MAX;
}

static enum evx_status close_run(struct making *m)
{
    enum evx_status s = m->open.count ? put_run(m->out, &m->open) : EVX_OK;
    m->open.count = 0;
    return s;
}

static enum evx_status add_consignment(struct making *m, const struct evx_store_ref *ref, size_t n)
{
    struct evx_ref_run run = {ref->index, ref->number, 1, 1};
    bool alone = ref[n - 1].number - ref[0].number == n - 1;
    if (alone) run.count = (uint32_t)n;
    if (alone && continues(&m->open, &run)) {
        m->open.repeat++;
        return EVX_OK;
    }
    enum evx_status s = close_run(m);
    for (size_t i = 1; !alone && !s && i < n; i++) {
        if (ref[i].number == run.number + run.count) {
            run.count++;
            continue;
        }
        s = put_run(m->out, &run);
        run = (struct evx_ref_run){ref[i].index, ref[i].number, 1, 1};
    }
    if (s) return s;
    if (!alone) return put_run(m->out, &run);
    m->open = run;
    return EVX_OK;
}

static size_t without_repetition(struct evx_store_ref *ref, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || in_order(&ref[kept - 1], &ref[i])) ref[kept++] = ref[i];
    return kept;
}

enum evx_status evx_reflist_make(struct evx_buf *out, uint64_t *items, const struct evx_store_ref *ref,
                                 size_t n)
{
    *items = 0;
    struct evx_store_ref *sorted = calloc(n ? n : 1, sizeof *sorted);
    if (!sorted) return EVX_E_MEMORY;
    for (size_t i = 0; i < n; i++)
        sorted[i] = ref[i];
    qsort(sorted, n, sizeof *sorted, in_order);
    n = without_repetition(sorted, n);
    struct making m = {.out = out};
    enum evx_status s = EVX_OK;
    for (size_t i = 0, end; !s && i < n; i = end) {
        for (end = i + 1; end < n && sorted[end].index == sorted[i].index;)
            end++;
        s = add_consignment(&m, sorted + i, end - i);
    }
    if (!s) s = close_run(&m);
    free(sorted);
    if (!s) *items = n;
    return s;
}

size_t evx_reflist_runs(struct evx_bytes list) { return list.n / RUN_BYTES; }

struct evx_ref_run evx_reflist_run(struct evx_bytes list, size_t i)
{
    const uint8_t *p = list.p + i * RUN_BYTES;
    return (struct evx_ref_run){evx_get_be64(p), evx_get_be32(p + 8), evx_get_be32(p + 12),
                                evx_get_be32(p + 16)};
}

// The last run that begins at or before the item is the only one that can hold it.
bool evx_reflist_covers(struct evx_bytes list, struct evx_store_ref ref)
{
    size_t low = 0, high = evx_reflist_runs(list);
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        struct evx_ref_run r = evx_reflist_run(list, mid);
        if (r.index > ref.index || (r.index == ref.index && r.number > ref.number))
            high = mid;
        else
            low = mid + 1;
    }
    if (!low) return false;
    struct evx_ref_run r = evx_reflist_run(list, low - 1);
    return ref.index - r.index < r.repeat && ref.number >= r.number && ref.number - r.number < r.count;
}

static bool follows(const struct evx_ref_run *before, const struct evx_ref_run *r)
{
    if (r->index >= before->index + before->repeat) return true;
    return before->repeat == 1 && r->repeat == 1 && r->index == before->index && r->number > before->number &&
           r->number - before->number >= before->count;
}

bool evx_reflist_valid(struct evx_bytes list, uint64_t *items)
{
    *items = 0;
    if (list.n % RUN_BYTES || evx_reflist_runs(list) > EVX_REFLIST_RUNS) return false;
    struct evx_ref_run before = {0};
    for (size_t i = 0; i < evx_reflist_runs(list); i++) {
        struct evx_ref_run r = evx_reflist_run(list, i);
        if (!r.count || !r.repeat || r.index > INT64_MAX) return false;
        if (i && !follows(&before, &r)) return false;
        *items += (uint64_t)r.count * r.repeat;
        before = r;
    }
    return true;
}
