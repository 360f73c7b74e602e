// SPDX-License-Identifier: Apache-2.0
// A directory request that opens is written again the same, speaks for one
// organisation only, and every key in it that can sign has signed it.
#include <string.h>

#include "crypto/directory_request.h"
#include "tests/fuzz/fuzz.h"

static void demand_spelling(const struct evx_dir_request *r)
{
    struct evx_buf text = {0};
    fuzz_demand(evx_directory_request_text(&text, r->org, r->made_ms, r->key_lines) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&text), r->note.text));
    evx_buf_free(&text);
}

static void demand_key(const struct evx_dir_request *r, const struct evx_dir_key *k)
{
    struct evx_sign_public key;
    struct evx_vkey v;
    fuzz_demand(strcmp(k->org, r->org) == 0 && k->from_ms < k->until_ms);
    if (k->use != EVX_KEY_SIG && k->use != EVX_KEY_WIT && k->use != EVX_KEY_LOG) return;
    memcpy(key.b, k->public_key, sizeof key.b);
    fuzz_demand(evx_vkey_make(&v, r->org, EVX_NOTE_ED25519, &key) == EVX_OK);
    fuzz_demand(evx_note_verified_by(&r->note, &v, NULL));
}

void fuzz_one(struct evx_bytes input)
{
    static struct evx_dir_request r;
    char spoken[EVX_SPOKEN_TEXT];
    if (evx_directory_request_open(&r, input)) return;
    fuzz_demand(r.keys >= 1 && r.keys <= EVX_DIRECTORY_REQUEST_KEYS);
    demand_spelling(&r);
    for (size_t i = 0; i < r.keys; i++)
        demand_key(&r, &r.key[i]);
    evx_fingerprint_spoken(spoken, &r.fingerprint);
    fuzz_demand(evx_directory_request_heard(&r, spoken) == EVX_OK);
    spoken[0] = spoken[0] == '0' ? '1' : '0';
    fuzz_demand(evx_directory_request_heard(&r, spoken) == EVX_E_SPOKEN);
}
