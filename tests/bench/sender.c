// SPDX-License-Identifier: Apache-2.0
//
// One sending process: seals and submits made-up evidence until its time is up,
// then waits for every receipt. Its only output is one line of figures.
#include "tests/bench/sender.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent.h"
#include "proto/base/clock.h"
#include "tests/bench/bench.h"

#define DISTINCT_ITEMS 256 // made beforehand: packing evidence is not what is measured
#define WINDOW         24  // consignments without a receipt that one process lets stand

struct prepared {
    struct evx_buf packed[DISTINCT_ITEMS];
    struct evx_plain_item *item;
    size_t batch;
};

static enum evx_status prepare(struct prepared *p, const struct evx_agent *a, size_t item_bytes, size_t batch)
{
    p->batch = batch;
    p->item = calloc(batch, sizeof *p->item);
    if (!p->item) return EVX_E_MEMORY;
    for (size_t i = 0; i < DISTINCT_ITEMS; i++) {
        enum evx_status s = bench_evidence(&p->packed[i], evx_agent_inspection(a)->b, item_bytes - 1, i);
        if (s) return s;
    }
    for (size_t i = 0; i < batch; i++)
        p->item[i].content = evx_buf_bytes(&p->packed[i % DISTINCT_ITEMS]);
    return EVX_OK;
}

static void prepared_free(struct prepared *p)
{
    for (size_t i = 0; i < DISTINCT_ITEMS; i++)
        evx_buf_free(&p->packed[i]);
    free(p->item);
}

static bool window_open(void *unused, struct evx_agent *a)
{
    (void)unused;
    return evx_agent_unreceipted(a) < WINDOW;
}

static enum evx_status queue_batch(struct evx_agent *a, const struct prepared *p)
{
    struct evx_queued q = {0};
    enum evx_status s = evx_agent_queue(a, p->item, p->batch, NULL, p->batch, 0, &q);
    evx_queued_free(&q);
    return s;
}

static enum evx_status send_load(struct evx_agent *a, const struct prepared *p, double seconds, uint64_t most,
                                 uint64_t *items)
{
    uint64_t end = evx_clock_monotonic_ns() + (uint64_t)(seconds * 1e9);
    while (most ? *items < most : evx_clock_monotonic_ns() < end) {
        enum evx_status s = queue_batch(a, p);
        if (!s) s = evx_agent_run(a, window_open, NULL, 60000);
        if (s) return s;
        *items += p->batch;
    }
    return evx_agent_run(a, evx_agent_all_receipted, NULL, 60000);
}

static enum evx_status send_singles(struct evx_agent *a, const struct prepared *p, size_t n,
                                    const char *out_path)
{
    FILE *out = fopen(out_path, "w");
    if (!out) return EVX_E_IO;
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < n; i++) {
        uint64_t begin = evx_clock_monotonic_ns();
        s = queue_batch(a, p);
        if (!s) s = evx_agent_run(a, evx_agent_all_receipted, NULL, 10000);
        fprintf(out, "%.6f\n", (double)(evx_clock_monotonic_ns() - begin) / 1e6);
    }
    fclose(out);
    return s;
}

// argv: CONFIG ITEM_BYTES BATCH SECONDS ITEMS SINGLES OUT
int bench_sender_main(int argc, char **argv)
{
    if (argc != 7) return 64;
    struct evx_buf explain = {0};
    struct evx_agent_config config = {0};
    struct evx_agent *a = NULL;
    struct prepared p = {0};
    uint64_t items = 0;
    enum evx_status s = evx_crypto_init();
    if (!s) s = evx_agent_config_load(&config, argv[0], &explain);
    if (!s) s = evx_agent_open(&a, &config, NULL, &explain);
    if (!s) s = prepare(&p, a, strtoul(argv[1], NULL, 10), strtoul(argv[2], NULL, 10));
    size_t singles = strtoul(argv[5], NULL, 10);
    uint64_t begin = evx_clock_monotonic_ns();
    if (!s)
        s = singles ? send_singles(a, &p, singles, argv[6])
                    : send_load(a, &p, strtod(argv[3], NULL), strtoul(argv[4], NULL, 10), &items);
    if (!s && !singles)
        printf("%llu %.6f\n", (unsigned long long)items, (double)(evx_clock_monotonic_ns() - begin) / 1e9);
    if (s)
        fprintf(stderr, "evx-bench sender: %s %s %.*s\n", evx_error_info(s)->code, evx_error_info(s)->what,
                (int)explain.n, (const char *)explain.p);
    evx_agent_close(&a);
    evx_agent_config_free(&config);
    prepared_free(&p);
    evx_buf_free(&explain);
    return evx_status_exit_code(s);
}
