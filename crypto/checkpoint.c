// SPDX-License-Identifier: Apache-2.0
#include "crypto/checkpoint.h"

#include <string.h>

#include "crypto/note_inside.h"
#include "crypto/text_inside.h"

enum evx_status evx_checkpoint_text(struct evx_buf *out, const struct evx_checkpoint *c)
{
    char root[45];
    evx_base64(root, c->root.b, sizeof c->root.b);
    return evx_buf_printf(out, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size, root);
}

enum evx_status evx_checkpoint_sign(struct evx_buf *note, const struct evx_checkpoint *c,
                                    const struct evx_sign_secret *log_key,
                                    const struct evx_sign_public *log_public)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_checkpoint_text(&text, c);
    if (s == EVX_OK) s = evx_note_sign(note, evx_buf_bytes(&text), c->origin, log_key, log_public);
    evx_buf_free(&text);
    return s;
}

// Extension lines are signed with the rest and mean nothing to anybody here.
static bool extensions_ok(struct evx_bytes text)
{
    struct evx_bytes line;
    while (evx_text_line(&line, &text))
        if (line.n == 0) return false;
    return text.n == 0;
}

enum evx_status evx_checkpoint_parse_text(struct evx_checkpoint *out, struct evx_bytes text)
{
    struct evx_bytes origin, size, root;
    memset(out, 0, sizeof *out);
    if (!evx_text_line(&origin, &text) || !evx_text_line(&size, &text) || !evx_text_line(&root, &text))
        return EVX_E_CHECKPOINT;
    if (!extensions_ok(text) || origin.n == 0 || origin.n >= sizeof out->origin) return EVX_E_CHECKPOINT;
    if (memchr(origin.p, '\0', origin.n)) return EVX_E_CHECKPOINT;
    uint64_t n;
    struct evx_digest digest;
    if (!evx_text_number(&n, size, INT64_MAX) || !evx_text_digest(digest.b, root)) return EVX_E_CHECKPOINT;
    memcpy(out->origin, origin.p, origin.n);
    out->size = n;
    out->root = digest;
    return EVX_OK;
}

enum evx_status evx_checkpoint_open(struct evx_checkpoint *out, struct evx_bytes note,
                                    const struct evx_vkey *log)
{
    struct evx_note parsed;
    memset(out, 0, sizeof *out);
    enum evx_status s = evx_note_parse(&parsed, note);
    if (s) return s;
    if (!evx_note_verified_by(&parsed, log, NULL)) return EVX_E_NOTE_SIGNATURE;
    struct evx_checkpoint c;
    s = evx_checkpoint_parse_text(&c, parsed.text);
    if (s) return s;
    if (strcmp(c.origin, log->name) != 0) return EVX_E_CHECKPOINT;
    *out = c;
    return EVX_OK;
}
