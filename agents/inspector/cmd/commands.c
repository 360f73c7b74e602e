// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/cmd.h"

#include "agents/inspector/cmd/options.h"

// Options that every command takes.
#define EVERYWHERE                                                                                           \
    {"person", "NAME", "who looks, for the audit record (default: the login name)"},                         \
        {"for", "TEXT", "on whose behalf (default: our organisation)"},                                      \
        {"purpose", "TEXT",                                                                                  \
         "what for: inspection (default), another word of docs/inspector.md, or a reason"},                  \
        {"store", "DIR", "the collector's store (default: from the configuration)"},                         \
        {"index", "DIR", "where index.db and casebook.db are kept (default: the store)"},                    \
        {"due", "YYYY-MM-DD",                                                                                \
         "when every return is due (default: as set by link import, else the closing date)"},                \
        {"names", NULL, "full names instead of initials"},                                                   \
    {                                                                                                        \
        "framework", "ID", "the framework (default: the inspection's)"                                       \
    }

#define COUNT(command)                                                                                       \
    const size_t evx_##command##_options_n = sizeof evx_##command##_options / sizeof *evx_##command##_options

const struct evx_cli_option evx_summary_options[] = {EVERYWHERE};
const struct evx_cli_option evx_timeline_options[] = {
    {"by", "TIME", "order by occurred (default), recorded or received"},
    {"all", NULL, "routine events one by one, not collapsed"},
    EVERYWHERE,
};
const struct evx_cli_option evx_matrix_options[] = {
    {"all", NULL, "also the criteria that nobody gave evidence for"},
    EVERYWHERE,
};
const struct evx_cli_option evx_gaps_options[] = {EVERYWHERE};
const struct evx_cli_option evx_evidence_options[] = {EVERYWHERE};
const struct evx_cli_option evx_contradictions_options[] = {EVERYWHERE};
const struct evx_cli_option evx_search_options[] = {EVERYWHERE};
const struct evx_cli_option evx_link_options[] = {
    {"reason", "TEXT", "why (confirm, reject, undo)"},
    EVERYWHERE,
};
const struct evx_cli_option evx_judge_options[] = {
    {"grade", "GRADE", "the grade proposed; none in a narrative framework"},
    {"reason", "TEXT", "what it rests on (and, with --override, why the rule is passed over)"},
    {"evidence", "EV-ID", "evidence relied on; several: repeat it"},
    {"fact", "NAME=VALUE", "a fact the framework asks for; several: repeat it"},
    {"override", "RULE", "pass over this rule, for the reason given"},
    {"inspector", "NAME", "who judges (default: --person)"},
    EVERYWHERE,
};
const struct evx_cli_option evx_report_options[] = {
    {"out", "FILE", "the HTML file to write; with --json its data go to stdout"},
    {"fact", "NAME=VALUE", "a fact for what the framework permits; several: repeat it"},
    {"max-children", "N", "timelines of at most so many children when none is tracked (default 50)"},
    EVERYWHERE,
};
const struct evx_cli_option evx_audit_options[] = {
    {"verify", NULL, "also compare with what the log holds of the record"},
    {"from", "NUMBER", "show from this record on (default: the last 50)"},
    {"record", "NUMBER", "which items this record names"},
    {"store", "DIR", "the collector's store (default: from the configuration)"},
};
const struct evx_cli_option evx_completeness_options[] = {
    {"agency", "ID", "only this agency"},
    {"silent-after", "MINUTES", "without a sign of life an agency is called silent (default 60)"},
    {"strict", NULL, "fail also while an agency has not stated its end"},
    EVERYWHERE,
};
const struct evx_cli_option evx_request_options[] = {
    {"agency", "ID[,ID]", "who is asked; several: with commas, or repeat it"},
    {"child", "CHILD", "the tracked child it concerns"},
    {"kind", "KIND", "the kind of evidence wanted (default: any)"},
    {"due", "YYYY-MM-DD", "the day by the end of which it is due"},
    {"person", "NAME", "who asks, for the audit record (default: the login name)"},
    {"for", "TEXT", "on whose behalf (default: our organisation)"},
    {"purpose", "TEXT", "what for: inspection (default), another word of docs/inspector.md, or a reason"},
    {"store", "DIR", "the collector's store (default: from the configuration)"},
    {"index", "DIR", "where index.db and casebook.db are kept (default: the store)"},
};
const struct evx_cli_option evx_disclose_options[] = {
    {"out", "FILE", "the bundle; it holds the key of the item, so whoever has it can read the item"},
    {"purpose", "PURPOSE", "what for: legal-proceedings, complaint, appeal …, or a reason in words"},
    {"for", "WHOM", "on whose behalf, as it stands in the record of reads"},
    {"person", "NAME", "who discloses (default: the login)"},
    {"store", "FOLDER", "the collector's store (default: the configuration's)"},
};
COUNT(disclose);
COUNT(summary);
COUNT(timeline);
COUNT(matrix);
COUNT(gaps);
COUNT(evidence);
COUNT(contradictions);
COUNT(search);
COUNT(link);
COUNT(judge);
COUNT(report);
COUNT(audit);
COUNT(completeness);
COUNT(request);

