// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/kinds.h"

enum evx_status evx_check_checkpoint(struct evx_checker *c, struct evx_bytes note, struct evx_report *r)
{
    struct evx_directory_history *h = NULL;
    struct evx_grade g;
    enum evx_status s = EVX_OK;
    r->what = "checkpoint";
    if (c->trust.given.n || !c->trust.policy) s = evx_trust_chain(&h, &c->trust, NULL, r);
    if (!s) s = evx_signer_check(&g, &c->trust, h, note, EVX_QUORUM_DEMAND, r);
    if (!s) s = evx_sightings_checkpoint(&c->seen, &g.checkpoint, r->path);
    if (!s) evx_report_unproved(r, "which entries it commits to: a checkpoint alone names none");
    evx_directory_history_destroy(&h);
    return s;
}
