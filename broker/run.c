// SPDX-License-Identifier: Apache-2.0
#include "broker/broker.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "broker/directories.h"
#include "broker/net/service.h"
#include "broker/retention.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "proto/base/log.h"

struct broker {
    const struct evx_broker_config *config;
    int lock;
    struct evx_directories directories;
    struct evx_sign_secret *sign, *log;
    struct evx_sign_public sign_public, log_public;
    struct evx_box_secret *transport;
    struct evx_box_public transport_public;
};

// The newest epoch that the directory lists: agents expect that one.
static char *current_key(const struct broker *b, enum evx_key_use use)
{
    const struct evx_directory *d = b->directories.newest;
    const char *org = "";
    for (size_t i = 0; i < evx_directory_orgs(d); i++) {
        const struct evx_dir_org *o = evx_directory_org_at(d, i);
        if (o->role == EVX_ROLE_BROKER && o->active) org = o->id;
    }
    return evx_keyfile_current(b->config->keys, use, d, org, (int64_t)evx_clock_wall_ms());
}

static enum evx_status load_key(struct evx_sign_secret **out, struct evx_sign_public *public_out,
                                const struct broker *b, const char *name, enum evx_key_use use,
                                const struct evx_passphrase *ask)
{
    char *path = current_key(b, use);
    enum evx_status s = path ? evx_keyfile_load_sign(out, public_out, path, use, ask) : EVX_E_MEMORY;
    if (s)
        evx_log(EVX_LOG_ERROR, "KEYS", "key=%s code=%s remedy=\"%s\"", name, evx_error_info(s)->code,
                evx_error_info(s)->remedy);
    free(path);
    return s;
}

static enum evx_status load_keys(struct broker *b, const struct evx_passphrase *ask)
{
    enum evx_status s = load_key(&b->sign, &b->sign_public, b, "sig.key", EVX_KEY_SIG, ask);
    if (!s) s = load_key(&b->log, &b->log_public, b, "log.key", EVX_KEY_LOG, ask);
    char *path = s ? NULL : current_key(b, EVX_KEY_TRN);
    if (path) s = evx_keyfile_load_box(&b->transport, &b->transport_public, path, EVX_KEY_TRN, ask);
    if (path && s) evx_log(EVX_LOG_ERROR, "KEYS", "key=trn.key code=%s", evx_error_info(s)->code);
    free(path);
    return s;
}

// Agents take the broker's keys from the directory; with others it could
// neither be reached nor believed.
static enum evx_status check_key(const struct broker *b, enum evx_key_use use, const uint8_t *public_key,
                                 const char *name)
{
    struct evx_fingerprint f;
    evx_fingerprint_of(&f, use, public_key);
    const struct evx_dir_key *key = evx_directory_key(b->directories.newest, &f);
    const struct evx_dir_org *org = key ? evx_directory_org(b->directories.newest, key->org) : NULL;
    if (org && key->use == use && org->role == EVX_ROLE_BROKER) return EVX_OK;
    evx_log(EVX_LOG_ERROR, "KEYS", "key=%s code=%s the directory does not name it as the broker's", name,
            evx_error_info(EVX_E_UNKNOWN_KEY)->code);
    return EVX_E_UNKNOWN_KEY;
}

static enum evx_status check_keys(const struct broker *b)
{
    enum evx_status s = check_key(b, EVX_KEY_SIG, b->sign_public.b, "sig.key");
    if (!s) s = check_key(b, EVX_KEY_LOG, b->log_public.b, "log.key");
    return s ? s : check_key(b, EVX_KEY_TRN, b->transport_public.b, "trn.key");
}

static enum evx_status load_directory(struct broker *b)
{
    struct evx_digest pin;
    const char *text = b->config->pin;
    if (text && !evx_unhex(pin.b, sizeof pin.b, text)) {
        evx_log(EVX_LOG_ERROR, "CONFIG", "key=pin must be 64 hex characters");
        return EVX_E_CONFIG;
    }
    unsigned line = 0;
    enum evx_status s = evx_directories_open(&b->directories, b->config->directory, b->config->state,
                                             text ? &pin : NULL, &line);
    if (s)
        evx_log(EVX_LOG_ERROR, "DIR-REFUSED", "code=%s line=%u what=\"%s\" remedy=\"%s\"",
                evx_error_info(s)->code, line, evx_error_info(s)->what, evx_error_info(s)->remedy);
    return s;
}

