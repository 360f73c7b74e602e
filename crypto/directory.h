// SPDX-License-Identifier: Apache-2.0
//
// The directory: who is who, which keys they have, which inspections exist and
// who may do what in them. A C2SP signed note, signed by a threshold of offline
// roots; a version follows exactly from the one before. Text form, line by
// line, in docs/protocol.md "Directory".
//
//   evx.directory/v1
//   exchange NAME
//   version N
//   previous BASE64SHA256 | -
//   issued TIME
//   expires TIME
//   min-suite N
//   threshold K
//   quorum K                                        0 = no witness demanded
//   root VKEY                                       (one or more)
//   org ID ROLE STATUS NAME...                      ROLE: see enum evx_role; STATUS active|suspended
//   key ORG USE EPOCH HEX FROM UNTIL                USE sig|enc|trn|wit|log
//   inspection ID FRAMEWORK STATUS OPENS CLOSES NAME...   STATUS open|closed
//   member INSPECTION ORG RIGHTS                    RIGHTS: comma list of send,receive,witness
//   revoked FINGERPRINT ORIGIN INDEX REASON         invalid from that log index on
//
// NAME is free text to the end of the line. Sections come in that order, lines
// within a section sorted; the parser refuses anything else, so there is one
// spelling only. Opaque and immutable once loaded: share it between threads.
#ifndef EVX_CRYPTO_DIRECTORY_H
#define EVX_CRYPTO_DIRECTORY_H

#include "crypto/note.h"

#define EVX_ORG_ID_BYTES 64 // lower-case letters, digits, '-' ; NUL included

enum evx_role {
    EVX_ROLE_POLICE,
    EVX_ROLE_SOCIAL_CARE,
    EVX_ROLE_SCHOOL,
    EVX_ROLE_HEALTH,
    EVX_ROLE_YOUTH_JUSTICE,
    EVX_ROLE_INSPECTORATE,
    EVX_ROLE_BROKER,
    EVX_ROLE_WITNESS,
};
const char *evx_role_name(enum evx_role r); // "social-care"

enum evx_right { EVX_RIGHT_SEND = 1, EVX_RIGHT_RECEIVE = 2, EVX_RIGHT_WITNESS = 4 };

struct evx_dir_org {
    char id[EVX_ORG_ID_BYTES];
    enum evx_role role;
    bool active;
    const char *name;
};
struct evx_dir_key {
    char org[EVX_ORG_ID_BYTES];
    enum evx_key_use use;
    uint32_t epoch;
    uint8_t public_key[32];
    struct evx_fingerprint fingerprint;
    int64_t from_ms, until_ms;
};
struct evx_dir_inspection {
    struct evx_inspection_id id;
    char framework[EVX_ORG_ID_BYTES];
    bool open;
    int64_t opens_ms, closes_ms;
    const char *name;
    char origin[EVX_NOTE_NAME_BYTES]; // "<exchange>/<inspection hex>": the log's origin
};
struct evx_dir_revocation {
    struct evx_fingerprint fingerprint;
    char origin[EVX_NOTE_NAME_BYTES]; // "*" for every log
    uint64_t index;
    const char *reason;
};

struct evx_directory;

// Parses and verifies against the note's own roots and threshold. With
// `previous`, also that the version is previous + 1, that its hash is named, and
// that a threshold of the PREVIOUS roots signed too. Without, the caller pins
// trust itself: `pin` (may be NULL) is the expected SHA-256 of the note text.
// A revocation that `previous` has and this one has not any more is DIRECTORY_ROLLBACK.
// On failure *line (may be NULL) is the 1-based line at fault or 0.
EVX_MUST_CHECK enum evx_status evx_directory_load(struct evx_directory **out, struct evx_bytes note,
                                                  const struct evx_directory *previous,
                                                  const struct evx_digest *pin, unsigned *line);
// The text alone, unsigned: for composing. Same checks except signatures.
EVX_MUST_CHECK enum evx_status evx_directory_parse(struct evx_directory **out, struct evx_bytes text,
                                                   unsigned *line);
