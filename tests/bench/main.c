// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keys.h"
#include "tests/bench/bench.h"
#include "tests/bench/sender.h"

static const char help[] =
    "usage: evx-bench [--json] [--item-bytes N] [--batch N] [--senders N] [--recipients N]\n"
    "                 [--seconds S | --items N] [--singles N] [--crowd N] [--stall]\n"
    "                 [--folder DIR] [--keep]\n"
    "       evx-bench --log-entries N [--json] [--folder DIR] [--keep]\n\n"
    "Runs the whole chain through the real programs on loopback and measures the\n"
    "primitives in the same run. Needs a release build; ends by itself.\n";

static bool parse_options(struct bench_options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"json", no_argument, NULL, 'j'},
        {"item-bytes", required_argument, NULL, 'i'},
        {"batch", required_argument, NULL, 'b'},
        {"senders", required_argument, NULL, 's'},
        {"seconds", required_argument, NULL, 't'},
        {"recipients", required_argument, NULL, 'r'},
        {"singles", required_argument, NULL, 'n'},
        {"folder", required_argument, NULL, 'f'},
        {"keep", no_argument, NULL, 'k'},
        {"items", required_argument, NULL, 'm'},
        {"crowd", required_argument, NULL, 'c'},
        {"stall", no_argument, NULL, 'x'},
        {"log-entries", required_argument, NULL, 'l'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (c) {
        case 'j': o->json = true; break;
        case 'k': o->keep = true; break;
        case 'i': o->item_bytes = strtoul(optarg, NULL, 10); break;
        case 'b': o->batch = strtoul(optarg, NULL, 10); break;
        case 's': o->senders = strtoul(optarg, NULL, 10); break;
        case 'r': o->recipients = strtoul(optarg, NULL, 10); break;
        case 't': o->seconds = strtod(optarg, NULL); break;
        case 'n': o->singles = strtoul(optarg, NULL, 10); break;
        case 'f': o->folder = optarg; break;
        case 'm': o->items = strtoull(optarg, NULL, 10); break;
        case 'c': o->crowd = strtoul(optarg, NULL, 10); break;
        case 'x': o->stall = true; break;
        case 'l': o->log_entries = strtoull(optarg, NULL, 10); break;
        default: return false;
        }
    }
    return optind == argc && o->item_bytes >= 512 && o->item_bytes <= 65536 && o->batch >= 1 &&
           o->batch <= 1024 && o->senders >= 1 && o->senders <= 16 && o->recipients >= 1 &&
           o->recipients <= 16 && o->seconds > 0 && o->seconds <= 600 && o->singles <= 100000 &&
           o->items <= 10000000 && o->crowd <= 1000 && o->log_entries <= 100000000;
}

struct results {
    struct bench_ceilings ceilings;
    struct bench_chain chain;
    struct bench_latency latency;
    struct bench_proof proof;
    double floor_us, of_floor, items_per_s, broker_idle_mib;
};

// Of the CPU that an item costs in all roles.
static double proof_share(const struct results *r)
{
    double all = r->chain.cpu_seal_us + r->chain.cpu_broker_us + r->chain.cpu_collector_us;
    return all > 0 ? r->proof.item_us / all : 0;
}

