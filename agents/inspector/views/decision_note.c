// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/decision_note.h"

#include <string.h>

#define DOMAIN "evx/casebook/decision/v1"

enum evx_status evx_decision_note_seal(struct evx_buf *out, const struct evx_store_key *k, const char *who,
                                       const char *why)
{
    struct evx_buf plain = {0};
    enum evx_status s = evx_buf_append(&plain, who, strlen(who) + 1);
    if (!s) s = evx_buf_append(&plain, why, strlen(why));
    if (!s) s = evx_store_encrypt(out, k, DOMAIN, evx_buf_bytes(&plain));
    evx_buf_free(&plain);
    return s;
}

enum evx_status evx_decision_note_open(const char **who, const char **why, struct evx_slab *slab,
                                       const struct evx_store_key *k, struct evx_bytes sealed)
{
    struct evx_buf plain = {0};
    *who = *why = NULL;
    enum evx_status s = evx_store_decrypt(&plain, k, DOMAIN, sealed);
    const uint8_t *end = s ? NULL : memchr(plain.p, 0, plain.n);
    if (!s && !end) s = EVX_E_STORE_DAMAGED;
    if (!s) *who = evx_slab_text(slab, plain.p, (size_t)(end - plain.p));
    if (!s) *why = evx_slab_text(slab, end + 1, plain.n - (size_t)(end + 1 - plain.p));
    if (!s && (!*who || !*why)) s = EVX_E_MEMORY;
    evx_buf_free(&plain);
    return s;
}
