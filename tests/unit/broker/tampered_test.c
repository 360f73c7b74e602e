// SPDX-License-Identifier: Apache-2.0
//
// Journals in good order that say something false: every row has its right
// checksum, as if the broker itself had written it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/fsck.h"
#include "broker/ledger.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"

struct scene {
    struct rig r;
    struct rig_stream stream;
    struct evx_buf bytes;
    struct evx_digest id;
    struct evx_journal *journal; // of its own, while the broker is down
};

// Three entries of one stream, then the broker is stopped.
static void begin(struct scene *s)
{
    memset(s, 0, sizeof *s);
    rig_new(&s->r);
    rig_hello(&s->r, 1, POLICE);
    s->stream = rig_stream(POLICE, 7);
    for (int i = 0; i < 3; i++) {
        rig_post(&s->r, 1, &s->stream, &s->bytes, &s->id);
        cr_assert_eq(rig_verdict(&s->r, 1, evx_buf_bytes(&s->bytes)), EVX_OK);
    }
    rig_stop(&s->r);
    const struct evx_journal_sqlite_options options = {0};
    cr_assert_eq(evx_journal_sqlite_open(&s->journal, s->r.journal_path, &options), EVX_OK);
    cr_assert_eq(s->journal->ops->begin(s->journal), EVX_OK);
}

static void commit(struct scene *s) { cr_assert_eq(s->journal->ops->commit(s->journal), EVX_OK); }

// What a start says of it.
static enum evx_status start(struct scene *s)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_ledger *l = NULL;
    enum evx_status status = evx_ledger_new(&l, evx_directory_inspection(s->r.directory, &id), &s->journal);
    cr_assert_eq(l == NULL, status != EVX_OK);
    evx_ledger_destroy(&l);
    return status;
}

static enum evx_status check(struct scene *s, const char **fault)
{
    struct evx_fsck_result result;
    struct evx_fsck_options o = {.journal = s->r.journal_path,
                                 .reg = s->r.register_path,
                                 .directory = s->r.directory,
                                 .inspection = evx_fixture_inspection()};
    enum evx_status status = evx_fsck(&result, &o);
    *fault = result.fault ? result.fault : "";
    return status;
}

static void end(struct scene *s)
{
    evx_journal_destroy(&s->journal);
    evx_buf_free(&s->bytes);
    rig_free(&s->r);
}

static struct evx_stream_key police(const struct scene *s)
{
    struct evx_stream_key key = {.org = POLICE, .id = s->stream.link.stream};
    return key;
}

Test(tampered, nothing_is_said_of_an_honest_one, .timeout = 60)
{
    struct scene s;
    const char *fault;
    begin(&s);
    commit(&s);
    cr_assert_eq(start(&s), EVX_OK);
    cr_assert_eq(check(&s, &fault), EVX_OK, "%s", fault);
    end(&s);
}

