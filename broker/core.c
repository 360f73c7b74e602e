// SPDX-License-Identifier: Apache-2.0
#include "broker/core.h"

#include <stdlib.h>
#include <string.h>

#include "broker/core_state.h"
#include "broker/witnesses.h"

#define MESSAGES   (EVX__V1__FRAME__BODY_EQUIVOCATION + 1)
#define BODY(name) [EVX__V1__FRAME__BODY_##name]

// Whatever is not in the table is refused: OUT_OF_ORDER.
static evx_handler *const handlers[EVX_SESSION_STATES][MESSAGES] = {
    [EVX_SESSION_NEW] =
        {
            BODY(HELLO) = evx_handle_hello,
            BODY(PING) = evx_handle_ping,
        },
    [EVX_SESSION_READY] =
        {
            BODY(HELLO) = evx_handle_hello,
            BODY(PING) = evx_handle_ping,
            BODY(SUBMIT) = evx_handle_submit,
            BODY(FETCH) = evx_handle_fetch,
            BODY(GET_RECEIPT) = evx_handle_get_receipt,
            BODY(GET_DIRECTORY) = evx_handle_get_directory,
            BODY(GET_CHECKPOINT) = evx_handle_get_checkpoint,
            BODY(GET_CONSISTENCY) = evx_handle_get_consistency,
            BODY(GET_STREAM) = evx_handle_get_stream,
            BODY(GET_EQUIVOCATIONS) = evx_handle_get_equivocations,
            BODY(COSIGN) = evx_handle_cosign,
        },
    [EVX_SESSION_SERVING] =
        {
            BODY(HELLO) = evx_handle_hello,
            BODY(PING) = evx_handle_ping,
            BODY(SUBMIT) = evx_handle_submit,
            BODY(FETCH) = evx_handle_fetch_again,
            BODY(GET_RECEIPT) = evx_handle_get_receipt,
            BODY(GET_DIRECTORY) = evx_handle_get_directory,
            BODY(GET_CHECKPOINT) = evx_handle_get_checkpoint,
            BODY(GET_CONSISTENCY) = evx_handle_get_consistency,
            BODY(GET_STREAM) = evx_handle_get_stream,
            BODY(GET_EQUIVOCATIONS) = evx_handle_get_equivocations,
            BODY(COSIGN) = evx_handle_cosign,
        },
};

enum evx_status evx_core_new(struct evx_core **out, const struct evx_core_config *config,
                             const struct evx_core_ports *ports)
{
    *out = NULL;
    struct evx_core *core = calloc(1, sizeof *core);
    if (!core) return EVX_E_MEMORY;
    core->config = *config;
    core->ports = *ports;
    core->free_bytes = UINT64_MAX;
    *out = core;
    return EVX_OK;
}

void evx_core_destroy(struct evx_core **core)
{
    if (!core || !*core) return;
    evx_sessions_free(*core);
    while ((*core)->ledgers) {
        struct evx_ledger *l = (*core)->ledgers;
        (*core)->ledgers = l->next;
        evx_ledger_destroy(&l);
    }
    evx_directory_destroy(&(*core)->directory);
    evx_directory_destroy(&(*core)->older);
    free(*core);
    *core = NULL;
}

static void ask_signature(struct evx_core *core, struct evx_ledger *l, uint64_t size,
                          const struct evx_digest *root)
{
    l->to_sign++;
    core->ports.sign(core->ports.user, &l->id, size, root);
}

struct asking {
    struct evx_core *core;
    struct evx_ledger *ledger;
    uint64_t last;
};

static enum evx_status ask_boundary(void *user, uint64_t size, const struct evx_digest *root)
{
    struct asking *a = user;
    ask_signature(a->core, a->ledger, size, root);
    a->last = size;
    return EVX_OK;
}

// The signer recomputes the whole log from its stored bytes for the last of
// these, and signs again what a crash kept from being stored.
static enum evx_status ask_confirmation(struct evx_core *core, struct evx_ledger *l)
{
    struct asking a = {.core = core, .ledger = l};
    enum evx_status s = l->journal->ops->unsigned_boundaries(l->journal, ask_boundary, &a);
    if (s || (a.last == l->frontier.size && l->to_sign)) return s;
    struct evx_digest root;
    evx_frontier_root(&root, &l->frontier);
    ask_signature(core, l, l->frontier.size, &root);
    return EVX_OK;
}

