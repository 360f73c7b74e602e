// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "agents/client/agency/front.h"
#include "agents/client/cli/grade.h"
#include "agents/client/cli/json.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_receipt_options[] = {
    {"out", "FILE", "write the proof there (tlog-proof text)"},
    {"entry", "FILE", "write the log entry that it proves there"},
};
const size_t evx_receipt_options_n = sizeof evx_receipt_options / sizeof *evx_receipt_options;

static enum evx_status write_receipt(struct evx_agent *agent, const char *text, const char *out,
                                     const char *entry_out, struct evx_grade *grade)
{
    struct evx_digest id;
    struct evx_receipt receipt = {0};
    struct evx_buf proof = {0}, entry = {0};
    enum evx_status s = evx_agent_find(agent, text, &id);
    if (!s) s = evx_agent_best_receipt(agent, &id, &receipt, &entry, grade);
    if (!s) s = evx_tlog_proof_text(&proof, &receipt);
    if (!s) s = evx_file_create(out, evx_buf_bytes(&proof), 0600);
    if (!s && entry_out) s = evx_file_create(entry_out, evx_buf_bytes(&entry), 0600);
    evx_buf_free(&proof);
    evx_buf_free(&entry);
    evx_receipt_free(&receipt);
    return s;
}

static enum evx_status say(const struct evx_cli_options *o, const char *out, const struct evx_grade *grade)
{
    char text[EVX_GRADE_TEXT];
    evx_grade_text(text, grade);
    if (!o->json) {
        printf("%s: %s\n", out, text);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.receipt/1");
    enum evx_status s = evx_json_set(j, "file", evx_json_text(out));
    if (!s) s = evx_json_set(j, "grade", evx_json_grade(grade));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

int evx_agency_receipt(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent *agent;
    struct evx_agent_config config;
    enum evx_status s = evx_cli_parse(&o, evx_receipt_options, evx_receipt_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *out = evx_cli_value(&o, "out");
    if (o.argc != 1 || !out)
        return evx_cli_fail(EVX_E_USAGE, "receipt", "give the consignment's id and --out FILE");
    s = evx_cli_agent_open_reader(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    struct evx_grade grade;
    s = write_receipt(agent, o.argv[0], out, evx_cli_value(&o, "entry"), &grade);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    if (s == EVX_E_FILE_EXISTS) return evx_cli_fail(s, out, "or the file for the entry");
    if (!s) s = say(&o, out, &grade);
    return s ? evx_cli_fail(s, o.argv[0], NULL) : 0;
}
