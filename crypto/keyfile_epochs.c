// SPDX-License-Identifier: Apache-2.0
//
// Which of several key files of one use is the one in force.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keyfile.h"
#include "proto/base/file.h"

static const char *const prefix[] = {"", "sig", "enc", "trn", "wit", "log"};

void evx_keyfile_name(char out[EVX_KEYFILE_NAME], enum evx_key_use use, uint32_t epoch)
{
    bool known = use >= EVX_KEY_SIG && use <= EVX_KEY_LOG;
    if (epoch == 1 && use != EVX_KEY_ENC)
        snprintf(out, EVX_KEYFILE_NAME, "%s.key", known ? prefix[use] : "?");
    else
        snprintf(out, EVX_KEYFILE_NAME, "%s-%u.key", known ? prefix[use] : "?", epoch);
}

// The epoch of a file's name, 0 if it is of another use.
static uint32_t epoch_of(const char *name, enum evx_key_use use)
{
    char again[EVX_KEYFILE_NAME];
    const char *dash = strchr(name, '-');
    unsigned long v = dash ? strtoul(dash + 1, NULL, 10) : 1;
    if (v == 0 || v > UINT32_MAX) return 0;
    evx_keyfile_name(again, use, (uint32_t)v);
    return strcmp(again, name) == 0 ? (uint32_t)v : 0;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

size_t evx_keyfile_epochs(uint32_t *epoch, size_t cap, const char *folder, enum evx_key_use use)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    for (struct dirent *e; dir && n < cap && (e = readdir(dir));) {
        uint32_t v = epoch_of(e->d_name, use);
        if (v) epoch[n++] = v;
    }
    if (dir) closedir(dir);
    qsort(epoch, n, sizeof epoch[0], ascending);
    return n;
}

static bool in_force(const struct evx_directory *d, const char *org, enum evx_key_use use, uint32_t epoch,
                     int64_t now_ms)
{
    for (size_t i = 0; i < evx_directory_keys(d); i++) {
        const struct evx_dir_key *k = evx_directory_key_at(d, i);
        if (k->use != use || k->epoch != epoch || strcmp(k->org, org) != 0) continue;
        return now_ms >= k->from_ms && now_ms < k->until_ms &&
               !evx_directory_revoked(d, &k->fingerprint, "*", UINT64_MAX);
    }
    return false;
}

char *evx_keyfile_current(const char *folder, enum evx_key_use use, const struct evx_directory *d,
                          const char *org, int64_t now_ms)
{
    uint32_t epoch[EVX_KEYFILE_EPOCHS];
    char name[EVX_KEYFILE_NAME];
    size_t n = evx_keyfile_epochs(epoch, EVX_KEYFILE_EPOCHS, folder, use);
    evx_keyfile_name(name, use, n ? epoch[0] : 1);
    for (size_t i = n; i-- > 0;) {
        if (!in_force(d, org, use, epoch[i], now_ms)) continue;
        evx_keyfile_name(name, use, epoch[i]);
        break;
    }
    return evx_path_join(folder, name);
}