static enum evx_status open_ledger(struct evx_core *core, const struct evx_dir_inspection *i)
{
    struct evx_journal *journal = NULL;
    struct evx_ledger *l = NULL;
    enum evx_status s = core->ports.open_journal(core->ports.user, i, &journal);
    if (!s) s = evx_ledger_new(&l, i, &journal);
    evx_journal_destroy(&journal);
    if (s) {
        const struct evx_error_info *e = evx_error_info(s);
        evx_core_say(core, EVX_LOG_ERROR, "LOG-REFUSED", "origin=%s code=%s what=\"%s\" remedy=\"%s\"",
                     i->origin, e->code, e->what, e->remedy);
        return s;
    }
    l->next = core->ledgers;
    core->ledgers = l;
    evx_core_say(core, EVX_LOG_INFO, "LOG-OPEN", "log=%s size=%llu", l->hex,
                 (unsigned long long)l->frontier.size);
    return ask_confirmation(core, l);
}

// What a log shows as adopted is never taken back: neither for an older version nor
// for another directory of the same number.
static enum evx_status check_logged(struct evx_core *core, const struct evx_directory *newest)
{
    for (const struct evx_ledger *l = core->ledgers; l; l = l->next) {
        uint64_t logged = l->directories.sequence, version = evx_directory_version(newest);
        enum evx_status s = EVX_OK;
        if (logged > version) s = EVX_E_DIRECTORY_ROLLBACK;
        if (logged == version && memcmp(l->directories.last.b, evx_directory_hash(newest)->b, 32))
            s = EVX_E_DIRECTORY_SPLIT;
        if (!s) continue;
        const struct evx_error_info *e = evx_error_info(s);
        evx_core_say(core, EVX_LOG_ERROR, "DIR-REFUSED",
                     "log=%s logged=%llu version=%llu code=%s remedy=\"%s\"", l->hex,
                     (unsigned long long)logged, (unsigned long long)version, e->code, e->remedy);
        return s;
    }
    return EVX_OK;
}

enum evx_status evx_core_set_directory(struct evx_core *core, struct evx_directory *newest,
                                       struct evx_directory *older, uint64_t now_ms)
{
    for (size_t i = 0; i < evx_directory_inspections(newest); i++) {
        const struct evx_dir_inspection *inspection = evx_directory_inspection_at(newest, i);
        if (evx_core_ledger(core, &inspection->id)) continue;
        enum evx_status s = open_ledger(core, inspection);
        if (s) return s;
    }
    enum evx_status s = check_logged(core, newest);
    if (s) return s;
    struct evx_directory *kept = evx_directory_ref(newest);
    struct evx_directory *kept_older = older ? evx_directory_ref(older) : NULL;
    evx_directory_destroy(&core->directory);
    evx_directory_destroy(&core->older);
    core->directory = kept;
    core->older = kept_older;
    evx_sessions_review(core, now_ms);
    for (struct evx_ledger *l = core->ledgers; l && !s; l = l->next)
        s = evx_witnesses_review(l, core->directory);
    return s;
}

bool evx_core_ready(const struct evx_core *core)
{
    for (const struct evx_ledger *l = core->ledgers; l; l = l->next)
        if (!l->ready) return false;
    return core->directory != NULL;
}

// A refusal of a Submit names the consignment, so that its sender can tell which.
static void refuse_frame(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                         enum evx_status code, uint64_t now_ms)
{
    struct evx_digest named;
    struct evx_refusal r = {.code = code, .now_ms = now_ms};
    if (f && f->body_case == EVX__V1__FRAME__BODY_SUBMIT && f->submit->consignment.len == sizeof named.b) {
        for (size_t i = 0; i < sizeof named.b; i++)
            named.b[i] = f->submit->consignment.data[i];
        r.consignment = &named;
    }
    evx_refuse(core, s, &r);
}

