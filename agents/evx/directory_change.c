// SPDX-License-Identifier: Apache-2.0
//
// Revoking keys from a place in a log on, changing the roots, and giving an inspection a
// new log after its old one was lost.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/directory_draft.h"
#include "agents/evx/directory_life.h"
#include "agents/evx/keepers_log.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_directory_revoke_options[] = {
    {"log", "ORIGIN", "the log (its origin, or the inspection's id) that the cut-off is about"},
    {"from", "INDEX", "index of that log from which on the key is no longer good"},
    {"everywhere", NULL, "in every log, from its beginning"},
    {"reason", "TEXT", "why, in plain words; it is published"},
};
const struct evx_cli_option evx_directory_root_options[] = {
    {"threshold", "K", "how many roots must sign from now on (default: as before)"},
};
const struct evx_cli_option evx_directory_replace_options[] = {
    {"id", "ID", "the new inspection's id, 32 hex digits (default: a random one)"},
    {"reason", "TEXT", "why the old log cannot go on; for the ledger"},
};
const struct evx_cli_option evx_directory_log_options[] = {
    {"head", "HASH", "the last line's chain hash, as it was noted elsewhere"},
};

// "EXCHANGE/ID" for an inspection's id; anything else as it is.
static void origin_of(char out[EVX_NOTE_NAME_BYTES], const struct evx_directory *d, const char *log)
{
    struct evx_inspection_id id;
    const struct evx_dir_inspection *i =
        evx_unhex(id.b, sizeof id.b, log) ? evx_directory_inspection(d, &id) : NULL;
    snprintf(out, EVX_NOTE_NAME_BYTES, "%s", i ? i->origin : log);
}

static enum evx_status put_revocation(struct evx_draft *draft, const char *hex, const char *log,
                                      uint64_t index, const char *reason)
{
    struct evx_fingerprint f;
    struct evx_directory *d = NULL;
    struct evx_buf line = {0};
    char origin[EVX_NOTE_NAME_BYTES];
    enum evx_status s = evx_draft_parse(&d, draft);
    if (!s && (!evx_unhex(f.b, sizeof f.b, hex) || !evx_directory_key(d, &f))) s = EVX_E_UNKNOWN_KEY;
    if (!s) origin_of(origin, d, log);
    if (!s)
        s = evx_buf_printf(&line, "revoked %s %s %llu %s%c", hex, origin, (unsigned long long)index, reason,
                           0);
    if (!s) s = evx_draft_put(draft, (const char *)line.p);
    if (s) evx_cli_error(s, hex, "evx directory show --json names the fingerprints of all listed keys");
    evx_directory_destroy(&d);
    evx_buf_free(&line);
    return s;
}

int evx_directory_run_revoke(int argc, char **argv)
{
    struct evx_cli_options o;
    uint64_t index = 0;
    enum evx_status s =
        evx_cli_parse(&o, evx_directory_revoke_options, EVX_DIRECTORY_REVOKE_OPTIONS, argc, argv);
    if (!s) s = evx_cli_number(&index, &o, "from", 0, INT64_MAX);
    if (s) return evx_status_exit_code(s);
    const char *log = evx_cli_value(&o, "log"), *reason = evx_cli_value(&o, "reason");
    bool everywhere = evx_cli_has(&o, "everywhere"), cut_off = log && evx_cli_has(&o, "from");
    if (o.argc != 2 || !reason || everywhere == cut_off)
        return evx_cli_fail(EVX_E_USAGE, "revoke",
                            "a draft, a fingerprint, --reason and either --everywhere or --log and --from");
    struct evx_draft draft = {0};
    s = evx_draft_load(&draft, o.argv[0]);
    if (!s) s = put_revocation(&draft, o.argv[1], everywhere ? "*" : log, index, reason);
    int code = s ? evx_status_exit_code(s) : evx_draft_save(o.argv[0], &draft, true, "revoke", o.argv[1]);
    evx_draft_free(&draft);
    return code;
}

static enum evx_status add_root(struct evx_draft *draft, const char *path)
{
    struct evx_buf text = {0}, line = {0};
    enum evx_status s = evx_file_read(&text, path, 4096);
    struct evx_bytes b = evx_buf_bytes(&text);
    while (b.n && b.p[b.n - 1] == '\n')
        b.n--;
    if (!s) s = evx_buf_printf(&line, "root %.*s%c", (int)b.n, (const char *)b.p, 0);
    if (!s) s = evx_draft_put(draft, (const char *)line.p);
    if (s) evx_cli_error(s, path, NULL);
    evx_buf_free(&text);
    evx_buf_free(&line);
    return s;
}

static enum evx_status remove_root(struct evx_draft *draft, const char *name)
{
    for (size_t i = 0; i < draft->n; i++) {
        struct evx_vkey v;
        if (strncmp(draft->line[i], "root ", 5) != 0 || evx_vkey_parse(&v, draft->line[i] + 5)) continue;
        if (strcmp(v.name, name) != 0) continue;
        evx_draft_remove(draft, i);
        return EVX_OK;
    }
    evx_cli_error(EVX_E_UNKNOWN_KEY, name, "the draft lists no root of that name");
    return EVX_E_UNKNOWN_KEY;
}

static enum evx_status set_threshold(struct evx_draft *draft, const struct evx_cli_options *o)
{
    uint64_t k = 0;
    char line[40];
    if (!evx_cli_has(o, "threshold")) return EVX_OK;
    enum evx_status s = evx_cli_number(&k, o, "threshold", 1, 64);
    snprintf(line, sizeof line, "threshold %llu", (unsigned long long)k);
    return s ? s : evx_draft_put(draft, line);
}

