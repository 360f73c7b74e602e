// SPDX-License-Identifier: Apache-2.0
//
// A directory being composed: its text, line by line, always in the one order and
// spelling that the parser accepts. Pure; no I/O.
#ifndef EVX_AGENTS_EVX_COMPOSE_H
#define EVX_AGENTS_EVX_COMPOSE_H

#include "crypto/directory.h"

const char *evx_compose_use(enum evx_key_use use);     // "sig" …
enum evx_key_use evx_compose_use_of(const char *text); // 0 if it is none

struct evx_draft {
    char **line;
    size_t n, cap;
};
void evx_draft_free(struct evx_draft *d);
// The first version of a directory.
EVX_MUST_CHECK enum evx_status evx_draft_new(struct evx_draft *d, const char *exchange, unsigned threshold,
                                             int64_t issued_ms, int64_t expires_ms);
// The lines of a draft's text.
EVX_MUST_CHECK enum evx_status evx_draft_read(struct evx_draft *d, struct evx_bytes text);
// The version that follows from `previous`: everything kept, number, hash and times new.
EVX_MUST_CHECK enum evx_status evx_draft_follow(struct evx_draft *d, const struct evx_directory *previous,
                                                struct evx_bytes text, int64_t issued_ms, int64_t expires_ms);
// Adds a line to its section, in its place; one about the same thing is replaced.
// DIRECTORY_FORMAT when it begins with no section's word.
EVX_MUST_CHECK enum evx_status evx_draft_put(struct evx_draft *d, const char *line);
void evx_draft_remove(struct evx_draft *d, size_t i); // i < d->n
EVX_MUST_CHECK enum evx_status evx_draft_text(struct evx_buf *out, const struct evx_draft *d);

#endif