static enum evx_status dispatch(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                                const struct evx_core_input *in)
{
    if (in->fault) return in->fault;
    if (in->body && in->body->n && f->body_case != EVX__V1__FRAME__BODY_SUBMIT) return EVX_E_MALFORMED;
    evx_handler *handler = f->body_case < MESSAGES ? handlers[s->state][f->body_case] : NULL;
    if (!handler) return EVX_E_OUT_OF_ORDER;
    handler(core, s, f, in);
    return EVX_OK;
}

static void take_message(struct evx_core *core, struct evx_session *s, const struct evx_core_input *in)
{
    if (s->dropped) return;
    Evx__V1__Frame *f = NULL;
    enum evx_status status = evx_session_identify(core, s, &in->identity, in->now_ms);
    if (!status && !evx_pace_ok(&s->messages, in->now_ms, EVX_LIMIT_SESSION_RATE)) status = EVX_E_QUOTA;
    if (!status) status = evx_frame_unpack(&f, in->frame);
    if (!status) status = dispatch(core, s, f, in);
    if (status) refuse_frame(core, s, f, status, in->now_ms);
    evx_frame_free(f);
}

// Whatever a handler did not take is given back.
static void release_body(struct evx_core *core, const struct evx_core_input *in, uint64_t bytes)
{
    if (!in->body || !in->body->p) return;
    evx_buf_free(in->body);
    core->ports.release(core->ports.user, bytes);
}

void evx_core_message(struct evx_core *core, const struct evx_core_input *in)
{
    uint64_t bytes = in->body ? in->body->n : 0;
    struct evx_session *s = core->fault ? NULL : evx_session_get(core, in->session);
    if (s) take_message(core, s, in);
    release_body(core, in, bytes);
}

void evx_core_closed(struct evx_core *core, uint32_t session) { evx_session_remove(core, session); }

void evx_core_drained(struct evx_core *core, uint32_t session, uint64_t bytes)
{
    struct evx_session *s = evx_session_find(core, session);
    if (s) s->queued -= bytes < s->queued ? bytes : s->queued;
}

void evx_core_set_free(struct evx_core *core, uint64_t bytes) { core->free_bytes = bytes; }

bool evx_core_step(struct evx_core *core, uint64_t now_ms)
{
    if (core->fault) return false;
    bool more = evx_core_write_groups(core, now_ms);
    if (!core->fault && evx_core_serve(core)) more = true;
    return more && !core->fault;
}

void evx_core_tick(struct evx_core *core, uint64_t now_ms, bool idle)
{
    (void)now_ms;
    for (struct evx_ledger *l = core->ledgers; l && !core->fault; l = l->next) {
        if (idle && (l->unsaved_n || l->lines)) evx_core_store_notes(core, l);
        enum evx_status s = l->journal->ops->maintain(l->journal, idle);
        if (s && s != EVX_E_DISK_FULL) evx_core_stop(core, s, "maintain");
    }
}

bool evx_core_quiet(const struct evx_core *core)
{
    if (core->held_bytes) return false;
    for (const struct evx_ledger *l = core->ledgers; l; l = l->next)
        if (l->waiting || l->to_sign || l->pendings) return false;
    return true;
}

void evx_core_finish(struct evx_core *core)
{
    for (struct evx_ledger *l = core->ledgers; l && !core->fault; l = l->next)
        if (l->unsaved_n || l->lines) evx_core_store_notes(core, l);
}

enum evx_status evx_core_fault(const struct evx_core *core) { return core->fault; }

void evx_core_count(const struct evx_core *core, struct evx_core_counters *out)
{
    *out = core->counters;
    out->inflight_bytes = core->held_bytes;
    out->waiting = 0;
    for (const struct evx_ledger *l = core->ledgers; l; l = l->next)
        out->waiting += l->waiting + l->pendings;
}

void evx_core_logs(const struct evx_core *core, evx_core_log_visit visit, void *user)
{
    for (const struct evx_ledger *l = core->ledgers; l; l = l->next) {
        struct evx_journal_stats stats;
        l->journal->ops->stats(l->journal, &stats);
        visit(user, &l->id, l->frontier.size, l->newest.size, &stats);
    }
}