#define OPTIONS(command)                                                                                     \
    evx_##command##_options, sizeof evx_##command##_options / sizeof *evx_##command##_options, false

const struct evx_command evx_inspect_commands[] = {
    {"summary", evx_inspect_summary, "who has sent what, and what is missing", "", OPTIONS(summary)},
    {"timeline", evx_inspect_timeline, "one child's events across agencies", "[--by TIME] [--all] CHILD",
     OPTIONS(timeline)},
    {"matrix", evx_inspect_matrix, "which criteria have evidence, from whom, in which direction", "[--all]",
     OPTIONS(matrix)},
    {"gaps", evx_inspect_gaps, "what is missing or late, by child, request and criterion", "", OPTIONS(gaps)},
    {"completeness", evx_inspect_completeness,
     "is everything here that each agency says it sent; fails when something is missing",
     "[--agency ID] [--silent-after MINUTES] [--strict]", OPTIONS(completeness)},
    {"request", evx_inspect_request, "ask agencies for evidence",
     "--agency ID[,ID] [--child CHILD] [--kind KIND] [--due DATE] TEXT", OPTIONS(request)},
    {"evidence", evx_inspect_evidence, "everything about one item, with its provenance and proof", "EV-ID",
     OPTIONS(evidence)},
    {"disclose", evx_inspect_disclose, "one item with all that proves it, as a file for a third party",
     "ITEM --out FILE --purpose PURPOSE --for WHOM [--store FOLDER]", OPTIONS(disclose)},
    {"contradictions", evx_inspect_contradictions, "where agencies differ about a child", "[CHILD]",
     OPTIONS(contradictions)},
    {"search", evx_inspect_search, "evidence that has every word", "WORD…", OPTIONS(search)},
    {"link", evx_inspect_link, "records that may be one child; the list of tracked children",
     "[list | confirm ID | reject ID | undo ID | import FILE] [--reason TEXT]", OPTIONS(link)},
    {"judge", evx_inspect_judge, "draft a judgement that the framework permits",
     "[list | JUDGEMENT [--grade GRADE] [--evidence EV-ID]… | send NUMBER]", OPTIONS(judge)},
    {"report", evx_inspect_report, "all views as one HTML file that prints", "--out FILE", OPTIONS(report)},
    {"audit", evx_inspect_audit, "who opened what, for whom and why; whether that record is whole",
     "[--verify] [--from NUMBER | --record NUMBER]", OPTIONS(audit)},
};
const size_t evx_inspect_commands_n = sizeof evx_inspect_commands / sizeof *evx_inspect_commands;
