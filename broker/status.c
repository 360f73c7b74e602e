// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/broker.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define METRICS_BYTES (4u << 20)
#define STALE_SECONDS 15

// Calls visit with name (without prefix, labels kept) and value of every sample line.
static void each_sample(char *text, void (*visit)(void *user, const char *name, const char *value),
                        void *user)
{
    static const char prefix[] = "evx_broker_";
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        char *space = strrchr(line, ' ');
        if (strncmp(line, prefix, sizeof prefix - 1) || !space) continue;
        *space = 0;
        visit(user, line + sizeof prefix - 1, space + 1);
    }
}

static void print_row(void *user, const char *name, const char *value)
{
    (void)user;
    if (strstr(name, "_bucket")) return;
    printf("%-72s %s\n", name, value);
}

static void print_json(void *user, const char *name, const char *value)
{
    bool *first = user;
    if (strstr(name, "_bucket")) return;
    printf("%s\"", *first ? "" : ",");
    *first = false;
    for (const char *c = name; *c; c++)
        printf("%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
    printf("\":%s", value);
}

static bool is_stale(const char *text)
{
    const char *line = strstr(text, "\nevx_broker_written_seconds ");
    double written = line ? strtod(line + strlen("\nevx_broker_written_seconds "), NULL) : 0;
    return (double)evx_clock_wall_ms() / 1e3 - written > STALE_SECONDS;
}

enum evx_status evx_broker_status(const struct evx_broker_config *config, bool json)
{
    struct evx_buf text = {0};
    if (!evx_path_exists(config->metrics)) return EVX_E_NOT_FOUND;
    enum evx_status s = evx_file_read(&text, config->metrics, METRICS_BYTES);
    if (!s) s = evx_buf_append(&text, "", 1);
    bool first = true;
    bool running = !s && !is_stale((const char *)text.p);
    if (!s && json) {
        printf("{\"schema\":\"evx.broker-status/1\",\"running\":%s,\"samples\":{",
               running ? "true" : "false");
        each_sample((char *)text.p, print_json, &first);
        printf("}}\n");
    } else if (!s) {
        printf("%s\n", running ? "running" : "not running: these are the last numbers it wrote");
        each_sample((char *)text.p, print_row, NULL);
    }
    evx_buf_free(&text);
    return s ? s : running ? EVX_OK : EVX_E_TIMEOUT;
}
