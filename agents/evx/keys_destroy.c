// SPDX-License-Identifier: Apache-2.0
//
// Destroying an ENC key whose epoch is over: with it go all outside copies of what was
// sealed to it, wraps and old store keys alike. Refused while anything here still needs it.
#include "agents/evx/keys_destroy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "crypto/seal.h"
#include "proto/base/file.h"

#define EPOCHS_MAX     256
#define KEY_FILE_BYTES 4096

const struct evx_cli_option evx_keys_destroy_options[EVX_KEYS_DESTROY_OPTIONS] = {
    {"use", "USE", "enc: the only use whose old keys open anything"},
    {"epoch", "N", "the epoch that is over"},
    {"keys", "DIR", "folder with the key files (default: keys)"},
    {"store", "FOLDER",
     "this machine's collector store, or `none`: its store key must open without this key"},
};

struct destroying {
    struct evx_cli_options o;
    const char *folder, *store;
    uint64_t epoch;
    char *path;
};

static char *key_path(const char *folder, uint64_t epoch)
{
    char name[40];
    snprintf(name, sizeof name, "enc-%llu.key", (unsigned long long)epoch);
    return evx_path_join(folder, name);
}

static enum evx_status refuse(const char *where, const char *why)
{
    evx_cli_error(EVX_E_KEY_NEEDED, where, why);
    return EVX_E_KEY_NEEDED;
}

static enum evx_status opens_with(bool *opens, struct evx_bytes sealed, const char *path,
                                  const struct evx_passphrase *ask)
{
    struct evx_box_secret *secret = NULL;
    struct evx_box_public public_key;
    struct evx_store_key *k = NULL;
    enum evx_status s = evx_keyfile_load_box(&secret, &public_key, path, EVX_KEY_ENC, ask);
    *opens = !s && evx_store_key_unseal(&k, sealed, secret, &public_key) == EVX_OK;
    evx_store_key_destroy(&k);
    evx_box_secret_destroy(&secret);
    return s;
}

// Some other epoch, the newest first, must open the store key.
static enum evx_status check_epochs(bool *opens, const struct destroying *d, struct evx_bytes sealed)
{
    struct evx_cli_options o = d->o;
    struct evx_passphrase ask = evx_cli_passphrase(&o);
    enum evx_status s = EVX_OK;
    *opens = false;
    for (uint64_t epoch = EPOCHS_MAX; !s && !*opens && epoch-- > 0;) {
        char *path = key_path(d->folder, epoch);
        if (!path) s = EVX_E_MEMORY;
        if (!s && epoch != d->epoch && evx_path_exists(path)) s = opens_with(opens, sealed, path, &ask);
        free(path);
    }
    return s;
}

static enum evx_status check_store(const struct destroying *d)
{
    if (strcmp(d->store, "none") == 0) return EVX_OK;
    struct evx_buf sealed = {0};
    char *key = evx_path_join(d->store, "store.key"), *next = evx_path_join(d->store, "store.key.next");
    bool opens = false;
    enum evx_status s = key && next ? EVX_OK : EVX_E_MEMORY;
    bool rotating = !s && evx_path_exists(next);
    if (!s && !rotating) s = evx_file_read(&sealed, key, KEY_FILE_BYTES);
    if (!s && !rotating) s = check_epochs(&opens, d, evx_buf_bytes(&sealed));
    if (s) evx_cli_error(s, d->store, NULL);
    if (!s && rotating) s = refuse(d->store, "a rotation is not finished: evx-collector run finishes it");
    if (!s && !opens)
        s = refuse(d->store, "no other epoch opens the store key: evx-collector rotate-store-key first");
    evx_buf_free(&sealed);
    free(key);
    free(next);
    return s;
}

static enum evx_status check_newer(const struct destroying *d)
{
    for (uint64_t epoch = d->epoch + 1; epoch < EPOCHS_MAX; epoch++) {
        char *path = key_path(d->folder, epoch);
        bool there = path && evx_path_exists(path);
        free(path);
        if (there) return EVX_OK;
    }
    return refuse(d->path,
                  "it is the newest epoch: senders seal to it. Make the next one first: evx keys rotate enc");
}

static enum evx_status report(const struct destroying *d)
{
    if (d->o.json) {
        printf("{\"schema\":\"evx.keys-destroy/1\",\"use\":\"enc\",\"epoch\":%llu}\n",
               (unsigned long long)d->epoch);
        return EVX_OK;
    }
    printf("%s: overwritten and removed\n"
           "What the file system, the disk or a backup kept of the file is beyond this program: see "
           "docs/collector.md "
           "\"Erasure\"\n",
           d->path);
    return EVX_OK;
}

static enum evx_status destroy(struct destroying *d)
{
    d->path = key_path(d->folder, d->epoch);
    if (!d->path) return EVX_E_MEMORY;
    if (!evx_path_exists(d->path)) {
        evx_cli_error(EVX_E_NOT_FOUND, d->path, NULL);
        return EVX_E_NOT_FOUND;
    }
    enum evx_status s = check_newer(d);
    if (!s) s = check_store(d);
    if (s) return s;
    if (!evx_cli_confirm(
            &d->o, "What was sealed to this epoch and is not collected yet can never be opened. Destroy?")) {
        evx_cli_error(EVX_E_USAGE, d->path, "not confirmed: answer y on a terminal, or give --yes");
        return EVX_E_USAGE;
    }
    s = evx_file_destroy(d->path);
    if (s) evx_cli_error(s, d->path, NULL);
    return s ? s : report(d);
}

int evx_keys_run_destroy(int argc, char **argv)
{
    struct destroying d = {0};
    enum evx_status s = evx_cli_parse(&d.o, evx_keys_destroy_options, EVX_KEYS_DESTROY_OPTIONS, argc, argv);
    if (!s) s = evx_cli_number(&d.epoch, &d.o, "epoch", 1, EPOCHS_MAX - 1);
    if (s) return evx_status_exit_code(s);
    const char *use = evx_cli_value(&d.o, "use");
    d.folder = evx_cli_value(&d.o, "keys");
    d.store = evx_cli_value(&d.o, "store");
    if (!d.folder) d.folder = "keys";
    if (!use || strcmp(use, "enc") != 0 || !d.epoch || !d.store)
        return evx_cli_fail(EVX_E_USAGE, "keys destroy",
                            "--use enc, --epoch N and --store FOLDER|none are wanted");
    s = destroy(&d);
    free(d.path);
    return evx_status_exit_code(s);
}
