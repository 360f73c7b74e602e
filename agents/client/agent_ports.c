// SPDX-License-Identifier: Apache-2.0
//
// The courier's port: its words become rows of the outbox, files and network messages.
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

enum evx_status evx_agent_note(struct evx_agent *a)
{
    if (evx_outbox_in_transaction(a->outbox)) return EVX_OK;
    a->urgent = false;
    a->noted_ms = evx_clock_monotonic_ms();
    return evx_outbox_begin(a->outbox);
}

enum evx_status evx_agent_change(struct evx_agent *a)
{
    enum evx_status s = evx_agent_note(a);
    a->urgent = true;
    return s;
}

enum evx_status evx_agent_settle(struct evx_agent *a)
{
    if (!evx_outbox_in_transaction(a->outbox)) return EVX_OK;
    enum evx_status s = evx_agent_keep_waiting(a);
    return s ? s : evx_outbox_commit(a->outbox);
}

enum evx_status evx_agent_begin(struct evx_agent *a)
{
    enum evx_status s = evx_agent_settle(a);
    return s ? s : evx_outbox_begin(a->outbox);
}

static enum evx_status port_send(void *user, struct evx_bytes frame, struct evx_parcel *body)
{
    struct evx_agent *a = user;
    return evx_link_send(a->link, frame, body);
}

static uint32_t port_random(void *user)
{
    (void)user;
    uint32_t v;
    evx_random(&v, sizeof v);
    return v;
}

static enum evx_status port_accepted(void *user, const struct evx_parcel *p, const struct evx_receipt *r,
                                     struct evx_bytes log_entry)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    if (r->index < a->proved_to) a->proved_to = r->index;
    return s ? s : evx_outbox_accept(a->outbox, p->number, r, log_entry, evx_clock_wall_ms());
}

static enum evx_status port_refused(void *user, const struct evx_parcel *p, enum evx_status code, bool final)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_refuse(a->outbox, p->number, code, final, evx_clock_wall_ms());
}

enum evx_status evx_agent_new_stream(struct evx_agent *a, const struct evx_digest *reset_of)
{
    struct evx_stream_id id;
    struct evx_outbox_stream stream;
    evx_random(id.b, sizeof id.b);
    enum evx_status s = evx_outbox_stream_begin(a->outbox, &id, reset_of);
    if (!s) s = evx_outbox_stream(a->outbox, &stream);
    if (!s && a->courier) evx_courier_set_stream(a->courier, &stream);
    return s;
}

static enum evx_status port_renew(void *user, const struct evx_stream_id *old, const struct evx_digest *known)
{
    struct evx_agent *a = user;
    uint64_t given_up = 0;
    enum evx_status s = evx_agent_change(a);
    if (!s) s = evx_outbox_give_up(a->outbox, old, EVX_E_CHAIN, evx_clock_wall_ms(), &given_up);
    if (!s) s = evx_agent_new_stream(a, known);
    return s;
}

static enum evx_status port_directory(void *user, const struct evx_directory *d)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_directories_add(&a->directories, (struct evx_directory *)d);
    return s ? s : evx_agent_never_back(a);
}

static enum evx_status port_seen(void *user, struct evx_bytes note)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_note(a);
    return s ? s : evx_outbox_put(a->outbox, "checkpoint", note);
}

static enum evx_status port_verdict(void *user, const struct evx_outbox_verdict *v)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_judge(a->outbox, v, evx_clock_wall_ms());
}

static enum evx_status port_cursor(void *user, uint64_t next_index)
{
    struct evx_agent *a = user;
    uint8_t be[8];
    evx_put_be64(be, next_index);
    enum evx_status s = evx_agent_note(a);
    return s ? s : evx_outbox_put(a->outbox, "cursor", evx_bytes(be, sizeof be));
}

// One after the other: index (8) and entry of each, in the order of the log.
static enum evx_status port_adopted(void *user, uint64_t index, const struct evx_log_directory *e)
{
    struct evx_agent *a = user;
    struct evx_buf all = {0};
    uint8_t be[8];
    evx_put_be64(be, index);
    enum evx_status s = evx_agent_change(a);
    if (!s) s = evx_outbox_get(a->outbox, "adoptions", &all);
    bool known = all.n >= AGENT_ADOPTION_BYTES && evx_get_be64(all.p + all.n - AGENT_ADOPTION_BYTES) >= index;
    if (!s && !known) s = evx_buf_append(&all, be, sizeof be);
    if (!s && !known) s = evx_log_directory(&all, e);
    if (!s && !known) s = evx_outbox_put(a->outbox, "adoptions", evx_buf_bytes(&all));
    evx_buf_free(&all);
    return s;
}

static enum evx_status port_letter(void *user, const struct evx_inbox_letter *l)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_letter(a->outbox, l);
}

static enum evx_status port_id_at(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                  struct evx_digest *id)
{
    return evx_outbox_id_at(((struct evx_agent *)user)->outbox, stream, sequence, id);
}

static enum evx_status port_parcel_at(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                      struct evx_parcel **out)
{
    return evx_outbox_at_sequence(((struct evx_agent *)user)->outbox, stream, sequence, out);
}

static const struct evx_directory *port_directory_at(void *user, uint64_t version)
{
    return evx_agent_directories_at(&((struct evx_agent *)user)->directories, version);
}

static enum evx_status port_entry(void *user, const struct evx_fetched *f)
{
    struct evx_agent *a = user;
    return a->handler.entry(a->handler.user, a, f);
}

static enum evx_status port_checkpoint(void *user, const struct evx_checkpoint *c, struct evx_bytes note)
{
    struct evx_agent *a = user;
    return a->handler.checkpoint(a->handler.user, a, c, note);
}

static enum evx_status port_equivocation(void *user, uint64_t number, struct evx_bytes first,
                                         struct evx_bytes second)
{
    struct evx_agent *a = user;
    if (!a->handler.equivocation) return EVX_OK;
    return a->handler.equivocation(a->handler.user, a, number, first, second);
}

struct evx_courier_port evx_agent_ports(struct evx_agent *a)
{
    struct evx_courier_port port = {
        .user = a,
        .send = port_send,
        .random = port_random,
        .accepted = port_accepted,
        .refused = port_refused,
        .renew = port_renew,
        .directory = port_directory,
        .seen = port_seen,
        .verdict = port_verdict,
        .cursor = port_cursor,
        .adopted = port_adopted,
        .letter = port_letter,
        .id_at = port_id_at,
        .parcel_at = port_parcel_at,
        .directory_at = port_directory_at,
        .entry = port_entry,
        .checkpoint = port_checkpoint,
        .equivocation = port_equivocation,
    };
    evx_agent_witness_ports(&port);
    return port;
}
