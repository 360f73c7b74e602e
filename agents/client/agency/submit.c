// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/agency/batch.h"
#include "agents/client/agency/front.h"
#include "agents/client/answers.h"
#include "agents/client/cli/json.h"
#include "proto/base/clock.h"

const struct evx_cli_option evx_submit_options[] = {
    {"partial", NULL, "send the good rows of a file even if others are refused"},
    {"attach", NULL, "send the files as they are, as attachments"},
    {"about", "TEXT", "with --attach: one line that says what the file is"},
    {"profile", "FILE", "use this column profile too; preferred to those built in"},
    {"encoding", "NAME", "the text's encoding, instead of the detected one"},
    {"wait", "SECONDS", "how long to wait for receipts, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox and return"},
    {"test-data", NULL, "mark the consignments as test data"},
    {"reopen", NULL, "although the final completeness statement was given: something does follow"},
    {"in-reply-to", "REQUEST", "everything in the files answers this request"},
    {"again", NULL, "send a file once more although it was sent before"},
};
const size_t evx_submit_options_n = sizeof evx_submit_options / sizeof *evx_submit_options;

static const char *outcome_name(enum evx_outcome o)
{
    static const char *const names[] = {"sent", "sent-before", "refused", "nothing"};
    return names[o];
}

static json_t *file_json(const struct evx_batch_file *f, const struct evx_file *file)
{
    char hex[65];
    evx_hex(hex, file->digest.b, sizeof file->digest.b);
    return json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "file", evx_json_text(file->path),
                     "digest", hex, "outcome", outcome_name(f->outcome), "rows",
                     (json_int_t)f->findings.result.rows, "evidence", (json_int_t)f->findings.result.evidence,
                     "refused", (json_int_t)f->findings.result.refused, "left_out",
                     (json_int_t)f->findings.result.left_out, "items",
                     (json_int_t)(f->outcome == EVX_OUTCOME_SENT ? f->items : 0), "problems",
                     (json_int_t)f->findings.problems);
}

static enum evx_status print_json(const struct evx_batch *b, bool dry_run, size_t consignments)
{
    json_t *o = evx_json_object("evx.submit/1"), *files = json_array();
    enum evx_status s = o && files ? evx_json_set(o, "dry_run", json_boolean(dry_run)) : EVX_E_MEMORY;
    for (size_t i = 0; !s && i < b->files.n; i++)
        s = evx_json_add(files, file_json(&b->file[i], &b->files.file[i]));
    if (!s) s = evx_json_set(o, "files", json_incref(files));
    if (!s) s = evx_json_set(o, "consignments", evx_json_number(consignments));
    if (!s) s = evx_json_line(stdout, o);
    json_decref(files);
    json_decref(o);
    return s;
}

static void print_line(const struct evx_batch_file *f, const struct evx_file *file, bool dry_run)
{
    char hex[65], when[EVX_TIME_TEXT];
    evx_hex(hex, file->digest.b, sizeof file->digest.b);
    evx_time_text(when, (int64_t)f->before_ms);
    switch (f->outcome) {
    case EVX_OUTCOME_SENT:
        printf("%s %zu items, %llu rows refused, digest %.16s  %s\n", dry_run ? "would send" : "queued",
               f->items, (unsigned long long)f->findings.result.refused, hex, file->path);
        break;
    case EVX_OUTCOME_BEFORE: printf("sent before, on %s; nothing sent again  %s\n", when, file->path); break;
    case EVX_OUTCOME_REFUSED: printf("refused, %zu errors  %s\n", f->findings.errors, file->path); break;
    case EVX_OUTCOME_NOTHING: printf("holds no evidence  %s\n", file->path); break;
    }
}

static enum evx_status print_batch(const struct evx_cli_options *o, const struct evx_batch *b,
                                   size_t consignments)
{
    if (o->json) return print_json(b, o->dry_run, consignments);
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < b->files.n; i++)
        if (b->file[i].findings.errors) s = evx_findings_print(stderr, &b->file[i].findings);
    for (size_t i = 0; !s && i < b->files.n; i++)
        print_line(&b->file[i], &b->files.file[i], o->dry_run);
    if (!s && !o->dry_run) printf("%zu new consignments in the outbox\n", consignments);
    return s;
}

static bool any_errors(const struct evx_batch *b)
{
    for (size_t i = 0; i < b->files.n; i++)
        if (b->file[i].findings.errors) return true;
    return false;
}

