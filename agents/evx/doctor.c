// SPDX-License-Identifier: Apache-2.0
//
// Everything that is usually wrong, checked one by one; each failing line carries its fix.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/client/cli/json.h"
#include "agents/evx/verbs.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_doctor_options[] = {
    {"sample-config", NULL, "print a complete sample configuration and stop"},
    {"offline", NULL, "do not try to reach the broker"},
};
const size_t evx_doctor_options_n = 2;

enum mark { GOOD, WARNING, BAD };

struct visit {
    struct evx_cli_options *o;
    json_t *checks;
    enum evx_status worst;
};

static void say(struct visit *v, enum mark mark, const char *check, enum evx_status s, const char *detail)
{
    static const char *const words[] = {"ok", "warn", "FAIL"};
    const struct evx_error_info *e = evx_error_info(s);
    if (mark == BAD && !v->worst) v->worst = s;
    if (v->checks) {
        json_array_append_new(v->checks,
                              json_pack("{s:s, s:s, s:s, s:s, s:s}", "check", check, "result", words[mark],
                                        "code", e->code, "detail", detail, "remedy", e->remedy));
        return;
    }
    printf("%-4s  %-10s %s\n", words[mark], check, detail);
    if (mark != GOOD && *e->remedy) printf("      %-10s fix: %s (%s)\n", "", e->remedy, e->code);
}

static enum evx_status check_config(struct visit *v, struct evx_agent_config *config)
{
    struct evx_buf explain = {0};
    enum evx_status s = evx_agent_config_load(config, v->o->config, &explain);
    char detail[600];
    snprintf(detail, sizeof detail, "%s %.*s", v->o->config, (int)explain.n,
             explain.p ? (const char *)explain.p : "");
    say(v, s ? BAD : GOOD, "config", s, detail);
    evx_buf_free(&explain);
    return s;
}

static void check_key(struct visit *v, const char *folder, const char *name)
{
    struct stat st;
    char *path = evx_path_join(folder, name);
    if (!path) return;
    if (stat(path, &st))
        say(v, BAD, "keys", EVX_E_KEY_FILE, path);
    else
        say(v, st.st_mode & 077 ? BAD : GOOD, "keys", st.st_mode & 077 ? EVX_E_KEY_PERMISSIONS : EVX_OK,
            path);
    free(path);
}

static void check_directory(struct visit *v, const struct evx_agent_config *config)
{
    struct evx_buf note = {0};
    struct evx_directory *d = NULL;
    unsigned line = 0;
    enum evx_status s = evx_file_read(&note, config->directory, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, &line);
    char detail[600], until[EVX_TIME_TEXT];
    snprintf(detail, sizeof detail, "%s%s", config->directory, line ? " (see evx directory verify)" : "");
    if (!s) {
        int64_t left = evx_directory_expires_ms(d) - (int64_t)evx_clock_wall_ms();
        int64_t soon = (int64_t)config->directory_warning_ms;
        evx_time_text(until, evx_directory_expires_ms(d));
        snprintf(detail, sizeof detail, "version %llu, expires %s",
                 (unsigned long long)evx_directory_version(d), until);
        if (left <= 0) s = EVX_E_DIRECTORY_EXPIRED;
        say(v,
            left <= 0     ? BAD
            : left < soon ? WARNING
                          : GOOD,
            "directory", left < soon ? EVX_E_DIRECTORY_EXPIRED : EVX_OK, detail);
    } else {
        say(v, BAD, "directory", s, detail);
    }
    evx_directory_destroy(&d);
    evx_buf_free(&note);
}

static void check_clock(struct visit *v)
{
    char now[EVX_TIME_TEXT];
    int64_t ms = (int64_t)evx_clock_wall_ms();
    evx_time_text(now, ms);
    bool plausible = ms > 1735689600000ll; // 2025: no program of this project ran before
    say(v, plausible ? GOOD : BAD, "clock", plausible ? EVX_OK : EVX_E_CLOCK, now);
}

static void check_disk(struct visit *v, const char *folder)
{
    uint64_t free_bytes = 0;
    enum evx_status s = evx_dir_make(folder);
    if (!s) s = evx_dir_free_bytes(&free_bytes, folder);
    if (!s && free_bytes < 64ull << 20) s = EVX_E_DISK_FULL;
    char detail[600];
    snprintf(detail, sizeof detail, "%s: %llu MiB free", folder, (unsigned long long)(free_bytes >> 20));
    say(v, s ? BAD : GOOD, "disk", s, detail);
}

static void check_swap(struct visit *v)
{
    FILE *f = fopen("/proc/swaps", "re");
    char line[256];
    unsigned lines = 0;
    while (f && fgets(line, sizeof line, f))
        lines++;
    if (f) fclose(f);
    say(v, lines > 1 ? WARNING : GOOD, "swap", EVX_OK,
        lines > 1 ? "swap is on: fix: encrypt it or turn it off, memory of programs may be written there"
                  : "no swap is in use");
}

static void check_broker(struct visit *v, const struct evx_agent_config *config)
{
    struct evx_agent *a = NULL;
    struct evx_buf explain = {0};
    struct evx_passphrase ask = evx_cli_passphrase(v->o);
    enum evx_status s = evx_agent_open(&a, config, &ask, &explain);
    char detail[600];
    snprintf(detail, sizeof detail, "%.*s", (int)explain.n, explain.p ? (const char *)explain.p : "");
    if (s) {
        say(v, BAD, "agent", s, detail);
    } else {
        s = evx_agent_run(a, evx_agent_greeted, NULL, 5000);
        say(v, s ? BAD : GOOD, "broker", s, config->broker);
    }
    evx_agent_close(&a);
    evx_buf_free(&explain);
}

static int print_sample(void)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_agent_config_sample(&text);
    if (!s && fwrite(text.p, 1, text.n, stdout) != text.n) s = EVX_E_IO;
    evx_buf_free(&text);
    return s ? evx_cli_fail(s, NULL, NULL) : 0;
}

static void check_all(struct visit *v)
{
    struct evx_agent_config config;
    check_clock(v);
    check_swap(v);
    if (check_config(v, &config)) return;
    check_key(v, config.keys, "sig.key");
    check_key(v, config.keys, "trn.key");
    check_directory(v, &config);
    check_disk(v, config.state);
    if (!v->worst && !evx_cli_has(v->o, "offline")) check_broker(v, &config);
    evx_agent_config_free(&config);
}

int evx_verb_doctor(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, evx_doctor_options, evx_doctor_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (evx_cli_has(&o, "sample-config")) return print_sample();
    struct visit v = {.o = &o, .checks = o.json ? json_array() : NULL};
    check_all(&v);
    if (!o.json) return evx_status_exit_code(v.worst);
    json_t *out = evx_json_object("evx.doctor/1");
    s = out ? evx_json_set(out, "checks", v.checks) : EVX_E_MEMORY;
    if (!s) s = evx_json_print(stdout, out);
    return s ? evx_cli_fail(s, NULL, NULL) : evx_status_exit_code(v.worst);
}
