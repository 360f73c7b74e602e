// SPDX-License-Identifier: Apache-2.0
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/broker.h"

static const char usage[] = "usage: evx-broker run        [--config FILE] [--passphrase-fd N]\n"
                            "       evx-broker status     [--config FILE] [--json]\n"
                            "       evx-broker fsck       [--config FILE] [--deep]\n"
                            "       evx-broker export-log [--config FILE] --inspection ID DIR\n"
                            "       evx-broker retention  [--config FILE] --inspection ID --before INDEX\n"
                            "       evx-broker sample-config\n"
                            "The configuration is /etc/evx/broker.yaml unless --config names another.\n";

struct arguments {
    const char *command, *config, *inspection, *before, *folder;
    int passphrase_fd;
    bool json, deep, help;
};

static bool parse(struct arguments *a, int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"passphrase-fd", required_argument, NULL, 'p'},
                                            {"inspection", required_argument, NULL, 'i'},
                                            {"before", required_argument, NULL, 'b'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"deep", no_argument, NULL, 'd'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"version", no_argument, NULL, 'v'},
                                            {NULL, 0, NULL, 0}};
    *a = (struct arguments){.config = "/etc/evx/broker.yaml", .passphrase_fd = -1};
    for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) >= 0;) {
        switch (c) {
        case 'c': a->config = optarg; break;
        case 'p': a->passphrase_fd = (int)strtol(optarg, NULL, 10); break;
        case 'i': a->inspection = optarg; break;
        case 'b': a->before = optarg; break;
        case 'j': a->json = true; break;
        case 'd': a->deep = true; break;
        case 'h': a->help = true; return true;
        case 'v': a->command = "version"; return true;
        default: return false;
        }
    }
    a->command = optind < argc ? argv[optind++] : NULL;
    a->folder = optind < argc ? argv[optind++] : NULL;
    return a->command && optind == argc;
}

// One line from the descriptor; the key files may be opened with it.
static enum evx_status read_passphrase(void *user, const char *what, char *out, size_t cap, size_t *n)
{
    (void)what;
    int fd = *(const int *)user;
    *n = 0;
    ssize_t got = fd < 0 ? -1 : pread(fd, out, cap, 0);
    if (got < 0 && fd >= 0) got = read(fd, out, cap);
    if (got <= 0) return EVX_E_KEY_PASSPHRASE;
    while (*n < (size_t)got && out[*n] != '\n')
        ++*n;
    return EVX_OK;
}

static enum evx_status run_command(const struct arguments *a, const struct evx_broker_config *config)
{
    int fd = a->passphrase_fd;
    const struct evx_passphrase ask = {.ask = read_passphrase, .user = &fd};
    if (!strcmp(a->command, "run")) return evx_broker_run(config, fd < 0 ? NULL : &ask);
    if (!strcmp(a->command, "status")) return evx_broker_status(config, a->json);
    if (!strcmp(a->command, "fsck")) return evx_broker_fsck(config, a->deep);
    if (!strcmp(a->command, "export-log") && a->inspection && a->folder)
        return evx_broker_export_log(config, a->inspection, a->folder);
    if (!strcmp(a->command, "retention")) return evx_broker_retention(config, a->inspection, a->before);
    return EVX_E_USAGE;
}

static int finish(enum evx_status s, const struct evx_buf *explain)
{
    if (!s) return 0;
    const struct evx_error_info *e = evx_error_info(s);
    fprintf(stderr, "evx-broker: %s: %s\n", e->code, e->what);
    if (explain->n) fprintf(stderr, "  %.*s\n", (int)explain->n, (const char *)explain->p);
    fprintf(stderr, "  %s\n", e->remedy);
    if (s == EVX_E_USAGE) fputs(usage, stderr);
    return evx_status_exit_code(s);
}

int main(int argc, char **argv)
{
    struct arguments a;
    struct evx_broker_config config = {0};
    struct evx_buf explain = {0};
    enum evx_status s = parse(&a, argc, argv) ? evx_crypto_init() : EVX_E_USAGE;
    if (!s && a.help) return fputs(usage, stdout) < 0;
    if (!s && !strcmp(a.command, "version")) return puts("evx-broker " EVX_VERSION) < 0;
    if (!s && !strcmp(a.command, "sample-config")) {
        s = evx_broker_config_sample(&explain);
        return s ? 1 : fwrite(explain.p, 1, explain.n, stdout) != explain.n;
    }
    if (!s) s = evx_broker_config_load(&config, a.config, &explain);
    if (!s) s = run_command(&a, &config);
    int code = finish(s, &explain);
    evx_broker_config_free(&config);
    evx_buf_free(&explain);
    return code;
}
