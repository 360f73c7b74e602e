// SPDX-License-Identifier: Apache-2.0
//
// The courier's port: its words become rows of the outbox, files and network messages.
#include <stdio.h>
#include <stdlib.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

enum evx_status evx_agent_change(struct evx_agent *a)
{
    return evx_outbox_in_transaction(a->outbox) ? EVX_OK : evx_outbox_begin(a->outbox);
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
    return evx_agent_directories_add(&a->directories, (struct evx_directory *)d);
}

static enum evx_status port_seen(void *user, struct evx_bytes note)
{
    struct evx_agent *a = user;
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_put(a->outbox, "checkpoint", note);
}

static enum evx_status keep_proof(struct evx_agent *a, const char *name, struct evx_bytes note)
{
    char *path = evx_path_join(a->state, name);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_replace(path, note, 0600);
    free(path);
    return s;
}

static enum evx_status port_forked(void *user, struct evx_bytes note, struct evx_bytes other)
{
    enum evx_status s = keep_proof(user, "fork-first.checkpoint", note);
    return s ? s : keep_proof(user, "fork-second.checkpoint", other);
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
    enum evx_status s = evx_agent_change(a);
    return s ? s : evx_outbox_put(a->outbox, "cursor", evx_bytes(be, sizeof be));
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

struct evx_courier_port evx_agent_ports(struct evx_agent *a)
{
    return (struct evx_courier_port){
        .user = a,
        .send = port_send,
        .random = port_random,
        .accepted = port_accepted,
        .refused = port_refused,
        .renew = port_renew,
        .directory = port_directory,
        .seen = port_seen,
        .forked = port_forked,
        .verdict = port_verdict,
        .cursor = port_cursor,
        .id_at = port_id_at,
        .parcel_at = port_parcel_at,
        .directory_at = port_directory_at,
        .entry = port_entry,
        .checkpoint = port_checkpoint,
    };
}