static void print_json(const struct results *r, const struct bench_options *o)
{
    const struct bench_ceilings *c = &r->ceilings;
    printf(
        "{\"schema\":\"evx.bench/1\",\"items_per_s\":%.0f,\"receipt_ms\":{\"p50\":%.3f,\"p99\":%.3f},"
        "\"cpu_us_per_item\":{\"seal\":%.2f,\"broker\":%.2f,\"collector\":%.2f},\"floor_us_per_item\":%.2f,"
        "\"of_floor\":%.3f,\"rss_mib\":{\"broker_idle\":%.1f,\"broker\":%.1f,\"collector\":%.1f,\"sender\":%."
        "1f},",
        r->items_per_s, r->latency.p50_ms, r->latency.p99_ms, r->chain.cpu_seal_us, r->chain.cpu_broker_us,
        r->chain.cpu_collector_us, r->floor_us, r->of_floor, r->broker_idle_mib, r->chain.rss_broker_mib,
        r->chain.rss_collector_mib, r->chain.rss_sender_mib);
    printf("\"items\":%llu,\"seconds\":%.3f,\"fdatasync_ms\":{\"p50\":%.3f,\"p99\":%.3f},\"receipt_p99_of_"
           "fdatasync_p99\":"
           "%.2f,",
           (unsigned long long)r->chain.items, r->chain.seconds, r->latency.disk_p50_ms,
           r->latency.disk_p99_ms,
           r->latency.disk_p99_ms > 0 ? r->latency.p99_ms / r->latency.disk_p99_ms : 0);
    printf("\"ceilings_us\":{\"sign\":%.2f,\"verify\":%.2f,\"aead_seal\":%.2f,\"aead_open\":%.2f,\"content_"
           "hash\":%.2f,"
           "\"log_hash\":%.2f,\"kdf\":%.2f,\"curve_kib\":%.2f,\"append_item\":%.2f,\"fdatasync_p50\":%.1f,"
           "\"fdatasync_p99\":%.1f},",
           c->sign, c->verify, c->aead_seal, c->aead_open, c->content_hash, c->log_hash, c->kdf, c->curve_kib,
           c->append_item, c->fdatasync_p50, c->fdatasync_p99);
    if (r->chain.cpu_early_us > 0 && r->chain.cpu_late_us > 0)
        printf("\"growth\":{\"early_us\":%.2f,\"late_us\":%.2f,\"ratio\":%.3f},", r->chain.cpu_early_us,
               r->chain.cpu_late_us, r->chain.cpu_late_us / r->chain.cpu_early_us);
    printf("\"proof\":{\"us_per_consignment\":%.1f,\"us_per_item\":%.3f,\"check_us\":%.2f},\"proof_share\":%."
           "4f,",
           r->proof.consignment_us, r->proof.item_us, r->proof.check_us, proof_share(r));
    printf("\"options\":{\"item_bytes\":%zu,\"batch\":%zu,\"senders\":%zu,\"recipients\":%zu,\"seconds\":%g,"
           "\"singles\":"
           "%zu}}\n",
           o->item_bytes, o->batch, o->senders, o->recipients, o->seconds, o->singles);
}

static void print_text(const struct results *r, const struct bench_options *o)
{
    printf("whole chain, items of %zu bytes (padded plaintext) in batches of %zu for %zu recipients, %zu "
           "sending process(es):\n",
           o->item_bytes, o->batch, o->recipients, o->senders);
    printf("  %-34s %10.0f items/s  (%llu items in %.2f s)\n", "end to end", r->items_per_s,
           (unsigned long long)r->chain.items, r->chain.seconds);
    printf("  %-34s %10.2f us/item\n", "CPU of the senders", r->chain.cpu_seal_us);
    printf("  %-34s %10.2f us/item\n", "CPU of the broker", r->chain.cpu_broker_us);
    printf("  %-34s %10.2f us/item\n", "CPU of the collector", r->chain.cpu_collector_us);
    printf("  %-34s %10.2f us/item, reached %.0f %% of it\n", "floor (primitives alone)", r->floor_us,
           r->of_floor * 100);
    printf("  %-34s %10.2f us/item, %.1f %% of all; one check %.1f us\n", "of that: proof", r->proof.item_us,
           proof_share(r) * 100, r->proof.check_us);
    if (r->chain.cpu_early_us > 0 && r->chain.cpu_late_us > 0)
        printf("  %-34s %10.2f us/item early, %.2f late\n", "CPU of broker and collector",
               r->chain.cpu_early_us, r->chain.cpu_late_us);
    printf("single items, one at a time (%zu):\n", r->latency.n);
    printf("  %-34s %10.3f ms p50 %10.3f ms p99\n", "submit to verified receipt", r->latency.p50_ms,
           r->latency.p99_ms);
    printf("  %-34s %10.3f ms p50 %10.3f ms p99\n", "one fdatasync meanwhile", r->latency.disk_p50_ms,
           r->latency.disk_p99_ms);
    printf("memory: broker %.1f MiB idle, %.1f at most; collector %.1f; sender %.1f\n", r->broker_idle_mib,
           r->chain.rss_broker_mib, r->chain.rss_collector_mib, r->chain.rss_sender_mib);
}