int evx_directory_run_root(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, evx_directory_root_options, EVX_DIRECTORY_ROOT_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    bool adds = o.argc == 3 && !strcmp(o.argv[0], "add"),
         removes = o.argc == 3 && !strcmp(o.argv[0], "remove");
    if (!adds && !removes)
        return evx_cli_fail(EVX_E_USAGE, "root", "add DRAFT root.pub, or remove DRAFT NAME, is wanted");
    struct evx_draft draft = {0};
    s = evx_draft_load(&draft, o.argv[1]);
    if (!s) s = adds ? add_root(&draft, o.argv[2]) : remove_root(&draft, o.argv[2]);
    if (!s) s = set_threshold(&draft, &o);
    int code = s ? evx_status_exit_code(s)
                 : evx_draft_save(o.argv[1], &draft, true, adds ? "root-add" : "root-remove", o.argv[2]);
    evx_draft_free(&draft);
    return code;
}

// The old inspection's line with another id, or closed.
static enum evx_status put_inspection(struct evx_draft *draft, const struct evx_dir_inspection *i,
                                      const char *id, bool open)
{
    char opens[EVX_TIME_TEXT], closes[EVX_TIME_TEXT];
    struct evx_buf line = {0};
    evx_time_text(opens, i->opens_ms);
    evx_time_text(closes, i->closes_ms);
    enum evx_status s = evx_buf_printf(&line, "inspection %s %s %s %s %s %s%c", id, i->framework,
                                       open ? "open" : "closed", opens, closes, i->name, 0);
    if (!s) s = evx_draft_put(draft, (const char *)line.p);
    evx_buf_free(&line);
    return s;
}

static enum evx_status copy_members(struct evx_draft *draft, const char *old, const char *id)
{
    char prefix[48];
    int n = snprintf(prefix, sizeof prefix, "member %s ", old);
    enum evx_status s = EVX_OK;
    size_t lines = draft->n;
    char **member = calloc(lines + 1, sizeof *member);
    if (!member) return EVX_E_MEMORY;
    size_t members = 0;
    for (size_t i = 0; i < lines && !s; i++) {
        if (strncmp(draft->line[i], prefix, (size_t)n) != 0) continue;
        if (asprintf(&member[members++], "member %s %s", id, draft->line[i] + n) < 0) s = EVX_E_MEMORY;
    }
    for (size_t i = 0; i < members; i++) {
        if (!s) s = evx_draft_put(draft, member[i]);
        free(member[i]);
    }
    free(member);
    return s;
}

static enum evx_status replace_inspection(struct evx_draft *draft, const char *old, const char *id)
{
    struct evx_inspection_id old_id, new_id;
    struct evx_directory *d = NULL;
    enum evx_status s = evx_draft_parse(&d, draft);
    const struct evx_dir_inspection *i =
        !s && evx_unhex(old_id.b, sizeof old_id.b, old) ? evx_directory_inspection(d, &old_id) : NULL;
    if (!s && (!i || !evx_unhex(new_id.b, sizeof new_id.b, id) || evx_directory_inspection(d, &new_id)))
        s = EVX_E_WRONG_INSPECTION;
    if (!s) s = put_inspection(draft, i, old, false);
    if (!s) s = put_inspection(draft, i, id, true);
    if (!s) s = copy_members(draft, old, id);
    if (s) evx_cli_error(s, old, "the old inspection must be listed and the new id must not");
    evx_directory_destroy(&d);
    return s;
}

int evx_directory_run_replace(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s =
        evx_cli_parse(&o, evx_directory_replace_options, EVX_DIRECTORY_REPLACE_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *given = evx_cli_value(&o, "id"), *reason = evx_cli_value(&o, "reason");
    if (o.argc != 2 || !reason)
        return evx_cli_fail(EVX_E_USAGE, "replace",
                            "a draft, the old inspection's id and --reason are wanted");
    uint8_t random[16];
    char id[33], details[128];
    evx_random(random, sizeof random);
    evx_hex(id, random, sizeof random);
    if (given) snprintf(id, sizeof id, "%s", given);
    struct evx_draft draft = {0};
    s = evx_draft_load(&draft, o.argv[0]);
    if (!s) s = replace_inspection(&draft, o.argv[1], id);
    snprintf(details, sizeof details, "%.32s by %s: %.40s", o.argv[1], id, reason);
    int code = s ? evx_status_exit_code(s) : evx_draft_save(o.argv[0], &draft, true, "replace", details);
    if (!code) printf("%s\n", id);
    evx_draft_free(&draft);
    return code;
}

static enum evx_status print_line(void *user, const char *line)
{
    (void)user;
    printf("%s\n", line);
    return EVX_OK;
}

int evx_directory_run_log(int argc, char **argv)
{
    struct evx_cli_options o;
    uint64_t lines = 0;
    char head[65], where[64];
    enum evx_status s = evx_cli_parse(&o, evx_directory_log_options, EVX_DIRECTORY_LOG_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (o.argc != 1) return evx_cli_fail(EVX_E_USAGE, "log", "one directory.ledger is wanted");
    const char *noted = evx_cli_value(&o, "head");
    s = evx_keepers_check(o.argv[0], &lines, head, o.json ? NULL : print_line, NULL);
    if (!s && noted && strcmp(noted, head) != 0) s = EVX_E_DIRECTORY_HISTORY;
    snprintf(where, sizeof where, "after line %llu", (unsigned long long)lines);
    if (s) return evx_cli_fail(s, s == EVX_E_DIRECTORY_HISTORY ? where : o.argv[0], NULL);
    if (o.json)
        printf("{\"schema\":\"evx.ledger/1\",\"lines\":%llu,\"head\":\"%s\"}\n", (unsigned long long)lines,
               head);
    else
        printf("good: %llu lines, head %s\n", (unsigned long long)lines, head);
    return 0;
}
