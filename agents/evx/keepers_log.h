// SPDX-License-Identifier: Apache-2.0
//
// The keepers' own record of what was done to a directory: a text file beside it,
// directory.ledger, one line an operation, each with the hash of the one before.
//
//   evx.ledger/v1 N TIME WHO ACTION VERSION HASH CHAIN DETAIL…
//
// N from 1; WHO the system's user; HASH the SHA-256 of the file it was about, in
// hex; CHAIN = SHA-256(CHAIN of the line before, as hex or nothing || the line
// without its CHAIN word), in hex. What was cut off its end is noticed when the last CHAIN was noted
// elsewhere, as the ceremony's minutes do.
#ifndef EVX_AGENTS_EVX_KEEPERS_LOG_H
#define EVX_AGENTS_EVX_KEEPERS_LOG_H

#include "crypto/keys.h"

struct evx_keepers_entry {
    const char *action;  // one word
    uint64_t version;    // of the directory, 0 if it is about none
    const char *about;   // path of the file that was made or changed
    const char *details; // free text, may be ""
};
// Appends to the ledger in the folder of e->about, after checking all of it.
// DIRECTORY_HISTORY: it was altered. IO.
EVX_MUST_CHECK enum evx_status evx_keepers_append(const struct evx_keepers_entry *e, int64_t now_ms);

typedef enum evx_status (*evx_keepers_visit)(void *user, const char *line);
// Every line in turn; *lines of them, *head receives the last CHAIN (NULL: not wanted).
// DIRECTORY_HISTORY with *lines = the number of good ones.
EVX_MUST_CHECK enum evx_status evx_keepers_check(const char *path, uint64_t *lines, char head[65],
                                                 evx_keepers_visit visit, void *user);

#endif