// The worse of the two: what could not be sent, else what was refused.
static int exit_code(int delivery, const struct evx_batch *b)
{
    return delivery ? delivery : any_errors(b) ? evx_status_exit_code(EVX_E_CELL_CODE) : 0;
}

static size_t items_sent(const struct evx_batch *b)
{
    size_t n = 0;
    for (size_t i = 0; i < b->files.n; i++)
        if (b->file[i].outcome == EVX_OUTCOME_SENT) n += b->file[i].items;
    return n;
}

static enum evx_status queue_batch(struct evx_cli_options *o, struct evx_batch *b, struct evx_agent *agent,
                                   const char *state, size_t *consignments)
{
    struct evx_item_id request;
    const char *in_reply_to = evx_cli_value(o, "in-reply-to");
    uint32_t flags = evx_cli_has(o, "test-data") ? EVX__V1__HEADER_FLAG__FLAG_TEST_DATA : 0;
    enum evx_status s = evx_batch_queue(b, agent, state, flags, consignments);
    if (s || !in_reply_to || !items_sent(b)) return s;
    return evx_unhex(request.b, sizeof request.b, in_reply_to)
               ? evx_agent_note_answer(agent, &request, items_sent(b))
               : EVX_E_USAGE;
}

static int send_batch(struct evx_cli_options *o, struct evx_batch *b)
{
    b->again = evx_cli_has(o, "again");
    struct evx_agent *agent;
    struct evx_agent_config config;
    uint64_t seconds;
    size_t consignments = 0;
    enum evx_status s = evx_front_wait(&seconds, o);
    if (!s) s = evx_cli_agent_open(&agent, &config, o);
    if (s) return evx_status_exit_code(s);
    s = evx_front_may_send(b, agent, config.state, o);
    int code = evx_status_exit_code(s);
    if (!s) {
        s = queue_batch(o, b, agent, config.state, &consignments);
        if (!s) s = print_batch(o, b, consignments);
        code = s ? evx_cli_fail(s, NULL, NULL) : 0;
    }
    if (!s && !evx_agent_all_receipted(NULL, agent)) code = evx_front_deliver(agent, seconds);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return exit_code(code, b);
}

static int submit_batch(struct evx_cli_options *o, struct evx_batch *b)
{
    if (b->files.n == 0) return evx_cli_fail(EVX_E_FILE_UNREADABLE, o->argv[0], "there are no files in it");
    if (!o->dry_run) return send_batch(o, b);
    enum evx_status s = print_batch(o, b, 0);
    return s ? evx_cli_fail(s, NULL, NULL) : exit_code(0, b);
}

static int submit_files(struct evx_cli_options *o, const struct evx_profile_set *set)
{
    struct evx_agent_config config = {0};
    struct evx_ingest_job job;
    struct evx_batch batch;
    enum evx_status s = evx_front_job(&job, &config, set, o);
    if (s) {
        evx_agent_config_free(&config);
        return evx_status_exit_code(s);
    }
    job.attach = evx_cli_has(o, "attach");
    job.narrative = evx_cli_value(o, "about");
    struct evx_item_id request;
    const char *in_reply_to = evx_cli_value(o, "in-reply-to");
    if (in_reply_to && !evx_unhex(request.b, sizeof request.b, in_reply_to)) {
        evx_agent_config_free(&config);
        return evx_cli_fail(EVX_E_USAGE, in_reply_to, "a request's id has 32 hexadecimal digits");
    }
    if (in_reply_to) job.in_reply_to = &request;
    s = evx_batch_read(&batch, &job, o->argv, (size_t)o->argc, evx_cli_has(o, "partial"));
    int code = s ? evx_cli_fail(s, NULL, NULL) : submit_batch(o, &batch);
    if (!s) evx_batch_free(&batch);
    evx_agent_config_free(&config);
    return code;
}

int evx_agency_submit(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_profile_set set;
    enum evx_status s = evx_cli_parse(&o, evx_submit_options, evx_submit_options_n, argc, argv);
    if (!s && o.argc == 0) return evx_cli_fail(EVX_E_USAGE, "submit", "name at least one file or folder");
    if (!s) s = evx_front_profiles(&set, &o);
    if (s) return evx_status_exit_code(s);
    int code = submit_files(&o, &set);
    evx_profile_set_free(&set);
    return code;
}