static enum evx_status prepare_folders(struct broker *b)
{
    enum evx_status s = evx_dir_make(b->config->state);
    if (!s) s = evx_dir_make(b->config->signer_state);
    char *path = s ? NULL : evx_path_join(b->config->state, "lock");
    if (path) s = evx_file_lock(&b->lock, path);
    free(path);
    if (s)
        evx_log(EVX_LOG_ERROR, "STATE", "folder=%s code=%s what=\"%s\" remedy=\"%s\"", b->config->state,
                evx_error_info(s)->code, evx_error_info(s)->what, evx_error_info(s)->remedy);
    return s;
}

static void set_log_level(const char *name)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (size_t i = 0; i < 4; i++)
        if (!strcmp(name, names[i])) evx_log_set_level((enum evx_log_level)i);
}

// Each connection is a descriptor; the cap must not be the system's.
static size_t raise_descriptor_limit(size_t wanted)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r)) return wanted;
    r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
    size_t spare = r.rlim_cur > 128 ? (size_t)r.rlim_cur - 128 : 1;
    return wanted < spare ? wanted : spare;
}

static int mask_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static uint64_t reserve_bytes(const struct evx_broker_config *c)
{
    if (c->reserve_kib) return c->reserve_kib * 1024;
    uint64_t total = 0;
    if (evx_service_disk_bytes(&total, c->state)) total = 0;
    uint64_t fraction = total / 50, least = 64u << 20;
    return fraction > least ? fraction : least;
}

static enum evx_status serve(struct broker *b, int signals, size_t connections)
{
    struct evx_service service = {.state = b->config->state,
                                  .signer_state = b->config->signer_state,
                                  .listen = b->config->listen,
                                  .directory_file = b->config->directory,
                                  .metrics = b->config->metrics,
                                  .max_connections = connections,
                                  .reserve_bytes = reserve_bytes(b->config),
                                  .fold_bytes = b->config->fold_kib * 1024,
                                  .directories = &b->directories,
                                  .sign = b->sign,
                                  .sign_public = b->sign_public,
                                  .log = b->log,
                                  .log_public = b->log_public,
                                  .transport = b->transport,
                                  .signals = signals};
    return evx_service_run(&service);
}

static enum evx_status drop_old(const struct broker *b)
{
    uint64_t dropped = 0;
    if (!b->config->keep_bodies) return EVX_OK;
    enum evx_status s =
        evx_retention_apply(b->config->state, b->config->keep_bodies, evx_clock_wall_ms(), &dropped);
    evx_log(s ? EVX_LOG_ERROR : EVX_LOG_INFO, "RETENTION", "dropped=%llu code=%s",
            (unsigned long long)dropped, evx_error_info(s)->code);
    return s;
}

enum evx_status evx_broker_run(const struct evx_broker_config *config, const struct evx_passphrase *ask)
{
    struct broker b = {.config = config, .lock = -1};
    set_log_level(config->log_level);
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 4 << 20);
    mallopt(M_TRIM_THRESHOLD, 16 << 20);
    size_t connections = raise_descriptor_limit(config->max_connections);
    int signals = mask_signals();
    enum evx_status s = signals < 0 ? EVX_E_IO : prepare_folders(&b);
    if (!s) s = load_directory(&b);
    if (!s) s = load_keys(&b, ask);
    if (!s) s = check_keys(&b);
    if (!s) s = drop_old(&b);
    if (!s) s = serve(&b, signals, connections);
    evx_log(s ? EVX_LOG_ERROR : EVX_LOG_INFO, "BROKER-END", "code=%s", evx_error_info(s)->code);
    evx_directories_free(&b.directories);
    evx_sign_secret_destroy(&b.sign);
    evx_sign_secret_destroy(&b.log);
    evx_box_secret_destroy(&b.transport);
    if (signals >= 0) close(signals);
    if (b.lock >= 0) close(b.lock);
    return s;
}