static void print(const struct results *r, const struct bench_options *o)
{
    if (o->json)
        print_json(r, o);
    else
        print_text(r, o);
}

static void print_log(const struct bench_log *part, const struct bench_log *all, bool json)
{
    if (json)
        printf(
            "{\"schema\":\"evx.bench-log/1\",\"fsck\":[{\"entries\":%llu,\"seconds\":%.2f,\"rss_mib\":%.1f},"
            "{\"entries\":%llu,\"seconds\":%.2f,\"rss_mib\":%.1f}]}\n",
            (unsigned long long)part->entries, part->seconds, part->rss_mib, (unsigned long long)all->entries,
            all->seconds, all->rss_mib);
    else
        printf("fsck of %llu entries: %.2f s, %.1f MiB\nfsck of %llu entries: %.2f s, %.1f MiB\n",
               (unsigned long long)part->entries, part->seconds, part->rss_mib,
               (unsigned long long)all->entries, all->seconds, all->rss_mib);
}

// A tenth of the log first: memory must not depend on its length.
static enum evx_status measure_log(const struct bench_fleet *f, const struct bench_options *o)
{
    struct bench_log part = {0}, all = {0};
    enum evx_status s = bench_log(&part, f->folder, o->log_entries / 10 + 1);
    if (!s) s = bench_log(&all, f->folder, o->log_entries);
    if (s) return s;
    print_log(&part, &all, o->json);
    return EVX_OK;
}

static enum evx_status measure(struct results *r, struct bench_fleet *f, const struct bench_options *o);

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "sender")) return bench_sender_main(argc - 2, argv + 2);
    if (argc > 1 && !strcmp(argv[1], "crowd")) return bench_crowd_main(argc - 2, argv + 2);
    struct bench_options o = {
        .item_bytes = 1024, .batch = 256, .senders = 1, .recipients = 3, .seconds = 5, .singles = 1000};
    if (!parse_options(&o, argc, argv)) {
        fputs(help, stderr);
        return 64;
    }
    struct results r = {0};
    struct bench_fleet f = {0};
    enum evx_status s = evx_crypto_init();
    if (!s) s = bench_fleet_make(&f, &o);
    if (!s) s = o.log_entries ? measure_log(&f, &o) : measure(&r, &f, &o);
    if (s) fprintf(stderr, "evx-bench: %s %s\n", evx_error_info(s)->code, evx_error_info(s)->what);
    if (!s && !o.log_entries) print(&r, &o);
    bench_fleet_stop(&f);
    bench_fleet_free(&f, o.keep);
    return evx_status_exit_code(s);
}

static enum evx_status measure(struct results *r, struct bench_fleet *f, const struct bench_options *o)
{
    enum evx_status s = bench_ceilings(&r->ceilings, o, f->folder);
    if (!s) s = bench_proof(&r->proof, o, f->folder);
    if (!s) s = bench_fleet_start_broker(f);
    if (s) return s;
    r->broker_idle_mib = bench_fleet_broker_rss_mib(f);
    s = bench_fleet_start_collector(f);
    if (!s && o->crowd) s = bench_crowd_start(f, o);
    if (!s && o->singles) s = bench_latency(&r->latency, f, o);
    if (!s && o->stall) return bench_stalled(&r->chain, f, o);
    if (!s) s = bench_chain(&r->chain, f, o);
    if (s || r->chain.seconds <= 0) return s;
    r->items_per_s = (double)r->chain.items / r->chain.seconds;
    r->floor_us = bench_floor_us(&r->ceilings, o);
    r->of_floor = r->floor_us / (2e6 / r->items_per_s);
    return EVX_OK;
}
