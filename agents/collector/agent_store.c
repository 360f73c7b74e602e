// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/agent_store.h"

enum evx_status evx_agent_store_open(struct evx_store **out, const struct evx_agent *agent,
                                     const char *folder, bool read_only)
{
    *out = NULL;
    enum evx_status s = EVX_E_WRAP;
    struct evx_box_public public_key;
    const struct evx_box_secret *secret;
    for (size_t i = 0; s == EVX_E_WRAP && (secret = evx_agent_enc_secret_at(agent, i, &public_key)); i++)
        s = evx_store_open(out, folder, secret, &public_key, read_only);
    return s;
}