Test(tampered, a_head_that_names_another_consignment_is_refused, .timeout = 60)
{
    struct scene s;
    begin(&s);
    struct evx_stream_key key = police(&s);
    struct evx_chain_head head;
    cr_assert_eq(s.journal->ops->head(s.journal, &key, &head), EVX_OK);
    cr_assert_eq(head.sequence, 3);
    head.last.b[5] ^= 1;
    cr_assert_eq(s.journal->ops->put_head(s.journal, &key, &head), EVX_OK);
    commit(&s);
    cr_assert_eq(start(&s), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(tampered, a_head_before_the_last_entry_is_refused, .timeout = 60)
{
    struct scene s;
    begin(&s);
    struct evx_stream_key key = police(&s);
    struct evx_chain_head head;
    cr_assert_eq(s.journal->ops->head(s.journal, &key, &head), EVX_OK);
    head.sequence = 2;
    cr_assert_eq(s.journal->ops->put_head(s.journal, &key, &head), EVX_OK);
    commit(&s);
    cr_assert_eq(start(&s), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(tampered, a_boundary_beyond_the_entries_means_that_the_log_is_behind, .timeout = 60)
{
    struct scene s;
    uint64_t size;
    const struct evx_digest root = {{1}};
    begin(&s);
    cr_assert_eq(s.journal->ops->size(s.journal, &size), EVX_OK);
    cr_assert_eq(s.journal->ops->put_boundary(s.journal, size + 1, &root), EVX_OK);
    commit(&s);
    cr_assert_eq(start(&s), EVX_E_LOG_BEHIND);
    end(&s);
}

// One more consignment as the broker would log it, by hand; `sequence` is what the row claims.
static void append(struct scene *s, uint64_t sequence, const struct evx_digest *root)
{
    static const char *const audience[] = {POLICE, "inspectorate-care"};
    struct evx_buf entry = {0};
    struct evx_bytes header;
    const struct evx_signature *signature;
    uint64_t size;
    rig_seal(&s->r, &s->stream, &s->bytes, &s->id, &(struct rig_sealing){.items = 1, .item_bytes = 300});
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&s->bytes)), EVX_OK);
    cr_assert_eq(evx_log_entry(&entry, s->r.now_ms, header, signature), EVX_OK);
    cr_assert_eq(s->journal->ops->size(s->journal, &size), EVX_OK);
    struct evx_journal_append a = {.index = size,
                                   .stream = police(s),
                                   .sequence = sequence,
                                   .log_entry = evx_buf_bytes(&entry),
                                   .body = evx_buf_bytes(&s->bytes),
                                   .audience = audience,
                                   .audience_n = 2};
    evx_log_leaf(&a.leaf, a.log_entry);
    cr_assert_eq(s->journal->ops->append(s->journal, &a), EVX_OK);
    struct evx_chain_head head = {.sequence = sequence, .last = s->id};
    cr_assert_eq(s->journal->ops->put_head(s->journal, &a.stream, &head), EVX_OK);
    if (root) cr_assert_eq(s->journal->ops->put_boundary(s->journal, size + 1, root), EVX_OK);
    evx_buf_free(&entry);
}

// The tree as the entries give it, nodes and boundary included.
static void finish_tree(struct scene *s)
{
    struct evx_frontier f = {0};
    uint64_t size;
    cr_assert_eq(s->journal->ops->size(s->journal, &size), EVX_OK);
    for (uint64_t i = 0; i < size; i++) {
        struct evx_digest leaf;
        cr_assert_eq(s->journal->ops->node(s->journal, 0, i, &leaf), EVX_OK);
        struct evx_digest node = leaf;
        uint64_t number = i;
        for (unsigned h = 0; (f.size >> h) & 1; h++) {
            evx_log_node(&node, &f.node[h], &node);
            number >>= 1;
            struct evx_digest old;
            if (s->journal->ops->node(s->journal, h + 1, number, &old))
                cr_assert_eq(s->journal->ops->put_node(s->journal, h + 1, number, &node), EVX_OK);
        }
        evx_frontier_append(&f, &leaf, NULL, NULL);
    }
    struct evx_digest root;
    evx_frontier_root(&root, &f);
    cr_assert_eq(s->journal->ops->put_boundary(s->journal, size, &root), EVX_OK);
}

Test(tampered, entries_without_a_boundary_are_refused, .timeout = 60)
{
    struct scene s;
    begin(&s);
    append(&s, 4, NULL);
    commit(&s);
    cr_assert_eq(start(&s), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(tampered, a_boundary_with_another_root_is_refused, .timeout = 60)
{
    struct scene s;
    const struct evx_digest root = {{1}};
    begin(&s);
    append(&s, 4, &root);
    commit(&s);
    cr_assert_eq(start(&s), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(tampered, one_more_entry_in_good_order_is_an_honest_log, .timeout = 60)
{
    struct scene s;
    const char *fault;
    begin(&s);
    append(&s, 4, NULL);
    finish_tree(&s);
    commit(&s);
    cr_assert_eq(start(&s), EVX_OK);
    cr_assert_eq(check(&s, &fault), EVX_OK, "%s", fault);
    end(&s);
}

// One more entry, its tree in order: what fsck says of the sender's chain.
static void expect_broken_chain(struct scene *s, uint64_t sequence, const char *what)
{
    const char *fault;
    append(s, sequence, NULL);
    finish_tree(s);
    commit(s);
    evx_journal_destroy(&s->journal);
    cr_assert_eq(check(s, &fault), EVX_E_STORE_DAMAGED);
    if (what) cr_assert_str_eq(fault, what);
    end(s);
}

Test(tampered, fsck_finds_a_sender_chain_that_skips, .timeout = 60)
{
    struct scene s;
    begin(&s);
    s.stream.link.sequence++;
    expect_broken_chain(&s, s.stream.link.sequence, "a sender chain is broken");
}

Test(tampered, fsck_finds_a_sender_chain_that_leads_elsewhere, .timeout = 60)
{
    struct scene s;
    begin(&s);
    s.stream.link.previous.b[0] ^= 1;
    expect_broken_chain(&s, 4, "a sender chain is broken");
}

Test(tampered, fsck_finds_a_row_that_claims_another_sequence_than_its_header, .timeout = 60)
{
    struct scene s;
    begin(&s);
    expect_broken_chain(&s, 5, NULL);
}

// A stream whose beginning was never logged: what came before is looked for in the journal.
Test(tampered, fsck_finds_a_stream_that_begins_in_the_middle, .timeout = 60)
{
    struct scene s;
    begin(&s);
    s.stream = rig_stream(POLICE, 9);
    s.stream.link.sequence = 2;
    memset(s.stream.link.previous.b, 7, sizeof s.stream.link.previous.b);
    expect_broken_chain(&s, 2, "a sender chain is broken");
}

// A wrong tree node would make wrong proofs: they are checked before they are handed out.
Test(tampered, no_proof_is_handed_out_that_does_not_hold, .timeout = 60)
{
    struct scene s;
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_proof proof;
    struct evx_digest leaf, root;
    begin(&s);
    cr_assert_eq(s.journal->ops->node(s.journal, 0, 1, &leaf), EVX_OK);
    commit(&s);
    struct evx_ledger *l = NULL;
    cr_assert_eq(evx_ledger_new(&l, evx_directory_inspection(s.r.directory, &id), &s.journal), EVX_OK);
    evx_frontier_root(&root, &l->frontier);
    cr_assert_eq(evx_ledger_proof(&proof, l, 1, &leaf, l->frontier.size, &root), EVX_OK);
    leaf.b[0] ^= 1;
    cr_assert_eq(evx_ledger_proof(&proof, l, 1, &leaf, l->frontier.size, &root), EVX_E_STORE_DAMAGED);
    evx_ledger_destroy(&l);
    end(&s);
}
