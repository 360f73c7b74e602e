// SPDX-License-Identifier: Apache-2.0
//
// Whom a verification believes: what was given on the command line, and how a
// chain of directory versions hangs on it. Nothing given = the newest directory
// in the material itself is assumed, and the report says so.
#ifndef EVX_AGENTS_EVX_VERIFY_TRUST_H
#define EVX_AGENTS_EVX_VERIFY_TRUST_H

#include "agents/evx/verify/report.h"
#include "crypto/directory_history.h"
#include "crypto/policy.h"

struct evx_verify_given {
    const char *const *directory; // files, any order
    size_t directories;
    const char *pin;    // hex, SHA-256 of a directory's text
    const char *roots;  // file: optional "threshold K", then a verifier key a line
    const char *policy; // file: c2sp.org/tlog-policy
    const char *entry;  // file: the log entry of a receipt
};

struct evx_notes { // owned copies of files
    struct evx_buf *note;
    size_t n, cap;
};
void evx_notes_free(struct evx_notes *n);
// Keeps a copy. MEMORY.
EVX_MUST_CHECK enum evx_status evx_notes_add(struct evx_notes *n, struct evx_bytes note);
// Reads one file and keeps it. FILE_UNREADABLE, TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_notes_read(struct evx_notes *n, const char *path);

struct evx_trust {
    bool pinned;
    struct evx_digest pin;
    struct evx_vkey root[EVX_LIMIT_NOTE_SIGNATURES];
    size_t roots, threshold;   // 0 roots = none given
    struct evx_policy *policy; // NULL = none given
    struct evx_notes given;    // the --directory files
};
// Reads what was given. USAGE, TRUST_ROOTS, POLICY, and what reading files gives.
EVX_MUST_CHECK enum evx_status evx_trust_open(struct evx_trust *out, const struct evx_verify_given *given);
void evx_trust_close(struct evx_trust *t);

// The chain of all versions in `given` and `found` (may be NULL), from the one
// that is vouched for; every other follows by its signatures. Says in the report what
// was relied on. TRUST_MISSING (no directory at all), TRUST_REFUSED (none is
// vouched for by pin or roots), DIRECTORY_SPLIT (two texts of one number),
// DIRECTORY_VERSION (a version is missing in between), and what loading gives.
EVX_MUST_CHECK enum evx_status evx_trust_chain(struct evx_directory_history **out, const struct evx_trust *t,
                                               const struct evx_notes *found, struct evx_report *r);

// "dddddd ddddd …": what two people compare over the telephone.
void evx_trust_spoken(char out[EVX_SPOKEN_TEXT], const struct evx_digest *hash);

#endif
