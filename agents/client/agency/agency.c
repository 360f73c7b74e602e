// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/agency.h"

#include <stdio.h>
#include <string.h>

#include "agents/client/agency/front.h"

static const struct evx_ingest_agency *the_agency;
static char program[64];

const struct evx_ingest_agency *evx_front_agency(void) { return the_agency; }
const char *evx_front_program(void) { return program; }

#define COMMANDS 14

static void fill(struct evx_command table[COMMANDS])
{
    const struct evx_command rows[COMMANDS] = {
        {"check", evx_agency_check, "say what is wrong in files, and what was understood; sends nothing",
         "[--json] [--profile FILE] [--annotate FOLDER] FILE…", evx_check_options, evx_check_options_n,
         false},
        {"submit", evx_agency_submit, "check files, seal what they say, and send it",
         "[--dry-run] [--partial] [--attach] [--in-reply-to REQUEST] FILE…", evx_submit_options,
         evx_submit_options_n, false},
        {"watch", evx_agency_watch, "send every file that is put into a folder", "[--once] FOLDER",
         evx_watch_options, evx_watch_options_n, false},
        {"status", evx_agency_status, "how far everything that was sent has come", "[--open] [--json] [ID]",
         evx_status_options, evx_status_options_n, false},
        {"sync", evx_agency_sync, "send what waits and fetch receipts and answers", "[--wait SECONDS]",
         evx_sync_options, evx_sync_options_n, false},
        {"receipt", evx_agency_receipt, "write a consignment's receipt, which anyone can verify offline",
         "ID --out FILE [--entry FILE]", evx_receipt_options, evx_receipt_options_n, false},
        {"complete", evx_agency_complete,
         "state what was sent so far, so that nothing can be withheld unseen", "[--final] [--json]",
         evx_complete_options, evx_complete_options_n, false},
        {"requests", evx_agency_requests, "what inspectorates ask for, until when, and what was answered",
         "[--open] [--json]", evx_requests_options, evx_requests_options_n, false},
        {"uses", evx_agency_uses, "what inspectorates used your evidence for, and whether all of it was told",
         "[--item ID] [--json]", evx_uses_options, evx_uses_options_n, false},
        {"nil", evx_agency_nil, "declare that nothing is held, or is withheld, and on what ground",
         "[REQUEST] --ground GROUND [--child FILE]", evx_nil_options, evx_nil_options_n, false},
        {"correct", evx_agency_correct, "replace an item by what a file says; both versions are kept",
         "ITEM FILE --reason TEXT [--row N]", evx_correct_options, evx_correct_options_n, false},
        {"withdraw", evx_agency_withdraw, "take an item back, with the reason", "ITEM --reason TEXT",
         evx_withdraw_options, evx_withdraw_options_n, false},
        {"carry-over", evx_agency_carry_over,
         "what to submit again when an inspection goes on under a new log", "[--json]", NULL, 0, false},
        {"stream", evx_agency_stream, "start a new stream in place of one that cannot go on", "reset",
         evx_stream_options, evx_stream_options_n, false},
    };
    memcpy(table, rows, sizeof rows);
}

int evx_agency_main(int argc, char **argv, const struct evx_ingest_agency *agency)
{
    struct evx_command table[COMMANDS];
    the_agency = agency;
    snprintf(program, sizeof program, "evx-%s", agency->id);
    fill(table);
    return evx_cli_dispatch(table, COMMANDS, program, argc, argv);
}
