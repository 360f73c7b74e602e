// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/clock.h"

enum evx_status evx_certificate_pack(struct evx_buf *out, const struct evx_erasure *e, size_t n)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__ErasureCertificate m = EVX__V1__ERASURE_CERTIFICATE__INIT;
    Evx__V1__Moment erased = EVX__V1__MOMENT__INIT;
    char text[EVX_TIME_TEXT], zone[] = "UTC";
    evx_time_text(text, (int64_t)e->time_ms);
    erased.precision = EVX__V1__PRECISION__PRECISION_MILLISECOND;
    erased.utc_ms = (int64_t)e->time_ms;
    erased.zone = zone;
    erased.text = text;
    erased.zone_source = EVX__V1__ZONE_SOURCE__ZONE_STATED;
    m.item = calloc(n, sizeof *m.item);
    if (!m.item) return EVX_E_MEMORY;
    m.n_item = n;
    for (size_t i = 0; i < n; i++)
        m.item[i] = (ProtobufCBinaryData){sizeof e[i].item.b, (uint8_t *)e[i].item.b};
    m.ground = e->ground;
    m.authority = (char *)e->authority;
    m.decided_by = (char *)e->decided_by;
    m.erased = &erased;
    m.generation = e->generation;
    item.body_case = EVX__V1__ITEM__BODY_ERASURE;
    item.erasure = &m;
    enum evx_status s = evx_item_pack(out, &item);
    free(m.item);
    return s;
}

void evx_certificate_id(struct evx_item_id *out, const char *organisation, const struct evx_erasure *e,
                        size_t n)
{
    struct evx_blake2b_state state;
    struct evx_digest digest;
    uint8_t time[8];
    evx_put_be64(time, e->time_ms);
    evx_blake2b_begin(&state);
    evx_blake2b_update(&state, evx_bytes_of_text("evx/certificate/v1\n"));
    evx_blake2b_update(&state, evx_bytes(organisation, strlen(organisation) + 1));
    evx_blake2b_update(&state, evx_bytes(time, sizeof time));
    for (size_t i = 0; i < n; i++)
        evx_blake2b_update(&state, evx_bytes(e[i].item.b, sizeof e[i].item.b));
    evx_blake2b_end(&digest, &state);
    memcpy(out->b, digest.b, sizeof out->b);
}

static bool may_read(const struct evx_agent *agent, const struct evx_dir_org *org)
{
    const struct evx_directory *d = evx_agent_directory(agent);
    return org && org->active &&
           evx_directory_key_of(d, org->id, EVX_KEY_ENC, (int64_t)evx_clock_wall_ms()) != NULL;
}

// The origin agency if it can still be written to; its certificate stands in the log in any case.
static size_t recipients(const char *to[EVX_LIMIT_RECIPIENTS + 1], const struct evx_agent *agent,
                         const char *sender)
{
    const struct evx_directory *d = evx_agent_directory(agent);
    const struct evx_dir_org *member[EVX_LIMIT_RECIPIENTS];
    const struct evx_dir_org *origin = evx_directory_org(d, sender);
    size_t n = 0, members = evx_directory_members(d, evx_agent_inspection(agent), EVX_RIGHT_RECEIVE, member,
                                                  EVX_LIMIT_RECIPIENTS);
    if (origin && origin->role != EVX_ROLE_INSPECTORATE && may_read(agent, origin)) to[n++] = origin->id;
    for (size_t i = 0; i < members && i < EVX_LIMIT_RECIPIENTS && n < EVX_LIMIT_RECIPIENTS; i++)
        if (member[i]->role == EVX_ROLE_INSPECTORATE && may_read(agent, member[i])) to[n++] = member[i]->id;
    to[n] = NULL;
    return n;
}

enum evx_status evx_certificate_queue(struct evx_digest *consignment, struct evx_agent *agent,
                                      const struct evx_erasure *e, size_t n)
{
    const char *to[EVX_LIMIT_RECIPIENTS + 1];
    struct evx_buf packed = {0};
    struct evx_queued queued = {0};
    struct evx_plain_item item = {0};
    *consignment = (struct evx_digest){0};
    if (!recipients(to, agent, e->sender)) return EVX_E_RECIPIENT;
    enum evx_status s = evx_certificate_pack(&packed, e, n);
    item.content = evx_buf_bytes(&packed);
    evx_certificate_id(&item.id, evx_agent_organisation(agent), e, n);
    if (!s) s = evx_agent_queue(agent, &item, 1, to, 0, 0, &queued);
    if (!s) *consignment = queued.consignment_ids[0];
    evx_queued_free(&queued);
    evx_buf_free(&packed);
    return s;
}