// A counted reference; destroy drops one.
struct evx_directory *evx_directory_ref(struct evx_directory *d);
void evx_directory_destroy(struct evx_directory **d);

uint64_t evx_directory_version(const struct evx_directory *d);
const struct evx_digest *evx_directory_hash(const struct evx_directory *d);     // SHA-256 of the text
struct evx_bytes evx_directory_note(const struct evx_directory *d);             // as loaded
const struct evx_digest *evx_directory_previous(const struct evx_directory *d); // all zero in version 1
const char *evx_directory_exchange(const struct evx_directory *d);
int64_t evx_directory_issued_ms(const struct evx_directory *d);
uint32_t evx_directory_threshold(const struct evx_directory *d);
size_t evx_directory_roots(const struct evx_directory *d);
const struct evx_vkey *evx_directory_root_at(const struct evx_directory *d, size_t i);
int64_t evx_directory_expires_ms(const struct evx_directory *d);
uint32_t evx_directory_min_suite(const struct evx_directory *d);
// How many witnesses must have cosigned a checkpoint before it counts as witnessed; 0 = none demanded.
uint32_t evx_directory_quorum(const struct evx_directory *d);

size_t evx_directory_orgs(const struct evx_directory *d);
const struct evx_dir_org *evx_directory_org_at(const struct evx_directory *d, size_t i);
const struct evx_dir_org *evx_directory_org(const struct evx_directory *d, const char *id);
size_t evx_directory_keys(const struct evx_directory *d);
const struct evx_dir_key *evx_directory_key_at(const struct evx_directory *d, size_t i);
// By fingerprint; O(1) or O(log n). NULL if unknown.
const struct evx_dir_key *evx_directory_key(const struct evx_directory *d, const struct evx_fingerprint *f);
// The key of an organisation for a use that is valid at `now_ms` and not
// revoked everywhere, highest epoch first. NULL if none.
const struct evx_dir_key *evx_directory_key_of(const struct evx_directory *d, const char *org,
                                               enum evx_key_use use, int64_t now_ms);
size_t evx_directory_inspections(const struct evx_directory *d);
const struct evx_dir_inspection *evx_directory_inspection_at(const struct evx_directory *d, size_t i);
const struct evx_dir_inspection *evx_directory_inspection(const struct evx_directory *d,
                                                          const struct evx_inspection_id *id);
// evx_right bits, 0 if not a member.
unsigned evx_directory_rights(const struct evx_directory *d, const struct evx_inspection_id *id,
                              const char *org);
// Whether the inspection takes anything from a member with these rights now. It takes evidence within
// its window; those who receive go on answering, recording their reads and certifying erasures
// until the keepers close it.
bool evx_directory_accepts(const struct evx_dir_inspection *i, unsigned rights, int64_t now_ms);
// The members with all of `rights`; returns their number, fills at most cap.
size_t evx_directory_members(const struct evx_directory *d, const struct evx_inspection_id *id,
                             unsigned rights, const struct evx_dir_org **out, size_t cap);
size_t evx_directory_revocations(const struct evx_directory *d);
const struct evx_dir_revocation *evx_directory_revocation_at(const struct evx_directory *d, size_t i);
// The revocation that applies to this key at `index` of `origin`, or NULL.
const struct evx_dir_revocation *evx_directory_revoked(const struct evx_directory *d,
                                                       const struct evx_fingerprint *f, const char *origin,
                                                       uint64_t index);
// The broker's newest log key in its C2SP form for one inspection: name = origin.
EVX_MUST_CHECK enum evx_status evx_directory_log_vkey(struct evx_vkey *out, const struct evx_directory *d,
                                                      const struct evx_inspection_id *id);

// The log key that signed this checkpoint, out of all that are listed: old keys
// stay listed, so old checkpoints stay good. REVOKED when its cut-off lies at or
// before the checkpoint's last entry. When no listed key signed, the newest one:
// evx_checkpoint_open() then says NOTE_SIGNATURE.
EVX_MUST_CHECK enum evx_status evx_directory_log_vkey_for(struct evx_vkey *out, const struct evx_directory *d,
                                                          const struct evx_inspection_id *id,
                                                          struct evx_bytes note);

#endif
