// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/erased.h"

#include <stdio.h>
#include <string.h>

#include "agents/collector/erasures.h"
#include "agents/inspector/cmd/out.h"

static enum evx_status show_json(struct evx_desk *d, size_t item, const struct evx_erasure *e)
{
    struct evx_jout j = evx_jout_schema("evx.evidence/1"), erased = evx_jout_object();
    char certificate[65];
    evx_hex(certificate, e->certificate.b, sizeof e->certificate.b);
    evx_jout_text(&erased, "step", evx_erasure_step_name(e->step));
    evx_jout_text(&erased, "ground", evx_erasure_ground_name(e->ground));
    evx_jout_text(&erased, "authority", e->authority);
    evx_jout_text(&erased, "decided_by", e->decided_by);
    evx_jout_time(&erased, "time", (int64_t)e->time_ms);
    if (e->step == EVX_ERASURE_CERTIFIED) evx_jout_text(&erased, "certificate", certificate);
    evx_jout_text(&j, "id", evx_out_evidence(d, item));
    evx_jout_text(&j, "sender", d->v->facts.item[item].x.sender);
    evx_jout_put(&j, "erased", &erased);
    return evx_jout_print(stdout, &j);
}

static enum evx_status show_text(struct evx_desk *d, size_t item, const struct evx_erasure *e)
{
    char certificate[65];
    evx_hex(certificate, e->certificate.b, sizeof e->certificate.b);
    evx_out_heading(d, evx_slab_printf(&d->v->slab, "%s  erased", evx_out_evidence(d, item)));
    printf("sent by           %s\n", evx_views_name(d->v, d->v->facts.item[item].x.sender));
    printf("erased            %s\n", evx_out_time(d, (int64_t)e->time_ms));
    printf("ground            %s\n", evx_erasure_ground_name(e->ground));
    printf("authority         %s\n", evx_out_clean(d, e->authority));
    printf("decided by        %s\n", evx_out_clean(d, e->decided_by));
    printf("certificate       %s\n", e->step == EVX_ERASURE_CERTIFIED ? certificate : "not sent yet");
    return EVX_OK;
}

enum evx_status evx_erased_show(struct evx_desk *d, size_t item)
{
    struct evx_erasure e;
    enum evx_status s = evx_store_erasure(d->v->store, d->v->facts.item[item].x.ref, &e);
    if (s == EVX_E_NOT_FOUND) return EVX_E_ERASE_UNEXPLAINED;
    if (s) return s;
    return d->o.json ? show_json(d, item, &e) : show_text(d, item, &e);
}
