// SPDX-License-Identifier: Apache-2.0
//
// What proof costs: the same log entries once as a plain durable broker would keep and
// answer them, and once with everything that makes an answer provable. The difference
// in CPU time (user and system, all threads) is the price of proof for one consignment.
// One consignment a checkpoint is the dearest case: under load they share signatures.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agents/client/outbox.h"
#include "broker/engine/journal_sqlite.h"
#include "broker/signer.h"
#include "crypto/receipt.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/bench/bench.h"

#define ROUNDS       600 // consignments, each way
#define HEADER_BYTES 370 // as with three recipients
#define CLIENT_GROUP 8   // receipts in one commit of the client
#define CHECK_HEIGHT 20  // a log of 1,048,576 entries
#define ORIGIN       "exchange.example/00112233445566778899aabbccddeeff"

struct proving {
    bool with_proof;
    struct evx_journal *journal;
    struct evx_journal_view view;
    struct evx_register reg;
    struct evx_signer *signer;
    struct evx_sign_secret *log_key;
    struct evx_sign_public log_public;
    struct evx_vkey vkey;
    struct evx_outbox *outbox;
    struct evx_inspection_id inspection;
    struct evx_stream_id stream;
    struct evx_frontier frontier;  // the broker's
    struct evx_frontier collector; // rebuilt from the entries
    struct evx_digest last_root;   // that the client saw
    struct evx_buf note;           // not stored yet
    enum evx_status status;        // of a write inside a callback
};

static double cpu_us(void)
{
    struct rusage r;
    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e6 +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static enum evx_status open_journal(struct proving *p, const char *folder)
{
    struct evx_journal_sqlite_options options = {0};
    char *path = evx_path_join(folder, p->with_proof ? "proof.db" : "plain.db");
    char *reg = evx_path_join(folder, "proof.register");
    enum evx_status s = path && reg ? evx_journal_sqlite_open(&p->journal, path, &options) : EVX_E_MEMORY;
    if (!s && p->with_proof) s = evx_journal_sqlite_view_open(&p->view, path);
    if (!s && p->with_proof) s = evx_register_create(reg, ORIGIN);
    if (!s && p->with_proof) s = evx_register_open(&p->reg, reg, ORIGIN);
    free(path);
    free(reg);
    return s;
}

static enum evx_status open_outbox(struct proving *p, const char *folder)
{
    char *path = evx_path_join(folder, p->with_proof ? "proof-outbox.db" : "plain-outbox.db");
    struct evx_outbox_options o = {
        .organisation = "bench", .inspection = p->inspection, .limit_bytes = 1u << 20};
    enum evx_status s = path ? evx_outbox_open(&p->outbox, path, &o) : EVX_E_MEMORY;
    free(path);
    return s;
}

static enum evx_status open_all(struct proving *p, const char *folder)
{
    p->reg.fd = -1;
    if (!evx_unhex(p->inspection.b, sizeof p->inspection.b, strchr(ORIGIN, '/') + 1)) return EVX_E_BUG;
    enum evx_status s = evx_sign_generate(&p->log_key, &p->log_public);
    if (!s) s = evx_vkey_make(&p->vkey, ORIGIN, EVX_NOTE_ED25519, &p->log_public);
    if (!s) s = open_journal(p, folder);
    if (!s) s = open_outbox(p, folder);
    if (s || !p->with_proof) return s;
    s = evx_signer_new(&p->signer, p->log_key, &p->log_public);
    return s ? s
             : evx_signer_add(p->signer, &p->inspection, ORIGIN, &p->view, evx_journal_sqlite_view_close,
                              &p->reg);
}

static void close_all(struct proving *p)
{
    evx_signer_destroy(&p->signer); // with its view and register
    evx_sign_secret_destroy(&p->log_key);
    evx_journal_destroy(&p->journal);
    evx_outbox_close(&p->outbox);
    evx_buf_free(&p->note);
}

static void put_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct proving *p = user;
    if (!p->status) p->status = p->journal->ops->put_node(p->journal, height, number, hash);
}

