// SPDX-License-Identifier: Apache-2.0
//
// The broker as a whole: configuration in, exit status out. Each of these is one
// subcommand of evx-broker; they print for people and return what
// evx_status_exit_code() turns into the exit code.
#ifndef EVX_BROKER_BROKER_H
#define EVX_BROKER_BROKER_H

#include "broker/config.h"
#include "crypto/keyfile.h"

// Runs until SIGTERM or SIGINT (OK after a clean stop) or until something makes
// it unsafe to go on. SIGHUP reads the directory again. Call it before any
// thread was started: it masks signals. Blocks.
EVX_MUST_CHECK enum evx_status evx_broker_run(const struct evx_broker_config *config,
                                              const struct evx_passphrase *ask);

// Prints the metrics that the running broker last wrote. NOT_FOUND when there
// are none, TIMEOUT when they are old: it is not running.
EVX_MUST_CHECK enum evx_status evx_broker_status(const struct evx_broker_config *config, bool json);

// Checks everything that is stored, from the bytes up, in constant memory. With
// `deep` also every consignment's own hashes and signature. The broker must not run.
EVX_MUST_CHECK enum evx_status evx_broker_fsck(const struct evx_broker_config *config, bool deep);

// Erases the consignments of one log below an index (a number as text): what the
// recipients have acknowledged need not lie here. The broker must not run. USAGE, NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_broker_retention(const struct evx_broker_config *config,
                                                    const char *inspection, const char *before);

// Writes one log as C2SP tiles into `folder`. May run beside the broker.
EVX_MUST_CHECK enum evx_status evx_broker_export_log(const struct evx_broker_config *config,
                                                     const char *inspection, const char *folder);

#endif
