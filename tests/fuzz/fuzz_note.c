// SPDX-License-Identifier: Apache-2.0
// Signed notes and verifier keys. A note's text ends in a newline and lies
// inside the bytes; a verifier key that parses is written back the same.
#include <string.h>

#include "crypto/note.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_vkey(struct evx_bytes input)
{
    char text[512];
    if (input.n >= sizeof text) return;
    memcpy(text, input.p, input.n);
    text[input.n] = '\0';
    struct evx_vkey key;
    struct evx_buf again = {0};
    if (strlen(text) != input.n || evx_vkey_parse(&key, text)) return;
    fuzz_demand(evx_vkey_text(&again, &key) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    evx_buf_free(&again);
}

void fuzz_one(struct evx_bytes input)
{
    static struct evx_note note;
    if (input.n) fuzz_vkey(input);
    if (evx_note_parse(&note, input)) return;
    fuzz_demand(note.text.n > 0 && note.text.n < input.n && note.text.p[note.text.n - 1] == '\n');
    fuzz_demand(note.signatures > 0 && note.signatures <= EVX_LIMIT_NOTE_SIGNATURES);
}
