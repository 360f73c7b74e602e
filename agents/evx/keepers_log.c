// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/keepers_log.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/merkle.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/limits.h"

#define FIRST_WORD "evx.ledger/v1"
#define CHAIN_WORD 7

static void chain_hash(char out[65], const char *before, const char *line)
{
    struct evx_buf b = {0};
    struct evx_digest d = {{0}};
    if (!evx_buf_append_text(&b, before) && !evx_buf_append_text(&b, line)) evx_sha256(&d, evx_buf_bytes(&b));
    evx_buf_free(&b);
    evx_hex(out, d.b, sizeof d.b);
}

// Cuts the CHAIN word out of a line; false when there is none.
static bool cut_chain(char chain[65], char *line)
{
    char *at = line;
    for (int i = 0; i < CHAIN_WORD; i++) {
        at = strchr(at, ' ');
        if (!at) return false;
        at++;
    }
    char *end = strchr(at, ' ');
    if (!end || end - at != 64) return false;
    memcpy(chain, at, 64);
    chain[64] = '\0';
    memmove(at, end + 1, strlen(end + 1) + 1);
    return true;
}

static bool numbered(const char *line, uint64_t n)
{
    char head[64];
    snprintf(head, sizeof head, FIRST_WORD " %llu ", (unsigned long long)n);
    return !strncmp(line, head, strlen(head));
}

static enum evx_status check_line(char *line, uint64_t n, char head[65])
{
    char chain[65], expected[65];
    if (!numbered(line, n) || !cut_chain(chain, line)) return EVX_E_DIRECTORY_HISTORY;
    chain_hash(expected, head, line);
    if (strcmp(chain, expected) != 0) return EVX_E_DIRECTORY_HISTORY;
    memcpy(head, chain, 65);
    return EVX_OK;
}

enum evx_status evx_keepers_check(const char *path, uint64_t *lines, char head[65], evx_keepers_visit visit,
                                  void *user)
{
    struct evx_buf file = {0};
    char last[65] = "";
    *lines = 0;
    enum evx_status s =
        evx_path_exists(path) ? evx_file_read(&file, path, EVX_LIMIT_LEDGER_BYTES) : EVX_E_NOT_FOUND;
    if (!s && file.n && file.p[file.n - 1] != '\n') s = EVX_E_DIRECTORY_HISTORY;
    if (!s) s = evx_buf_append(&file, "", 1);
    char *at = (char *)file.p;
    for (char *line; !s && (line = strsep(&at, "\n")) && *line;) {
        char *copy = strdup(line);
        s = copy ? check_line(line, *lines + 1, last) : EVX_E_MEMORY;
        if (!s && visit) s = visit(user, copy);
        *lines += !s;
        free(copy);
    }
    if (head) memcpy(head, last, sizeof last);
    evx_buf_free(&file);
    return s;
}

static char *ledger_of(const char *about)
{
    char *folder = strdup(about);
    if (!folder) return NULL;
    char *slash = strrchr(folder, '/');
    if (slash) *slash = '\0';
    char *path = evx_path_join(slash ? (*folder ? folder : "/") : ".", "directory.ledger");
    free(folder);
    return path;
}

static const char *who(char *out, size_t n)
{
    const struct passwd *p = getpwuid(getuid());
    snprintf(out, n, "%s", p ? p->pw_name : "");
    for (char *c = out; *c; c++)
        if (*c <= ' ') *c = '_';
    if (!*out) snprintf(out, n, "uid-%u", (unsigned)getuid());
    return out;
}

static enum evx_status hash_file(char hex[65], const char *path)
{
    struct evx_buf file = {0};
    struct evx_digest d;
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) evx_sha256(&d, evx_buf_bytes(&file));
    if (!s) evx_hex(hex, d.b, sizeof d.b);
    evx_buf_free(&file);
    return s;
}

// The line in two parts: what stands before its chain, and its details.
static enum evx_status write_line(struct evx_buf *out, const struct evx_keepers_entry *e, uint64_t n,
                                  const char *head, int64_t now_ms)
{
    char time[EVX_TIME_TEXT], person[64], hash[65], chain[65], start[512];
    struct evx_buf plain = {0};
    evx_time_text(time, now_ms);
    enum evx_status s = hash_file(hash, e->about);
    if (s) return s;
    snprintf(start, sizeof start, FIRST_WORD " %llu %s %s %s %llu %s ", (unsigned long long)n, time,
             who(person, sizeof person), e->action, (unsigned long long)e->version, hash);
    s = evx_buf_printf(&plain, "%s%s%c", start, e->details, 0);
    for (size_t i = 0; !s && i + 1 < plain.n; i++)
        if (plain.p[i] == '\n') plain.p[i] = ' ';
    if (!s) chain_hash(chain, head, (const char *)plain.p);
    if (!s) s = evx_buf_printf(out, "%s%s %s\n", start, chain, (const char *)plain.p + strlen(start));
    evx_buf_free(&plain);
    return s;
}

enum evx_status evx_keepers_append(const struct evx_keepers_entry *e, int64_t now_ms)
{
    struct evx_buf file = {0};
    char head[65] = "";
    uint64_t lines = 0;
    char *path = ledger_of(e->about);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_keepers_check(path, &lines, head, NULL, NULL);
    if (!s) s = evx_file_read(&file, path, EVX_LIMIT_LEDGER_BYTES);
    if (s == EVX_E_NOT_FOUND) s = EVX_OK; // the first line
    if (!s) s = write_line(&file, e, lines + 1, head, now_ms);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&file), 0644);
    evx_buf_free(&file);
    free(path);
    return s;
}
