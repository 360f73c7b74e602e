// SPDX-License-Identifier: Apache-2.0
//
// What has to be submitted again when an inspection goes on under a new log: everything
// that no inspectorate acknowledged. A consignment is sealed for its inspection and the
// sender keeps no key to it, so it cannot be re-addressed: its source files are named.
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agency/front.h"
#include "agents/client/cli/json.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

struct submitted {
    char digest[65];
    uint64_t items, begun_ms;
    bool again;
};

struct carrying {
    struct submitted *file;
    size_t files;
    uint64_t open;  // consignments
    uint64_t loose; // of them, not out of a file
};

static bool read_number(uint64_t *out, const char **at)
{
    char *end;
    if (**at < '0' || **at > '9') return false;
    errno = 0;
    *out = strtoull(*at, &end, 10);
    *at = end;
    return errno == 0;
}

// "begin|done DIGEST ITEMS TIME"
static bool read_line(struct submitted *out, const char *line)
{
    size_t word = strcspn(line, " ");
    if (!(word == 5 && !strncmp(line, "begin", 5)) && !(word == 4 && !strncmp(line, "done", 4))) return false;
    const char *at = line + word;
    if (*at++ != ' ' || strspn(at, "0123456789abcdef") != 64 || at[64] != ' ') return false;
    memcpy(out->digest, at, 64);
    out->digest[64] = '\0';
    at += 65;
    return read_number(&out->items, &at) && *at++ == ' ' && read_number(&out->begun_ms, &at);
}

static enum evx_status read_files(struct carrying *c, const char *state)
{
    struct evx_buf text = {0};
    char *path = evx_path_join(state, "sent-files.txt");
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    if (!s && evx_path_exists(path)) s = evx_file_read(&text, path, 64u << 20);
    if (!s) s = evx_buf_append(&text, "", 1);
    size_t lines = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    if (!s && !(c->file = calloc(lines + 1, sizeof *c->file))) s = EVX_E_MEMORY;
    char *at = (char *)text.p;
    for (char *line; !s && at && (line = strsep(&at, "\n"));)
        if (c->files < lines && read_line(&c->file[c->files], line)) c->files++;
    evx_buf_free(&text);
    free(path);
    return s;
}

// A file's consignments are queued after its line and before the next one's.
static struct submitted *source_of(struct carrying *c, uint64_t queued_ms)
{
    struct submitted *found = NULL;
    for (size_t i = 0; i < c->files && c->file[i].begun_ms <= queued_ms; i++)
        found = &c->file[i];
    return found;
}

static enum evx_status look_at(void *user, const struct evx_outbox_row *r)
{
    struct carrying *c = user;
    bool safe =
        r->rung == EVX_RUNG_ACKNOWLEDGED || r->rung == EVX_RUNG_WITHDRAWN || r->rung == EVX_RUNG_ERASED;
    if (safe) return EVX_OK;
    struct submitted *file = source_of(c, r->queued_ms);
    c->open++;
    if (file)
        file->again = true;
    else
        c->loose++;
    return EVX_OK;
}

static void print_text(const struct carrying *c)
{
    printf("%" PRIu64 " consignments have no inspectorate's acknowledgement in this inspection\n", c->open);
    for (size_t i = 0; i < c->files; i++) {
        char when[EVX_TIME_TEXT];
        if (!c->file[i].again) continue;
        evx_time_text(when, (int64_t)c->file[i].begun_ms);
        printf("submit again: the file of %s, %" PRIu64 " items, BLAKE2b %s\n", when, c->file[i].items,
               c->file[i].digest);
    }
    if (c->loose)
        printf("%" PRIu64 " did not come out of a file (nil returns, corrections): state them again\n",
               c->loose);
    if (c->open) printf("under the configuration of the new inspection, with a state folder of its own\n");
}

static enum evx_status print_json(const struct carrying *c)
{
    json_t *o = evx_json_object("evx.carry-over/1"), *files = json_array();
    enum evx_status s = o && files ? EVX_OK : EVX_E_MEMORY;
    for (size_t i = 0; !s && i < c->files; i++)
        if (c->file[i].again)
            s = evx_json_add(files, json_pack("{s:s, s:I, s:o}", "digest", c->file[i].digest, "items",
                                              (json_int_t)c->file[i].items, "submitted",
                                              evx_json_time((int64_t)c->file[i].begun_ms)));
    if (!s) s = evx_json_set(o, "consignments", evx_json_number(c->open));
    if (!s) s = evx_json_set(o, "without_file", evx_json_number(c->loose));
    if (!s) s = evx_json_set(o, "files", json_incref(files));
    if (!s) s = evx_json_print(stdout, json_incref(o));
    json_decref(files);
    json_decref(o);
    return s;
}

int evx_agency_carry_over(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_agent *agent = NULL;
    struct carrying c = {0};
    enum evx_status s = evx_cli_parse(&o, NULL, 0, argc, argv);
    if (!s) s = evx_cli_agent_open_reader(&agent, &config, &o);
    if (s) return evx_status_exit_code(s);
    s = read_files(&c, config.state);
    if (!s) s = evx_agent_status(agent, look_at, &c);
    if (!s && o.json) s = print_json(&c);
    if (!s && !o.json) print_text(&c);
    free(c.file);
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return s ? evx_cli_fail(s, "carry-over", NULL) : 0;
}
