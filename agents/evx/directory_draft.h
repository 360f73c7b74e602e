// SPDX-License-Identifier: Apache-2.0
//
// Drafts and signed directories as files, for the verbs of `evx directory`. What
// goes wrong is printed here, with the line at fault.
#ifndef EVX_AGENTS_EVX_DIRECTORY_DRAFT_H
#define EVX_AGENTS_EVX_DIRECTORY_DRAFT_H

#include "agents/evx/compose.h"

// The text part of a note file, or the whole of a draft; *text borrows from *file.
EVX_MUST_CHECK enum evx_status evx_draft_file(struct evx_buf *file, struct evx_bytes *text, bool *is_note,
                                              const char *path);
// A draft that may still be changed. DIRECTORY_VERSION for a note that was signed.
EVX_MUST_CHECK enum evx_status evx_draft_load(struct evx_draft *out, const char *path);
// As a directory, unsigned. The parser's codes.
EVX_MUST_CHECK enum evx_status evx_draft_parse(struct evx_directory **out, const struct evx_draft *d);
// Writes it after checking that the parser will take it (unless it is not `complete`
// yet), and notes `action` with `details` in the ledger. Returns an exit code.
int evx_draft_save(const char *path, const struct evx_draft *d, bool complete, const char *action,
                   const char *details);

#endif
