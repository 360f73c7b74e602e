// SPDX-License-Identifier: Apache-2.0
//
// Group commit: what is waiting for one log is judged against its state, written
// in one transaction and answered after the commit. Nothing is held back to let
// a group grow: while one is being written the next one gathers by itself.
#include <string.h>

#include "broker/core_state.h"
#include "broker/witnesses.h"

#define ADOPT_AGAIN_MS 1000

struct group {
    struct evx_core *core;
    struct evx_ledger *ledger;
    uint64_t now_ms;
    bool full; // the disk's reserve is reached
    struct evx_frontier before;
    struct evx_verify_job *job[EVX_LIMIT_GROUP_ENTRIES];
    struct evx_digest leaf[EVX_LIMIT_GROUP_ENTRIES];
    size_t n;
    size_t appended;
    size_t frozen;
    struct evx_chain_head adopted; // the directory that this group logs; sequence 0: none
};

static void gather(struct group *g)
{
    uint64_t bytes = 0;
    while (g->n < EVX_LIMIT_GROUP_ENTRIES && g->ledger->first) {
        uint64_t more = g->ledger->first->bytes;
        if (g->n && bytes + more > EVX_LIMIT_GROUP_BYTES) break;
        g->job[g->n++] = evx_ledger_take(g->ledger);
        bytes += more;
    }
    // Folding the write-ahead log and the pages around the bytes need room too.
    struct evx_journal_stats stats;
    g->ledger->journal->ops->stats(g->ledger->journal, &stats);
    uint64_t need = g->core->config.reserve_bytes + stats.log_bytes + 2 * bytes;
    g->full = g->core->free_bytes < need;
}

static struct evx_stream_key stream_of(const struct evx_verify_job *job)
{
    struct evx_stream_key key = {.org = job->org};
    memcpy(key.id.b, job->consignment.header->stream.data, sizeof key.id.b);
    return key;
}

static struct evx_chain_link link_of(const struct evx_verify_job *job)
{
    const Evx__V1__Header *h = job->consignment.header;
    struct evx_chain_link link = {.sequence = h->sequence};
    memcpy(link.stream.b, h->stream.data, sizeof link.stream.b);
    if (h->previous.len == sizeof link.previous.b) memcpy(link.previous.b, h->previous.data, h->previous.len);
    return link;
}

// The entry that already stands at this sequence, and whether it is this very
// consignment.
static enum evx_status look_up(struct group *g, struct evx_verify_job *job, struct evx_journal_entry *stored,
                               bool *same)
{
    *same = false;
    struct evx_stream_key stream = stream_of(job);
    struct evx_journal *j = g->ledger->journal;
    enum evx_status s = j->ops->find(j, &stream, job->consignment.header->sequence, &job->index);
    if (!s) s = j->ops->read(j, job->index, stored);
    struct evx_bytes header;
    const struct evx_signature *signature;
    if (!s)
        s = evx_log_entry_parse(&job->received_ms, &header, &signature, evx_buf_bytes(&stored->log_entry));
    if (s) return s == EVX_E_NOT_FOUND ? EVX_E_STORE_DAMAGED : s;
    struct evx_digest id;
    evx_consignment_id(&id, header);
    *same = !memcmp(id.b, job->consignment.id.b, sizeof id.b);
    return EVX_OK;
}

// Both headers with their signatures are kept: proof that needs no witness.
static enum evx_status freeze(struct group *g, struct evx_verify_job *job, const struct evx_chain_head *head,
                              struct evx_bytes stored)
{
    struct evx_stream_key stream = stream_of(job);
    struct evx_journal *j = g->ledger->journal;
    struct evx_buf second = {0};
    enum evx_status s =
        evx_log_entry(&second, g->now_ms, job->consignment.header_bytes, job->consignment.signature);
    struct evx_journal_equivocation e = {.stream = stream,
                                         .sequence = job->consignment.header->sequence,
                                         .first = stored,
                                         .second = evx_buf_bytes(&second)};
    if (!s) s = j->ops->put_equivocation(j, &e);
    struct evx_chain_head frozen = *head;
    frozen.frozen = true;
    if (!s) s = evx_ledger_put_head(g->ledger, &stream, &frozen);
    evx_buf_free(&second);
    g->frozen++;
    job->verdict = EVX_E_EQUIVOCATION;
    return s;
}

