// SPDX-License-Identifier: Apache-2.0
//
// Our completeness statements and what came back for them, as `complete` and `status`
// show them.
#ifndef EVX_AGENTS_CLIENT_AGENCY_CLAIMS_H
#define EVX_AGENTS_CLIENT_AGENCY_CLAIMS_H

#include "agents/client/agency/front.h"
#include "agents/client/cli/json.h"
#include "agents/client/complete.h"

// One inspectorate's counter-signature, checked against what we stated.
struct evx_claim_answer {
    char by[EVX_ORG_ID_BYTES];
    enum evx_status code; // OK: as stated
    uint64_t received_ms, log_size, items, rejected;
};
#define EVX_CLAIM_ANSWERS 32
struct evx_claim {
    struct evx_stated stated;
    struct evx_claim_answer answer[EVX_CLAIM_ANSWERS];
    size_t answers;
};
struct evx_claims {
    struct evx_claim *claim;
    size_t n, cap;
    enum evx_status unread; // why confirmations that are here could not be read, OK if they were
    uint64_t final_ms;      // of the final statement, 0 = none
};

// An evx_stated_visit with the struct evx_claims as user.
EVX_MUST_CHECK enum evx_status evx_claims_add(void *claims, const struct evx_stated *s);
// All of ours with their answers. Asks for the passphrase of the ENC keys only when there
// is something to open; without it the claims stay unanswered and `unread` says why.
EVX_MUST_CHECK enum evx_status evx_claims_load(struct evx_claims *out, struct evx_agent *a,
                                               const struct evx_agent_config *config,
                                               struct evx_cli_options *o);
void evx_claims_free(struct evx_claims *c);

json_t *evx_claims_json(const struct evx_claims *c); // an array; NULL without memory
void evx_claims_print(const struct evx_claims *c);

#endif