static enum evx_status node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    struct evx_journal *j = user;
    return j->ops->node(j, height, number, out);
}

// The tree, its new boundary, and the note of the group before.
static enum evx_status grow(struct proving *p, const struct evx_digest *leaf)
{
    struct evx_digest root;
    uint64_t before = p->frontier.size;
    evx_frontier_append(&p->frontier, leaf, put_node, p);
    evx_frontier_root(&root, &p->frontier);
    enum evx_status s = p->status;
    if (!s && p->note.n) s = p->journal->ops->put_note(p->journal, before, evx_buf_bytes(&p->note));
    return s ? s : p->journal->ops->put_boundary(p->journal, p->frontier.size, &root);
}

static enum evx_status append(struct proving *p, uint64_t i, struct evx_bytes entry)
{
    static const char *const audience[] = {"bench-sender-0", "bench-inspectorate-0"};
    struct evx_journal_append a = {.index = i,
                                   .stream = {.org = "bench-sender-0", .id = p->stream},
                                   .sequence = i + 1,
                                   .log_entry = entry,
                                   .audience = audience,
                                   .audience_n = 2};
    struct evx_chain_head head = {.sequence = i + 1};
    struct evx_journal *j = p->journal;
    if (p->with_proof) evx_log_leaf(&a.leaf, entry);
    enum evx_status s = j->ops->begin(j);
    if (!s) s = j->ops->append(j, &a);
    if (!s) s = j->ops->put_head(j, &a.stream, &head);
    if (!s && p->with_proof) s = grow(p, &a.leaf);
    return s ? s : j->ops->commit(j);
}

// Signs, proves, answers; what the answer is on the wire.
static enum evx_status receipt(struct proving *p, uint64_t i, struct evx_bytes entry, struct evx_buf *frame)
{
    struct evx_receipt r = {.inspection = p->inspection, .index = i, .received_ms = 1};
    struct evx_digest root, leaf;
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    Evx__V1__Receipt m = EVX__V1__RECEIPT__INIT;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    evx_sha256(&r.consignment, entry);
    evx_frontier_root(&root, &p->frontier);
    evx_log_leaf(&leaf, entry);
    evx_buf_clear(&p->note);
    enum evx_status s = evx_signer_sign(p->signer, &p->note, &p->inspection, i + 1, &root);
    if (!s) s = evx_inclusion_proof(&r.path, i, i + 1, node, p->journal);
    if (!s) s = evx_inclusion_verify(&r.path, i, i + 1, &leaf, &root); // before it is handed out
    r.checkpoint = p->note;
    evx_receipt_to_frame(&m, slot, &r);
    f.body_case = EVX__V1__FRAME__BODY_RECEIPT;
    f.receipt = &m;
    return s ? s : evx_frame_pack(frame, &f);
}

// The client's side: believe nothing that is not proved, then keep it.
static enum evx_status believe(struct proving *p, struct evx_bytes entry, struct evx_bytes frame,
                               struct evx_buf *kept)
{
    Evx__V1__Frame *f = NULL;
    struct evx_receipt r = {0};
    struct evx_checkpoint seen;
    struct evx_proof step;
    enum evx_status s = evx_frame_unpack(&f, frame);
    if (!s) s = evx_receipt_from_frame(&r, f->receipt);
    if (!s) s = evx_tlog_proof_verify(&r, &p->vkey, entry, &seen);
    if (!s && r.index) s = evx_consistency_proof(&step, r.index, seen.size, node, p->journal);
    if (!s && r.index) s = evx_consistency_verify(&step, r.index, seen.size, &p->last_root, &seen.root);
    if (!s) p->last_root = seen.root;
    if (!s) s = evx_tlog_proof_text(kept, &r);
    if (!s) s = evx_buf_append(kept, entry.p, entry.n);
    evx_receipt_free(&r);
    evx_frame_free(f);
    return s;
}

