// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/client/inbox.h"
#include "agents/collector/agent_store.h"
#include "agents/collector/commands.h"
#include "agents/collector/export.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_collector_export_options[EVX_COLLECTOR_EXPORT_OPTIONS] = {
    {"statements", NULL, "also the statements about the exchange, each with its key; this is recorded"},
    {"purpose", "PURPOSE", "with --statements: what for"},
    {"for", "WHOM", "with --statements: on whose behalf"},
    {"person", "NAME", "who exports (default: the login)"},
};

struct exporting {
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_agent *agent;
    struct evx_store *store;
    struct evx_audit *audit;
    char *folder;
    struct evx_export x;
};

static enum evx_status open_store(struct exporting *e)
{
    e->folder = e->config.store ? strdup(e->config.store) : evx_store_folder(e->config.state);
    enum evx_status s = e->folder ? evx_agent_store_open(&e->store, e->agent, e->folder, true) : EVX_E_MEMORY;
    if (!s && evx_cli_has(&e->o, "statements"))
        s = evx_audit_open(&e->audit, e->folder, evx_store_master(e->store));
    if (s) evx_cli_error(s, e->folder, NULL);
    return s;
}

static enum evx_status run(struct exporting *e)
{
    const char *person = evx_cli_value(&e->o, "person");
    e->x = (struct evx_export){.store = e->store,
                               .agent = e->agent,
                               .folder = e->o.argv[0],
                               .audit = e->audit,
                               .person = person ? person : evx_cli_login(),
                               .on_behalf_of = evx_cli_value(&e->o, "for"),
                               .purpose = evx_cli_value(&e->o, "purpose")};
    enum evx_status s = evx_export_log(&e->x);
    if (!s) s = evx_export_directories(&e->x);
    if (!s && e->audit) s = evx_export_statements(&e->x);
    if (s) evx_cli_error(s, e->o.argv[0], NULL);
    return s;
}

static enum evx_status report(const struct exporting *e)
{
    const struct evx_export *x = &e->x;
    if (!e->o.json) {
        printf("%s: the log %s with %" PRIu64 " entries, %" PRIu64 " directory versions, %" PRIu64
               " statements; no content\nWhoever gets it checks it with: evx verify %s\n",
               x->folder, x->checkpoint.origin, x->checkpoint.size, x->directories, x->statements, x->folder);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.collector-export/1");
    enum evx_status s = evx_json_set(j, "folder", evx_json_text(x->folder));
    if (!s) s = evx_json_set(j, "origin", evx_json_text(x->checkpoint.origin));
    if (!s) s = evx_json_set(j, "size", evx_json_number(x->checkpoint.size));
    if (!s) s = evx_json_set(j, "root", evx_json_hex(x->checkpoint.root.b, 32));
    if (!s) s = evx_json_set(j, "directories", evx_json_number(x->directories));
    if (!s) s = evx_json_set(j, "statements", evx_json_number(x->statements));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

static void finish(struct exporting *e)
{
    evx_export_free(&e->x);
    evx_audit_close(&e->audit);
    evx_store_close(&e->store);
    evx_agent_close(&e->agent);
    evx_agent_config_free(&e->config);
    free(e->folder);
}

int evx_collector_cmd_export(int argc, char **argv)
{
    struct exporting e = {0};
    enum evx_status s =
        evx_cli_parse(&e.o, evx_collector_export_options, EVX_COLLECTOR_EXPORT_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    bool statements = evx_cli_has(&e.o, "statements");
    if (e.o.argc != 1 || (statements && (!evx_cli_value(&e.o, "purpose") || !evx_cli_value(&e.o, "for"))))
        return evx_cli_fail(EVX_E_USAGE, "export",
                            "one folder is wanted; with --statements also --purpose PURPOSE and --for WHOM");
    s = evx_cli_agent_open_unlocked(&e.agent, &e.config, &e.o);
    if (!s) s = open_store(&e);
    if (!s) s = run(&e);
    if (!s) s = report(&e);
    finish(&e);
    return evx_status_exit_code(s);
}
