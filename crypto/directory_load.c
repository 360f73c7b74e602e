// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "crypto/directory_inside.h"
#include "crypto/note_inside.h"

static enum evx_status read_text(struct evx_directory **out, struct evx_bytes text, unsigned *line)
{
    unsigned at = 0;
    struct evx_directory *d = calloc(1, sizeof *d);
    *out = NULL;
    if (!d) return EVX_E_MEMORY;
    atomic_init(&d->references, 1);
    evx_sha256(&d->hash, text);
    enum evx_status s = evx_directory_read(d, text, &at);
    if (line) *line = at;
    if (s)
        evx_directory_destroy(&d);
    else
        *out = d;
    return s;
}

enum evx_status evx_directory_parse(struct evx_directory **out, struct evx_bytes text, unsigned *line)
{
    *out = NULL;
    if (line) *line = 0;
    return text.n > EVX_LIMIT_NOTE_BYTES ? EVX_E_DIRECTORY_FORMAT : read_text(out, text, line);
}

// A threshold of these roots signed, and none of them wrongly.
static bool signed_by_roots(const struct evx_note *note, const struct evx_directory *roots)
{
    size_t good = 0;
    for (size_t i = 0; i < roots->roots; i++) {
        switch (evx_note_verdict(note, &roots->root[i], NULL)) {
        case EVX_NOTE_ABSENT: break;
        case EVX_NOTE_GOOD: good++; break;
        case EVX_NOTE_BAD: return false;
        }
    }
    return good >= roots->threshold;
}

static bool follows(const struct evx_directory *d, const struct evx_directory *previous)
{
    return d->version == previous->version + 1 && strcmp(d->exchange, previous->exchange) == 0 &&
           d->issued_ms >= previous->issued_ms &&
           memcmp(d->previous.b, previous->hash.b, sizeof d->previous.b) == 0;
}

static bool still_revoked(const struct evx_directory *d, const struct evx_dir_revocation *r)
{
    bool log_known = strcmp(r->origin, "*") == 0;
    for (size_t i = 0; i < d->inspections; i++)
        log_known = log_known || strcmp(d->inspection[i].origin, r->origin) == 0;
    return !log_known || evx_directory_revoked(d, &r->fingerprint, r->origin, r->index) != NULL;
}

// A revocation is never taken back or moved to a later place, as long as there is its log.
static bool keeps_revocations(const struct evx_directory *d, const struct evx_directory *previous)
{
    for (size_t i = 0; i < previous->revocations; i++)
        if (!still_revoked(d, &previous->revocation[i])) return false;
    return true;
}

static enum evx_status check_trust(const struct evx_directory *d, const struct evx_note *note,
                                   const struct evx_directory *previous, const struct evx_digest *pin)
{
    if (!signed_by_roots(note, d)) return EVX_E_DIRECTORY_SIGNATURES;
    if (pin && memcmp(pin->b, d->hash.b, sizeof pin->b) != 0) return EVX_E_DIRECTORY_VERSION;
    if (!previous) return EVX_OK;
    if (!follows(d, previous)) return EVX_E_DIRECTORY_VERSION;
    if (!keeps_revocations(d, previous)) return EVX_E_DIRECTORY_ROLLBACK;
    return signed_by_roots(note, previous) ? EVX_OK : EVX_E_DIRECTORY_SIGNATURES;
}

enum evx_status evx_directory_load(struct evx_directory **out, struct evx_bytes note,
                                   const struct evx_directory *previous, const struct evx_digest *pin,
                                   unsigned *line)
{
    struct evx_note parsed;
    *out = NULL;
    if (line) *line = 0;
    enum evx_status s = evx_note_parse(&parsed, note);
    if (s) return s;
    struct evx_directory *d;
    s = read_text(&d, parsed.text, line);
    if (s) return s;
    s = check_trust(d, &parsed, previous, pin);
    if (s == EVX_OK) s = evx_buf_append(&d->note, note.p, note.n);
    if (s)
        evx_directory_destroy(&d);
    else
        *out = d;
    return s;
}
