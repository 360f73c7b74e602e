// SPDX-License-Identifier: Apache-2.0
#include <signal.h>
#include <stddef.h>

#include "agents/client/cli/cli.h"
#include "agents/client/inbox.h"

static enum evx_status finish(enum evx_status s, struct evx_buf *explain, const char *where)
{
    if (s) {
        bool said = explain->n && !evx_buf_append(explain, "", 1);
        evx_cli_error(s, where, said ? (const char *)explain->p : NULL);
    }
    evx_buf_free(explain);
    return s;
}

enum evx_status evx_cli_agent_open(struct evx_agent **out, struct evx_agent_config *config,
                                   struct evx_cli_options *o)
{
    *out = NULL;
    struct evx_buf explain = {0};
    enum evx_status s = evx_agent_config_load(config, o->config, &explain);
    if (s) return finish(s, &explain, o->config);
    struct evx_passphrase ask = evx_cli_passphrase(o);
    s = evx_agent_open(out, config, &ask, &explain);
    if (s) evx_agent_config_free(config);
    return finish(s, &explain, o->config);
}

enum evx_status evx_cli_agent_open_reader(struct evx_agent **out, struct evx_agent_config *config,
                                          struct evx_cli_options *o)
{
    *out = NULL;
    struct evx_buf explain = {0};
    enum evx_status s = evx_agent_config_load(config, o->config, &explain);
    if (s) return finish(s, &explain, o->config);
    s = evx_agent_open_reader(out, config, &explain);
    if (s) evx_agent_config_free(config);
    return finish(s, &explain, o->config);
}

enum evx_status evx_cli_agent_open_unlocked(struct evx_agent **out, struct evx_agent_config *config,
                                            struct evx_cli_options *o)
{
    struct evx_passphrase ask = evx_cli_passphrase(o);
    struct evx_buf explain = {0};
    enum evx_status s = evx_cli_agent_open_reader(out, config, o);
    if (s) return s;
    s = finish(evx_agent_unlock(*out, config, &ask, &explain), &explain, config->keys);
    if (!s) return EVX_OK;
    evx_agent_close(out);
    evx_agent_config_free(config);
    return s;
}

static struct evx_agent *volatile stopped_by_signal;
static volatile sig_atomic_t signalled;
static struct sigaction before[2];

static void on_signal(int number)
{
    (void)number;
    signalled = 1;
    if (stopped_by_signal) evx_agent_stop(stopped_by_signal);
}

void evx_cli_stop_on_signal(struct evx_agent *a)
{
    static const int number[2] = {SIGINT, SIGTERM};
    struct sigaction act = {.sa_handler = on_signal};
    sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < 2; i++) {
        if (a && !stopped_by_signal)
            sigaction(number[i], &act, &before[i]);
        else if (!a && stopped_by_signal)
            sigaction(number[i], &before[i], NULL);
    }
    stopped_by_signal = a;
}

bool evx_cli_stopped(void) { return signalled; }
