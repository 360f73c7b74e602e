// SPDX-License-Identifier: Apache-2.0
//
// Which directory ruled where in a log (P11). The broker logs every directory
// version before it uses it there; a verifier that holds the chain of versions
// itself, from one it trusts, can therefore say for every index what was true
// when that entry was accepted, and notices a broker that follows another
// directory than everybody else. Pure: broker, collector, simulator and the
// offline verifier use exactly this code. docs/protocol.md "Directory in the log".
#ifndef EVX_CRYPTO_DIRECTORY_HISTORY_H
#define EVX_CRYPTO_DIRECTORY_HISTORY_H

#include "crypto/consignment.h"

// --- the log entry ---
// 0x02 || received_ms (8) || version (8) || SHA-256 of the directory's text (32)
#define EVX_LOG_ENTRY_DIRECTORY       0x02
#define EVX_LOG_ENTRY_DIRECTORY_BYTES 49
struct evx_log_directory {
    uint64_t received_ms; // the broker's claim
    uint64_t version;
    struct evx_digest hash;
};
EVX_MUST_CHECK enum evx_status evx_log_directory(struct evx_buf *out, const struct evx_log_directory *e);
// MALFORMED unless it is exactly that, with a version from 1 to INT64_MAX.
EVX_MUST_CHECK enum evx_status evx_log_directory_parse(struct evx_log_directory *out, struct evx_bytes entry);
// OK for a log entry of a known type whose outer form is right; MALFORMED, TOO_LARGE.
EVX_MUST_CHECK enum evx_status evx_log_entry_check(struct evx_bytes entry);
// True when the first byte says that it is a directory's.
bool evx_log_entry_is_directory(struct evx_bytes entry);

// --- the history ---
struct evx_directory_history;
// Begins with a version that the caller trusts (loaded with a pin or with its
// predecessor). Takes a reference.
EVX_MUST_CHECK enum evx_status evx_directory_history_new(struct evx_directory_history **out,
                                                         struct evx_directory *trusted);
void evx_directory_history_destroy(struct evx_directory_history **h);

// The version after the newest one held, verified as its successor; or the one
// before the oldest, which names its hash. One that is held already changes
// nothing. DIRECTORY_FORMAT, DIRECTORY_SIGNATURES, DIRECTORY_VERSION (another
// number, or another text than the chain names), MEMORY.
EVX_MUST_CHECK enum evx_status evx_directory_history_add(struct evx_directory_history *h,
                                                         struct evx_bytes note);
const struct evx_directory *evx_directory_history_newest(const struct evx_directory_history *h);
const struct evx_directory *evx_directory_history_oldest(const struct evx_directory_history *h);
// NULL when that version is not held.
const struct evx_directory *evx_directory_history_version(const struct evx_directory_history *h,
                                                          uint64_t version);

// The entry that stands at `index` of the log. In ascending order; the same again
// changes nothing. Nothing is recorded unless it returns OK:
//   DIRECTORY_UNKNOWN   a version beyond those held: add it, then this again
//   DIRECTORY_SPLIT     the hash is not that of the verified version of that number
//   DIRECTORY_ROLLBACK  the version is not newer than the one logged before
EVX_MUST_CHECK enum evx_status evx_directory_history_adopt(struct evx_directory_history *h, uint64_t index,
                                                           const struct evx_log_directory *e);
// Forgets what was adopted at `size` or later.
void evx_directory_history_truncate(struct evx_directory_history *h, uint64_t size);

struct evx_ruling {
    const struct evx_directory *newest; // the newest logged before the index
    const struct evx_directory *older;  // the version before it, or NULL when it is not held
    uint64_t adopted_at;                // index of its entry
};
// DIRECTORY_UNLOGGED when none was logged before `index`.
EVX_MUST_CHECK enum evx_status
evx_directory_history_ruling(struct evx_ruling *out, const struct evx_directory_history *h, uint64_t index);
// Whether a consignment was rightly accepted at `index`: valid under the newest
// directory logged before it, sealed under that or the version before it, and
// not signed by a key that any later version revokes from an index at or before
// this one. Only c->header is read. The codes of evx_consignment_admit(), and
// DIRECTORY_UNLOGGED.
EVX_MUST_CHECK enum evx_status evx_directory_history_admit(const struct evx_directory_history *h,
                                                           const struct evx_consignment *c,
                                                           uint64_t received_ms, uint64_t index);

#endif
