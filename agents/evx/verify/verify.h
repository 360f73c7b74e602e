// SPDX-License-Identifier: Apache-2.0
//
// Offline verification of whatever a person holds: receipts, bundles, consignments,
// checkpoints, directories, proofs of forks, whole inspections. Needs this
// repository's proto and crypto and nothing else; reads files, no clock, no network.
// One thread.
#ifndef EVX_AGENTS_EVX_VERIFY_VERIFY_H
#define EVX_AGENTS_EVX_VERIFY_VERIFY_H

#include "agents/evx/verify/report.h"
#include "agents/evx/verify/trust.h"

struct evx_checker;
// Reads what was given. The errors of evx_trust_open().
EVX_MUST_CHECK enum evx_status evx_checker_new(struct evx_checker **out,
                                               const struct evx_verify_given *given);
void evx_checker_destroy(struct evx_checker **c);

// Verifies one file or folder and fills an open report. The status is the report's.
EVX_MUST_CHECK enum evx_status evx_verify_path(struct evx_checker *c, struct evx_report *r);
// Afterwards: do those that were verified contradict each other? LOG_FORKED.
EVX_MUST_CHECK enum evx_status evx_verify_across(const struct evx_checker *c, struct evx_report *r);

#endif