// The collector rebuilds the log from its entries and compares it with what was signed.
static enum evx_status rebuild(struct proving *p, struct evx_bytes entry)
{
    struct evx_digest leaf, root;
    struct evx_checkpoint c;
    evx_log_leaf(&leaf, entry);
    evx_frontier_append(&p->collector, &leaf, NULL, NULL);
    evx_frontier_root(&root, &p->collector);
    enum evx_status s = evx_checkpoint_open(&c, evx_buf_bytes(&p->note), &p->vkey);
    return s ? s : memcmp(root.b, c.root.b, sizeof root.b) ? EVX_E_CONSISTENCY : EVX_OK;
}

static enum evx_status keep(struct proving *p, uint64_t i, struct evx_bytes kept)
{
    char name[32];
    snprintf(name, sizeof name, "receipt-%llu", (unsigned long long)i);
    enum evx_status s = i % CLIENT_GROUP ? EVX_OK : evx_outbox_begin(p->outbox);
    if (!s) s = evx_outbox_put(p->outbox, name, kept);
    return s || i % CLIENT_GROUP != CLIENT_GROUP - 1 ? s : evx_outbox_commit(p->outbox);
}

static enum evx_status one(struct proving *p, uint64_t i)
{
    uint8_t header[HEADER_BYTES], plain[16] = {1};
    struct evx_signature signature = {{2}};
    struct evx_buf entry = {0}, frame = {0}, kept = {0};
    evx_random(header, sizeof header);
    enum evx_status s = evx_log_entry(&entry, 1, evx_bytes(header, sizeof header), &signature);
    struct evx_bytes e = evx_buf_bytes(&entry);
    if (!s) s = append(p, i, e);
    if (!s && p->with_proof) s = receipt(p, i, e, &frame);
    if (!s && p->with_proof) s = believe(p, e, evx_buf_bytes(&frame), &kept);
    if (!s && p->with_proof) s = rebuild(p, e);
    if (!s) s = keep(p, i, p->with_proof ? evx_buf_bytes(&kept) : evx_bytes(plain, sizeof plain));
    evx_buf_free(&entry);
    evx_buf_free(&frame);
    evx_buf_free(&kept);
    return s;
}

// CPU microseconds of one consignment, one way.
static enum evx_status run(double *us, const char *folder, bool with_proof)
{
    struct proving p = {.with_proof = with_proof};
    enum evx_status s = open_all(&p, folder);
    double begin = cpu_us();
    for (uint64_t i = 0; !s && i < ROUNDS; i++)
        s = one(&p, i);
    *us = (cpu_us() - begin) / ROUNDS;
    close_all(&p);
    return s;
}

// One inclusion proof in a log of 2^20 entries; any siblings make a true one.
static enum evx_status time_check(double *us)
{
    struct evx_proof proof = {.n = CHECK_HEIGHT};
    struct evx_digest leaf = {{7}}, root = leaf;
    const uint64_t index = 0x5a5a5, size = 1ull << CHECK_HEIGHT, rounds = 2000;
    evx_random(proof.hash, sizeof proof.hash);
    for (unsigned h = 0; h < CHECK_HEIGHT; h++) {
        struct evx_digest below = root;
        bool right = index >> h & 1;
        evx_log_node(&root, right ? &proof.hash[h] : &below, right ? &below : &proof.hash[h]);
    }
    uint64_t begin = evx_clock_monotonic_ns();
    enum evx_status s = EVX_OK;
    for (uint64_t i = 0; !s && i < rounds; i++)
        s = evx_inclusion_verify(&proof, index, size, &leaf, &root);
    *us = (double)(evx_clock_monotonic_ns() - begin) / 1e3 / (double)rounds;
    return s;
}

enum evx_status bench_proof(struct bench_proof *out, const struct bench_options *o, const char *folder)
{
    *out = (struct bench_proof){0};
    double plain = 0, proved = 0;
    enum evx_status s = run(&plain, folder, false);
    if (!s) s = run(&proved, folder, true);
    if (!s) s = time_check(&out->check_us);
    out->consignment_us = proved - plain;
    out->item_us = out->consignment_us / (double)o->batch;
    return s;
}