static enum evx_status directory_says(struct group *g, const struct evx_verify_job *job)
{
    const struct evx_core *core = g->core;
    struct evx_admission a = {.directory = core->directory,
                              .older = core->older,
                              .now_ms = (int64_t)g->now_ms,
                              .log_index = g->ledger->frontier.size};
    return evx_consignment_admit(&job->consignment, &a);
}

static void add_once(const char **list, size_t *n, const char *org)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(list[i], org)) return;
    list[(*n)++] = org;
}

// The organisations that may fetch the body: the sender and whoever it is sealed to.
static size_t audience_of(const struct group *g, const struct evx_verify_job *job, const char **list)
{
    size_t n = 0;
    add_once(list, &n, job->org);
    const Evx__V1__Header *h = job->consignment.header;
    for (size_t i = 0; i < h->n_recipient && i < EVX_LIMIT_RECIPIENTS; i++) {
        struct evx_fingerprint f;
        memcpy(f.b, h->recipient[i].data, sizeof f.b);
        const struct evx_dir_key *key = evx_directory_key(g->core->directory, &f);
        if (!key && g->core->older) key = evx_directory_key(g->core->older, &f);
        if (key) add_once(list, &n, key->org);
    }
    return n;
}

static enum evx_status append(struct group *g, size_t i, struct evx_chain_head *head,
                              const struct evx_chain_link *link)
{
    struct evx_verify_job *job = g->job[i];
    const char *audience[EVX_LIMIT_RECIPIENTS + 1];
    struct evx_buf entry = {0};
    enum evx_status s =
        evx_log_entry(&entry, g->now_ms, job->consignment.header_bytes, job->consignment.signature);
    struct evx_journal_append a = {.index = g->ledger->frontier.size,
                                   .stream = stream_of(job),
                                   .sequence = link->sequence,
                                   .log_entry = evx_buf_bytes(&entry),
                                   .body = job->consignment.whole,
                                   .audience = audience,
                                   .audience_n = audience_of(g, job, audience)};
    evx_log_leaf(&a.leaf, a.log_entry);
    g->leaf[i] = a.leaf;
    job->index = a.index;
    job->received_ms = g->now_ms;
    if (!s) s = evx_ledger_append(g->ledger, &a);
    evx_chain_advance(head, link, &job->consignment.id);
    if (!s) s = evx_ledger_put_head(g->ledger, &a.stream, head);
    evx_buf_free(&entry);
    g->appended++;
    return s;
}

static enum evx_status follow_chain(struct group *g, size_t i, struct evx_chain_head *head,
                                    struct evx_bytes stored)
{
    struct evx_verify_job *job = g->job[i];
    struct evx_chain_link link = link_of(job);
    switch (evx_chain_check(head, &link)) {
    case EVX_CHAIN_NEXT: return append(g, i, head, &link);
    case EVX_CHAIN_OLD: return freeze(g, job, head, stored);
    case EVX_CHAIN_GAP:
        job->expected_sequence = head->sequence + 1;
        job->verdict = EVX_E_GAP;
        return EVX_OK;
    case EVX_CHAIN_FORK: job->verdict = EVX_E_CHAIN; return EVX_OK;
    case EVX_CHAIN_FROZEN: job->verdict = EVX_E_FROZEN; return EVX_OK;
    }
    return EVX_E_BUG;
}

// What was accepted stays accepted: the same bytes get their receipt again even
// when the window has closed since or the disk is full. Only then come the
// directory and the chain.
static enum evx_status judge(struct group *g, size_t i)
{
    struct evx_verify_job *job = g->job[i];
    struct evx_journal_entry stored = {0};
    struct evx_chain_head head;
    struct evx_stream_key stream = stream_of(job);
    enum evx_status s = evx_ledger_head(g->ledger, &stream, &head);
    if (!s && job->consignment.header->sequence <= head.sequence)
        s = look_up(g, job, &stored, &job->duplicate);
    if (!s && job->duplicate) g->leaf[i] = stored.leaf;
    if (!s && !job->duplicate) {
        job->verdict = directory_says(g, job);
        if (!job->verdict && g->full) job->verdict = EVX_E_STORAGE_FULL;
        if (!job->verdict) s = follow_chain(g, i, &head, evx_buf_bytes(&stored.log_entry));
    }
    evx_journal_entry_free(&stored);
    return s;
}

