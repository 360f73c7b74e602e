// SPDX-License-Identifier: Apache-2.0
//
// The command line that all agency programs share. An agency brings its mapping
// (struct evx_ingest_agency); everything a person can do with it is here.
#ifndef EVX_AGENTS_CLIENT_AGENCY_AGENCY_H
#define EVX_AGENTS_CLIENT_AGENCY_AGENCY_H

#include "agents/client/ingest/ingest.h"

// Runs the command that argv names and returns the exit code.
int evx_agency_main(int argc, char **argv, const struct evx_ingest_agency *agency);

#endif
