// SPDX-License-Identifier: Apache-2.0
//
// A log of many entries, made up but whole (tree, chains, boundaries, bodies), and what
// checking it from its bytes up takes: seconds, and memory that must not depend on its
// length. Signatures are made up too: they are what `evx-broker fsck --deep` adds.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/fsck.h"
#include "broker/ledger.h"
#include "broker/register.h"
#include "crypto/consignment.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/bench/bench.h"

#define STREAMS    8
#define GROUP      256
#define RECIPIENTS 3
#define ITEM_BYTES 1400 // wraps, record and ciphertext of one item

struct made_up_log {
    struct evx_ledger *ledger;
    struct evx_dir_inspection inspection;
    struct evx_stream_id stream[STREAMS];
    struct evx_chain_head head[STREAMS];
    uint8_t filler[32];
};

static ProtobufCBinaryData field(const void *p, size_t n) { return (ProtobufCBinaryData){n, (uint8_t *)p}; }

static enum evx_status pack_header(struct evx_buf *out, const struct made_up_log *l, size_t stream)
{
    ProtobufCBinaryData recipient[RECIPIENTS];
    uint8_t key[RECIPIENTS][32] = {{1}, {2}, {3}};
    Evx__V1__Header h = EVX__V1__HEADER__INIT;
    for (size_t i = 0; i < RECIPIENTS; i++)
        recipient[i] = field(key[i], 32);
    h.version = h.suite = h.directory_version = h.item_count = 1;
    h.sender = h.directory_hash = h.items_root = h.wraps_root = field(l->filler, 32);
    h.stream = field(l->stream[stream].b, 16);
    h.sequence = l->head[stream].sequence + 1;
    if (h.sequence > 1) h.previous = field(l->head[stream].last.b, 32);
    h.nonce = field(l->filler, 16);
    h.inspection = field(l->inspection.id.b, 16);
    h.created_ms = 1;
    h.n_recipient = RECIPIENTS;
    h.recipient = recipient;
    h.ciphertext_bytes = ITEM_BYTES;
    h.marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE;
    h.purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION;
    return evx_header_pack(out, &h);
}

static enum evx_status pack_body(struct evx_buf *out, struct evx_bytes header)
{
    static const uint8_t rest[64 + ITEM_BYTES] = {9};
    uint8_t prelude[8] = {'E', 'V', 'X', '1'};
    evx_put_be32(prelude + 4, (uint32_t)header.n);
    enum evx_status s = evx_buf_append(out, prelude, sizeof prelude);
    if (!s) s = evx_buf_append(out, header.p, header.n);
    return s ? s : evx_buf_append(out, rest, sizeof rest);
}

static enum evx_status append(struct made_up_log *l, uint64_t index)
{
    static const struct evx_signature signature = {{9}};
    static const char *const audience[] = {"bench-sender-0", "bench-inspectorate-0"};
    size_t n = index % STREAMS;
    struct evx_chain_head *head = &l->head[n];
    struct evx_buf header = {0}, entry = {0}, body = {0};
    enum evx_status s = pack_header(&header, l, n);
    if (!s) s = evx_log_entry(&entry, index + 1, evx_buf_bytes(&header), &signature);
    if (!s) s = pack_body(&body, evx_buf_bytes(&header));
    struct evx_journal_append a = {.index = index,
                                   .stream = {.org = "bench-sender-0", .id = l->stream[n]},
                                   .sequence = head->sequence + 1,
                                   .log_entry = evx_buf_bytes(&entry),
                                   .body = evx_buf_bytes(&body),
                                   .audience = audience,
                                   .audience_n = 2};
    evx_log_leaf(&a.leaf, a.log_entry);
    if (!s) s = evx_ledger_append(l->ledger, &a);
    head->sequence++;
    evx_consignment_id(&head->last, evx_buf_bytes(&header));
    if (!s) s = evx_ledger_put_head(l->ledger, &a.stream, head);
    evx_buf_free(&header);
    evx_buf_free(&entry);
    evx_buf_free(&body);
    return s;
}

static enum evx_status append_group(struct made_up_log *l, uint64_t from, uint64_t to)
{
    struct evx_journal *j = l->ledger->journal;
    struct evx_digest root;
    enum evx_status s = j->ops->begin(j);
    for (uint64_t i = from; !s && i < to; i++)
        s = append(l, i);
    evx_frontier_root(&root, &l->ledger->frontier);
    if (!s) s = j->ops->put_boundary(j, to, &root);
    if (!s) s = j->ops->commit(j);
    return s ? s : j->ops->maintain(j, false);
}

// As the signer leaves it behind.
static enum evx_status make_register(const char *path, const struct evx_frontier *f)
{
    struct evx_register reg = {.fd = -1};
    struct evx_digest root;
    evx_frontier_root(&root, f);
    enum evx_status s = evx_register_create(path, "");
    if (!s) s = evx_register_open(&reg, path, "");
    if (!s) s = evx_register_put(&reg, f->size, &root);
    evx_register_close(&reg);
    return s;
}

static enum evx_status make_log(const char *path, const char *reg, uint64_t entries)
{
    struct made_up_log *l = calloc(1, sizeof *l);
    struct evx_journal_sqlite_options options = {0};
    struct evx_journal *journal = NULL;
    enum evx_status s = l ? evx_journal_sqlite_open(&journal, path, &options) : EVX_E_MEMORY;
    for (size_t i = 0; l && i < STREAMS; i++)
        l->stream[i].b[0] = (uint8_t)(i + 1);
    if (!s) s = evx_ledger_new(&l->ledger, &l->inspection, &journal);
    for (uint64_t at = 0; !s && at < entries; at += GROUP)
        s = append_group(l, at, at + GROUP < entries ? at + GROUP : entries);
    if (!s) s = make_register(reg, &l->ledger->frontier);
    evx_journal_destroy(&journal);
    if (l) evx_ledger_destroy(&l->ledger);
    free(l);
    return s;
}

// In a process of its own, so that its memory is its own.
static enum evx_status check_log(const char *path, const char *reg, struct bench_log *out)
{
    uint64_t begin = evx_clock_monotonic_ns();
    pid_t child = fork();
    if (child == 0) {
        struct evx_fsck_options o = {.journal = path, .reg = reg};
        struct evx_fsck_result r;
        enum evx_status s = evx_fsck(&r, &o);
        if (s) fprintf(stderr, "evx-bench: entry %llu: %s\n", (unsigned long long)r.fault_index, r.fault);
        _exit(s == EVX_OK && r.entries == out->entries && r.bodies == out->entries ? 0 : 1);
    }
    int status = 0;
    struct rusage use;
    if (child < 0 || wait4(child, &status, 0, &use) != child) return EVX_E_IO;
    out->seconds = (double)(evx_clock_monotonic_ns() - begin) / 1e9;
    out->rss_mib = (double)use.ru_maxrss / 1024;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? EVX_OK : EVX_E_STORE_DAMAGED;
}

enum evx_status bench_log(struct bench_log *out, const char *folder, uint64_t entries)
{
    *out = (struct bench_log){.entries = entries};
    char name[64];
    snprintf(name, sizeof name, "log-%llu", (unsigned long long)entries);
    char *inside = evx_path_join(folder, name);
    char *path = inside ? evx_path_join(inside, "journal.db") : NULL;
    char *reg = inside ? evx_path_join(inside, "log.register") : NULL;
    enum evx_status s = path && reg ? evx_dir_make(inside) : EVX_E_MEMORY;
    if (!s) s = make_log(path, reg, entries);
    if (!s) s = check_log(path, reg, out);
    free(inside);
    free(path);
    free(reg);
    return s;
}
