// SPDX-License-Identifier: Apache-2.0
//
// Text of any usual encoding, as UTF-8. Valid UTF-8 is taken as such and not
// copied; anything else is detected and converted. Bytes that do not fit the
// encoding are refused with their line, never replaced.
#ifndef EVX_AGENTS_CLIENT_INGEST_ENCODING_H
#define EVX_AGENTS_CLIENT_INGEST_ENCODING_H

#include "proto/base/bytes.h"

struct evx_text {
    struct evx_bytes utf8; // without byte order mark; borrows the content or `owned`
    struct evx_buf owned;
    char encoding[32]; // "UTF-8", "UTF-8 with BOM", "WINDOWS-1252" ...
    uint64_t bad_line; // on FILE_ENCODING: where, 1-based; 0 = not known
};
// `forced` names an encoding or is NULL. FILE_ENCODING, MEMORY.
EVX_MUST_CHECK enum evx_status evx_text_decode(struct evx_text *out, struct evx_bytes content,
                                               const char *forced);
void evx_text_free(struct evx_text *t);

// Opens the converters that decoding may need, so that a process that may open
// no files any more can still decode. `forced` may be NULL.
void evx_text_preload(const char *forced);

#endif
