// SPDX-License-Identifier: Apache-2.0
//
// audit.db: numbered records, their hashes and the encrypted lists of items beside
// them. What a record says and how it is hashed is the business of audit*.c.
#ifndef EVX_AGENTS_COLLECTOR_ENGINE_AUDIT_SQLITE_H
#define EVX_AGENTS_COLLECTOR_ENGINE_AUDIT_SQLITE_H

#include "crypto/keys.h"

struct evx_audit_db;
EVX_MUST_CHECK enum evx_status evx_audit_db_open(struct evx_audit_db **out, const char *path);
void evx_audit_db_close(struct evx_audit_db **d);
// begin takes the file from other writers until end; end(false) undoes.
EVX_MUST_CHECK enum evx_status evx_audit_db_begin(struct evx_audit_db *d);
EVX_MUST_CHECK enum evx_status evx_audit_db_end(struct evx_audit_db *d, bool commit);

struct evx_audit_row {
    uint64_t number;
    struct evx_bytes record, hash, list; // borrowed for the call
};
// Number and hash of the last record; 0 and zeros when there is none.
EVX_MUST_CHECK enum evx_status evx_audit_db_last(struct evx_audit_db *d, uint64_t *number,
                                                 struct evx_digest *hash);
EVX_MUST_CHECK enum evx_status evx_audit_db_put(struct evx_audit_db *d, const struct evx_audit_row *row);
typedef enum evx_status (*evx_audit_db_visit)(void *user, const struct evx_audit_row *row);
EVX_MUST_CHECK enum evx_status evx_audit_db_from(struct evx_audit_db *d, uint64_t number,
                                                 evx_audit_db_visit visit, void *user);
// The row with this number or NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_audit_db_at(struct evx_audit_db *d, uint64_t number,
                                               evx_audit_db_visit visit, void *user);

// Values by name. *value is replaced; NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_audit_db_get(struct evx_audit_db *d, const char *name,
                                                struct evx_buf *value);
EVX_MUST_CHECK enum evx_status evx_audit_db_set(struct evx_audit_db *d, const char *name,
                                                struct evx_bytes value);

#endif
