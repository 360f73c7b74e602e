// SPDX-License-Identifier: Apache-2.0
//
// `evx verify`: the command line around agents/evx/verify/.
#include "agents/evx/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "agents/evx/verbs.h"

const struct evx_cli_option evx_verify_options[] = {
    {"directory", "FILE", "a signed directory to believe; once for each version"},
    {"pin", "HEX", "SHA-256 of a directory's text, as its keepers read it out"},
    {"roots", "FILE", "the keepers' keys: 'threshold K', then a verifier key a line"},
    {"policy", "FILE", "log and witness keys and their quorum (c2sp.org/tlog-policy)"},
    {"entry", "FILE", "the raw log entry that a receipt proves (default: FILE.entry)"},
};
const size_t evx_verify_options_n = sizeof evx_verify_options / sizeof evx_verify_options[0];

static void take_given(struct evx_verify_given *given, const char **directory,
                       const struct evx_cli_options *o)
{
    const char *value;
    for (size_t from = 0; (value = evx_cli_next_value(o, "directory", &from));)
        directory[given->directories++] = value;
    given->directory = directory;
    given->pin = evx_cli_value(o, "pin");
    given->roots = evx_cli_value(o, "roots");
    given->policy = evx_cli_value(o, "policy");
    given->entry = evx_cli_value(o, "entry");
}

// Every file is looked at, whatever the others are. *n counts the reports.
static enum evx_status verify_all(struct evx_report *r, size_t *n, struct evx_checker *c,
                                  const struct evx_cli_options *o)
{
    enum evx_status s = EVX_OK;
    for (int i = 0; i < o->argc && !s; i++, ++*n) {
        s = evx_report_open(&r[*n], o->argv[i]);
        if (!s) EVX_IGNORE(evx_verify_path(c, &r[*n]), "the report keeps it");
    }
    if (s || o->argc < 2) return s;
    s = evx_report_open(&r[*n], "all of these together");
    if (s) return s;
    if (evx_verify_across(c, &r[*n]))
        ++*n;
    else
        evx_report_close(&r[*n]);
    return EVX_OK;
}

static enum evx_status show(const struct evx_report *r, size_t n, bool json)
{
    struct evx_buf out = {0};
    enum evx_status s = json ? evx_report_json(&out, r, n) : evx_report_print(&out, r, n);
    if (!s && (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout))) s = EVX_E_IO;
    evx_buf_free(&out);
    return s;
}

static int run(struct evx_checker *c, const struct evx_cli_options *o)
{
    size_t n = 0;
    struct evx_report *r = calloc((size_t)o->argc + 1, sizeof *r);
    enum evx_status s = r ? verify_all(r, &n, c, o) : EVX_E_MEMORY;
    if (!s) s = show(r, n, o->json);
    enum evx_status worst = r ? evx_report_worst(r, n) : EVX_OK;
    for (size_t i = 0; i < n; i++)
        evx_report_close(&r[i]);
    free(r);
    if (s) return evx_cli_fail(s, NULL, NULL);
    return worst ? 65 : 0;
}

int evx_verb_verify(int argc, char **argv)
{
    struct evx_cli_options o;
    struct evx_verify_given given = {0};
    const char *directory[EVX_CLI_VALUES];
    struct evx_checker *c = NULL;
    enum evx_status s = evx_cli_parse(&o, evx_verify_options, evx_verify_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (o.argc == 0) return evx_cli_fail(EVX_E_USAGE, "verify", "the files or folders to verify are wanted");
    take_given(&given, directory, &o);
    s = evx_checker_new(&c, &given);
    if (s)
        return evx_cli_fail(s, "verify", "what was given to believe (--directory, --pin, --roots, --policy)");
    int code = run(c, &o);
    evx_checker_destroy(&c);
    return code;
}
