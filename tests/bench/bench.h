// SPDX-License-Identifier: Apache-2.0
//
// evx-bench: the whole chain (seal -> CURVE -> verify -> durable -> receipt ->
// fetch -> open -> store) through the real programs, and in the same run what
// the primitives alone would cost on this machine, so that every figure is a
// ratio and not a boast about hardware.
#ifndef EVX_TESTS_BENCH_BENCH_H
#define EVX_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/bytes.h"

struct bench_options {
    size_t item_bytes;    // an item's padded plaintext, 1024: one byte of it is the padding mark
    size_t batch;         // items a consignment, 256
    size_t senders;       // sending processes, 1
    size_t recipients;    // inspectorates that can open, 3
    double seconds;       // of the load phase
    uint64_t items;       // load phase ends after so many items instead, 0 = by time
    size_t crowd;         // idle connected agents beside the load
    uint64_t log_entries; // check a log of so many entries instead of everything else, 0 = no
    bool stall;           // stop the collector during the load
    size_t singles;       // single-item submissions for the latency part
    bool json;
    bool keep;          // leave the folder
    const char *folder; // NULL = a fresh one under TMPDIR
};

// What each primitive costs here, in microseconds.
struct bench_ceilings {
    double sign, verify;                 // Ed25519 over 300 bytes
    double aead_seal, aead_open;         // ChaCha20-Poly1305, one item
    double content_hash;                 // BLAKE2b-256, one item
    double log_hash;                     // SHA-256, one log entry
    double kdf;                          // one derivation
    double curve_kib;                    // XSalsa20-Poly1305 one way, 1 KiB
    double append_item;                  // write + fdatasync of one batch, per item
    double fdatasync_p50, fdatasync_p99; // 4 KiB append
};
enum evx_status bench_ceilings(struct bench_ceilings *out, const struct bench_options *o, const char *folder);

// The cost below which no implementation of this protocol can get: three content
// hashes, sealing, opening, four CURVE passes, three durable copies, and the
// signature work shared by a batch.
double bench_floor_us(const struct bench_ceilings *c, const struct bench_options *o);

// What proof adds to the CPU of all roles, measured with the real engines and cores.
struct bench_proof {
    double consignment_us; // tree, checkpoint, path, their checks at client and collector, keeping them
    double item_us;        // its share of one item of a batch
    double check_us;       // one inclusion proof in a log of 2^20 entries
};
enum evx_status bench_proof(struct bench_proof *out, const struct bench_options *o, const char *folder);

// Checking a log of so many entries from its bytes up, as `evx-broker fsck` does.
struct bench_log {
    uint64_t entries;
    double seconds, rss_mib;
};
enum evx_status bench_log(struct bench_log *out, const char *folder, uint64_t entries);

// A made-up exchange in a folder: keys, directory, configurations.
struct bench_fleet {
    char *folder;
    char *bin; // where the programs are
    uint16_t port;
    pid_t broker, collector, crowd;
    struct evx_store *store; // the collector's, read only
};
enum evx_status bench_fleet_make(struct bench_fleet *f, const struct bench_options *o);
enum evx_status bench_fleet_start_broker(struct bench_fleet *f);
enum evx_status bench_fleet_start_collector(struct bench_fleet *f);
double bench_fleet_broker_rss_mib(const struct bench_fleet *f);
void bench_fleet_stop(struct bench_fleet *f);
void bench_fleet_free(struct bench_fleet *f, bool keep);
char *bench_sender_config(const struct bench_fleet *f, size_t sender);

struct bench_chain {
    uint64_t items;
    double seconds;                                      // first item queued to last item stored
    double receipt_s;                                    // first item queued to last receipt
    double cpu_seal_us, cpu_broker_us, cpu_collector_us; // per item
    double rss_broker_mib, rss_collector_mib, rss_sender_mib;
    double cpu_early_us, cpu_late_us; // broker + collector, items 10,000 on and the last 100,000
};
enum evx_status bench_chain(struct bench_chain *out, struct bench_fleet *f, const struct bench_options *o);

// The same load while the collector stands still: what the broker then needs.
enum evx_status bench_stalled(struct bench_chain *out, struct bench_fleet *f, const struct bench_options *o);

// Connects o->crowd idle agents (organisations bench-crowd-N) in one child process.
enum evx_status bench_crowd_start(struct bench_fleet *f, const struct bench_options *o);
int bench_crowd_main(int argc, char **argv);

struct bench_latency {
    double p50_ms, p99_ms;
    double disk_p50_ms, disk_p99_ms; // fdatasync, measured between the submissions
    size_t n;
};
enum evx_status bench_latency(struct bench_latency *out, struct bench_fleet *f,
                              const struct bench_options *o);

// One piece of made-up evidence whose packed size is `bytes` (or the nearest
// possible above); `salt` varies it.
enum evx_status bench_evidence(struct evx_buf *packed, const uint8_t inspection[16], size_t bytes,
                               uint64_t salt);

int bench_compare_double(const void *a, const void *b);
double bench_percentile(double *sorted, size_t n, double p);

#endif
