// SPDX-License-Identifier: Apache-2.0
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

// Of several epochs, the newest that the directory lists: until it lists a new one the old
// one is in use, so a rotation interrupts nothing.
static char *current(const struct agent_keys_from *from, enum evx_key_use use)
{
    return evx_keyfile_current(from->folder, use, from->directory, from->organisation, from->now_ms);
}

static enum evx_status load_sign(struct agent_keys *k, const struct agent_keys_from *from,
                                 const struct evx_passphrase *ask, struct evx_buf *explain)
{
    char *path = current(from, EVX_KEY_SIG);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_keyfile_load_sign(&k->sign, &k->sign_public, path, EVX_KEY_SIG, ask);
    s = blame(explain, path, s);
    free(path);
    return s;
}

static enum evx_status load_transport(struct agent_keys *k, const struct agent_keys_from *from,
                                      const struct evx_passphrase *ask, struct evx_buf *explain)
{
    char *path = current(from, EVX_KEY_TRN);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_keyfile_load_box(&k->transport, &k->transport_public, path, EVX_KEY_TRN, ask);
    s = blame(explain, path, s);
    free(path);
    return s;
}

// There need not be one: then this agent cosigns nothing.
static enum evx_status load_witness(struct agent_keys *k, const struct agent_keys_from *from,
                                    const struct evx_passphrase *ask, struct evx_buf *explain)
{
    char *path = current(from, EVX_KEY_WIT);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = EVX_OK;
    if (evx_path_exists(path))
        s = evx_keyfile_load_sign(&k->witness, &k->witness_public, path, EVX_KEY_WIT, ask);
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

enum evx_status evx_agent_keys_load_enc(struct agent_keys *out, const char *folder,
                                        const struct evx_passphrase *ask, struct evx_buf *explain)
{
    uint32_t epoch[AGENT_ENC_KEYS];
    size_t n = evx_keyfile_epochs(epoch, AGENT_ENC_KEYS, folder, EVX_KEY_ENC);
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < n && !s; i++)
        s = load_epoch(out, folder, epoch[i], ask, explain);
    if (!s && n == 0) {
        s = blame(explain, folder, EVX_E_KEY_FILE);
        if (explain && evx_buf_append_text(explain, ": there is no enc-1.key")) s = EVX_E_MEMORY;
    }
    return s;
}

enum evx_status evx_agent_keys_load(struct agent_keys *out, const struct agent_keys_from *from,
                                    const struct evx_passphrase *ask, struct evx_buf *explain)
{
    enum evx_status s = load_sign(out, from, ask, explain);
    if (!s) s = load_transport(out, from, ask, explain);
    if (!s) s = load_witness(out, from, ask, explain);
    return s ? s : evx_agent_keys_load_enc(out, from->folder, ask, explain);
}

void evx_agent_keys_free(struct agent_keys *k)
{
    evx_sign_secret_destroy(&k->sign);
    evx_sign_secret_destroy(&k->witness);
    evx_box_secret_destroy(&k->transport);
    for (size_t i = 0; i < k->enc_n; i++)
        evx_box_secret_destroy(&k->enc[i].secret);
    *k = (struct agent_keys){0};
}
