// SPDX-License-Identifier: Apache-2.0
//
// What the commands of an agency program have in common.
#ifndef EVX_AGENTS_CLIENT_AGENCY_FRONT_H
#define EVX_AGENTS_CLIENT_AGENCY_FRONT_H

#include "agents/client/agency/agency.h"
#include "agents/client/cli/cli.h"
#include "agents/client/ingest/profile.h"

// The agency that this program is for; set once by evx_agency_main().
const struct evx_ingest_agency *evx_front_agency(void);
const char *evx_front_program(void); // "evx-social-care"

// One row per command; the file of the same name holds it.
int evx_agency_check(int argc, char **argv);
int evx_agency_submit(int argc, char **argv);
int evx_agency_watch(int argc, char **argv);
int evx_agency_status(int argc, char **argv);
int evx_agency_sync(int argc, char **argv);
int evx_agency_complete(int argc, char **argv);
int evx_agency_requests(int argc, char **argv);
int evx_agency_stream(int argc, char **argv);
int evx_agency_receipt(int argc, char **argv);
int evx_agency_carry_over(int argc, char **argv);
int evx_agency_nil(int argc, char **argv);
int evx_agency_uses(int argc, char **argv);
int evx_agency_correct(int argc, char **argv);
int evx_agency_withdraw(int argc, char **argv);
extern const struct evx_cli_option evx_check_options[], evx_submit_options[], evx_watch_options[],
    evx_receipt_options[], evx_nil_options[], evx_correct_options[], evx_withdraw_options[],
    evx_status_options[], evx_sync_options[], evx_complete_options[], evx_requests_options[],
    evx_stream_options[];
extern const size_t evx_check_options_n, evx_submit_options_n, evx_watch_options_n, evx_receipt_options_n,
    evx_nil_options_n, evx_correct_options_n, evx_withdraw_options_n, evx_status_options_n,
    evx_sync_options_n, evx_complete_options_n, evx_requests_options_n, evx_stream_options_n;

extern const struct evx_cli_option evx_uses_options[];
extern const size_t evx_uses_options_n;

// The agency's own profiles and those named with --profile. Prints its own error.
EVX_MUST_CHECK enum evx_status evx_front_profiles(struct evx_profile_set *out,
                                                  const struct evx_cli_options *o);

// What reading needs, from the configuration and --encoding; *config is loaded and
// must outlive *job. Prints its own error.
EVX_MUST_CHECK enum evx_status evx_front_job(struct evx_ingest_job *job, struct evx_agent_config *config,
                                             const struct evx_profile_set *set,
                                             const struct evx_cli_options *o);

// An evx_agent_done for commands that end: `done` holds, and this agent has cosigned
// what it was asked to, or had a second's time for it. user is a struct evx_front_until.
struct evx_front_until {
    evx_agent_done done;
    uint64_t since_ms; // 0: not yet
};
bool evx_front_settled(void *user, struct evx_agent *agent);

// Connects and sends what the outbox holds, until every consignment has its
// receipt or `seconds` passed. Says what happened on stderr; returns the exit
// code: 0, or 75 when it is queued and will go later, else the error's.
int evx_front_deliver(struct evx_agent *agent, uint64_t seconds);
// --wait SECONDS (default 60), --no-wait = 0. Prints its own error.
EVX_MUST_CHECK enum evx_status evx_front_wait(uint64_t *seconds, const struct evx_cli_options *o);

// After a final completeness statement nothing is queued unless --reopen takes it back.
// Prints its own error: FINAL_STATED.
EVX_MUST_CHECK enum evx_status evx_front_may_follow(struct evx_agent *agent, const struct evx_cli_options *o);

// Queues one item for the receiving inspectorates and delivers: for nil, correct
// and withdraw. Prints the item's id. Returns the exit code.
int evx_front_send_one(struct evx_cli_options *o, const Evx__V1__Item *item, struct evx_agent *agent);

// An item of ours by its id: 32 hex digits, or the short form if it fits only one
// item in the outbox. NOT_FOUND, AMBIGUOUS.
EVX_MUST_CHECK enum evx_status evx_front_find_item(struct evx_item_id *out, struct evx_agent *a,
                                                   const char *text);

#endif