// The directory under which the rest of this group is judged stands in the log
// before it, in the same transaction.
static enum evx_status adopt(struct group *g)
{
    const struct evx_directory *d = g->core->directory;
    const char *const audience[] = {EVX_JOURNAL_EVERYBODY};
    struct evx_log_directory e = {
        .received_ms = g->now_ms, .version = evx_directory_version(d), .hash = *evx_directory_hash(d)};
    struct evx_buf entry = {0};
    enum evx_status s = evx_log_directory(&entry, &e);
    struct evx_journal_append a = {.index = g->ledger->frontier.size,
                                   .stream = EVX_JOURNAL_DIRECTORIES,
                                   .sequence = e.version,
                                   .log_entry = evx_buf_bytes(&entry),
                                   .audience = audience,
                                   .audience_n = 1};
    evx_log_leaf(&a.leaf, a.log_entry);
    g->adopted = (struct evx_chain_head){.sequence = e.version, .last = e.hash};
    if (!s) s = evx_ledger_append(g->ledger, &a);
    if (!s) s = evx_ledger_put_head(g->ledger, &a.stream, &g->adopted);
    evx_buf_free(&entry);
    g->appended++;
    return s;
}

// An inspection that is closed accepts nothing, so nothing needs to be said.
static bool must_adopt(const struct evx_core *core, const struct evx_ledger *l)
{
    const struct evx_dir_inspection *i = evx_directory_inspection(core->directory, &l->id);
    return i && i->open && evx_directory_version(core->directory) > l->directories.sequence;
}

static enum evx_status put_notes(struct evx_ledger *l)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < l->unsaved_n; i++)
        s = l->journal->ops->put_note(l->journal, l->unsaved[i].size, evx_buf_bytes(&l->unsaved[i].note));
    return s ? s : evx_witnesses_put(l);
}

static void drop_notes(struct evx_ledger *l)
{
    for (size_t i = 0; i < l->unsaved_n; i++) {
        evx_buf_free(&l->unsaved[i].note);
        l->unsaved[i] = (struct evx_ledger_signed){0};
    }
    l->unsaved_n = 0;
    evx_witnesses_stored(l);
}

static enum evx_status close_group(struct group *g, struct evx_digest *root)
{
    struct evx_journal *j = g->ledger->journal;
    evx_frontier_root(root, &g->ledger->frontier);
    enum evx_status s = put_notes(g->ledger);
    if (!s && g->appended) s = j->ops->put_boundary(j, g->ledger->frontier.size, root);
    if (!s) s = j->ops->commit(j);
    if (!s) drop_notes(g->ledger);
    return s;
}

static enum evx_status write_group(struct group *g, struct evx_digest *root)
{
    struct evx_journal *j = g->ledger->journal;
    g->before = g->ledger->frontier;
    enum evx_status s = j->ops->begin(j);
    if (!s && must_adopt(g->core, g->ledger)) s = adopt(g);
    for (size_t i = 0; !s && i < g->n; i++)
        s = judge(g, i);
    if (!s && (g->appended || g->frozen)) return close_group(g, root);
    j->ops->rollback(j);
    return s;
}

// Nothing of the group is on disk: everybody is told so, none is acknowledged.
static void undo(struct group *g, enum evx_status why)
{
    g->ledger->journal->ops->rollback(g->ledger->journal);
    evx_ledger_reset(g->ledger, &g->before);
    if (why != EVX_E_DISK_FULL) evx_core_stop(g->core, why, "journal");
    for (size_t i = 0; i < g->n; i++) {
        g->job[i]->duplicate = false;
        g->job[i]->verdict = EVX_E_STORAGE_FULL;
    }
    g->appended = g->frozen = 0;
    g->adopted = (struct evx_chain_head){0};
    g->ledger->adopt_not_before_ms = g->now_ms + ADOPT_AGAIN_MS;
}

static void give_back_credit(struct evx_core *core, const struct evx_ledger_pending *p,
                             struct evx_session **s)
{
    *s = evx_session_find(core, p->session);
    if (*s) (*s)->credit_used -= p->bytes < (*s)->credit_used ? p->bytes : (*s)->credit_used;
}

