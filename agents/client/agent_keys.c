// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/file.h"

// Says which file it was; the status stays.
static enum evx_status blame(struct evx_buf *explain, const char *path, enum evx_status s)
{
    if (s && explain && evx_buf_printf(explain, "%s", path)) return EVX_E_MEMORY;
    return s;
}

static enum evx_status load_sign(struct agent_keys *k, const char *folder, const struct evx_passphrase *ask,
                                 struct evx_buf *explain)
{
    char *path = evx_path_join(folder, "sig.key");
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_keyfile_load_sign(&k->sign, &k->sign_public, path, EVX_KEY_SIG, ask);
    s = blame(explain, path, s);
    free(path);
    return s;
}

static enum evx_status load_transport(struct agent_keys *k, const char *folder,
                                      const struct evx_passphrase *ask, struct evx_buf *explain)
{
    char *path = evx_path_join(folder, "trn.key");
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_keyfile_load_box(&k->transport, &k->transport_public, path, EVX_KEY_TRN, ask);
    s = blame(explain, path, s);
    free(path);
    return s;
}

static enum evx_status load_epoch(struct agent_keys *k, const char *folder, uint32_t epoch,
                                  const struct evx_passphrase *ask, struct evx_buf *explain)
{
    char name[32];
    snprintf(name, sizeof name, "enc-%u.key", epoch);
    char *path = evx_path_join(folder, name);
    if (!path) return EVX_E_MEMORY;
    size_t i = k->enc_n;
    enum evx_status s =
        evx_keyfile_load_box(&k->enc[i].secret, &k->enc[i].public_key, path, EVX_KEY_ENC, ask);
    s = blame(explain, path, s);
    free(path);
    if (s) return s;
    k->enc[i].epoch = epoch;
    evx_fingerprint_of(&k->enc_fingerprint[i], EVX_KEY_ENC, k->enc[i].public_key.b);
    k->enc_n++;
    return EVX_OK;
}

// The epoch of "enc-<epoch>.key", 0 if the name is none.
static uint32_t epoch_of(const char *name)
{
    if (strncmp(name, "enc-", 4) != 0 || name[4] < '1' || name[4] > '9') return 0;
    char *end = NULL;
    unsigned long v = strtoul(name + 4, &end, 10);
    return strcmp(end, ".key") == 0 && v <= UINT32_MAX ? (uint32_t)v : 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static size_t list_epochs(uint32_t *epoch, size_t cap, const char *folder)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    for (struct dirent *e; dir && n < cap && (e = readdir(dir));) {
        uint32_t v = epoch_of(e->d_name);
        if (v) epoch[n++] = v;
    }
    if (dir) closedir(dir);
    qsort(epoch, n, sizeof epoch[0], ascending);
    return n;
}

enum evx_status evx_agent_keys_load(struct agent_keys *out, const char *folder,
                                    const struct evx_passphrase *ask, struct evx_buf *explain)
{
    uint32_t epoch[AGENT_ENC_KEYS];
    size_t n = list_epochs(epoch, AGENT_ENC_KEYS, folder);
    enum evx_status s = load_sign(out, folder, ask, explain);
    if (!s) s = load_transport(out, folder, ask, explain);
    for (size_t i = 0; i < n && !s; i++)
        s = load_epoch(out, folder, epoch[i], ask, explain);
    if (!s && n == 0) {
        s = blame(explain, folder, EVX_E_KEY_FILE);
        if (explain && evx_buf_append_text(explain, ": there is no enc-1.key")) s = EVX_E_MEMORY;
    }
    return s;
}

void evx_agent_keys_free(struct agent_keys *k)
{
    evx_sign_secret_destroy(&k->sign);
    evx_box_secret_destroy(&k->transport);
    for (size_t i = 0; i < k->enc_n; i++)
        evx_box_secret_destroy(&k->enc[i].secret);
    *k = (struct agent_keys){0};
}