static void answer_duplicate(struct group *g, struct evx_ledger_pending *p)
{
    struct evx_ledger_signed original = {0};
    enum evx_status s = evx_ledger_original(g->ledger, p->index, &original);
    g->core->counters.duplicates++;
    p->size = original.size;
    p->duplicate = true;
    struct evx_session *session = NULL;
    if (!s) give_back_credit(g->core, p, &session);
    if (session) evx_reply_receipt(g->core, session, g->ledger, p, &original);
    if (s == EVX_E_NOT_FOUND) s = evx_ledger_wait(g->ledger, p);
    if (s) evx_core_stop(g->core, s, "duplicate");
    evx_buf_free(&original.note);
}

static void answer_accepted(struct group *g, const struct evx_ledger_pending *p)
{
    g->core->counters.accepted++;
    g->core->counters.accepted_bytes += p->bytes;
    enum evx_status s = evx_ledger_wait(g->ledger, p);
    if (s) evx_core_stop(g->core, s, "receipt");
}

static void settle(struct group *g, size_t i)
{
    struct evx_verify_job *job = g->job[i];
    if (job->verdict) {
        evx_core_answer_job(g->core, job, g->now_ms);
        return;
    }
    struct evx_ledger_pending p = {.session = job->session,
                                   .index = job->index,
                                   .size = g->ledger->frontier.size,
                                   .received_ms = job->received_ms,
                                   .bytes = job->bytes,
                                   .id = job->consignment.id,
                                   .leaf = g->leaf[i]};
    if (job->duplicate)
        answer_duplicate(g, &p);
    else
        answer_accepted(g, &p);
    evx_core_free_job(g->core, job);
}

static void note_frozen(struct group *g)
{
    g->core->counters.equivocations += g->frozen;
    for (size_t i = 0; g->frozen && i < g->n; i++)
        if (g->job[i]->verdict == EVX_E_EQUIVOCATION)
            evx_core_say(g->core, EVX_LOG_ERROR, "CHAIN-EQUIVOCATION", "org=%s log=%s sequence=%llu",
                         g->job[i]->org, g->ledger->hex,
                         (unsigned long long)g->job[i]->consignment.header->sequence);
}

static void note_adopted(struct group *g)
{
    if (!g->adopted.sequence) return;
    g->ledger->directories = g->adopted;
    evx_core_say(g->core, EVX_LOG_INFO, "DIR-LOGGED", "log=%s version=%llu", g->ledger->hex,
                 (unsigned long long)g->adopted.sequence);
}

static void run_group(struct evx_core *core, struct evx_ledger *l, uint64_t now_ms)
{
    struct group g = {.core = core, .ledger = l, .now_ms = now_ms};
    struct evx_digest root;
    gather(&g);
    enum evx_status s = write_group(&g, &root);
    if (s) undo(&g, s);
    note_frozen(&g);
    note_adopted(&g);
    core->counters.groups++;
    if (g.appended) {
        l->to_sign++;
        core->ports.sign(core->ports.user, &l->id, l->frontier.size, &root);
    }
    for (size_t i = 0; i < g.n; i++)
        settle(&g, i);
}

bool evx_core_write_groups(struct evx_core *core, uint64_t now_ms)
{
    bool more = false;
    for (struct evx_ledger *l = core->ledgers; l && !core->fault; l = l->next) {
        bool adopts = now_ms >= l->adopt_not_before_ms && must_adopt(core, l);
        bool due = l->waiting || adopts;
        if (!due || !l->ready || l->to_sign >= EVX_LIMIT_SIGNING_AHEAD) continue;
        run_group(core, l, now_ms);
        more = more || (l->waiting && l->to_sign < EVX_LIMIT_SIGNING_AHEAD);
    }
    return more;
}

void evx_core_store_notes(struct evx_core *core, struct evx_ledger *l)
{
    struct evx_journal *j = l->journal;
    enum evx_status s = j->ops->begin(j);
    if (!s) s = put_notes(l);
    if (!s) s = j->ops->commit(j);
    if (!s) {
        drop_notes(l);
        return;
    }
    j->ops->rollback(j);
    // A full disk only delays this; the signer can make the same note again.
    if (s != EVX_E_DISK_FULL) evx_core_stop(core, s, "notes");
}
