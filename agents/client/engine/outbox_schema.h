// SPDX-License-Identifier: Apache-2.0
//
// Tables of outbox.db. Rungs are the numbers of enum evx_rung. The triggers are the
// second lock on what the code already keeps: identity never changes, rungs only go
// forward, bytes leave only when nobody can ask for them again.
#ifndef EVX_AGENTS_CLIENT_ENGINE_OUTBOX_SCHEMA_H
#define EVX_AGENTS_CLIENT_ENGINE_OUTBOX_SCHEMA_H

#define OUTBOX_SCHEMA_VERSION 4

// Step i leads from version i to version i + 1.
static const char *const outbox_schema[OUTBOX_SCHEMA_VERSION] = {
    "CREATE TABLE value(name TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE stream("
    "  number INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id)=16),"
    "  sequence INTEGER NOT NULL, last BLOB NOT NULL, reset_of BLOB) STRICT;"
    "CREATE TABLE consignment("
    "  number INTEGER PRIMARY KEY, id BLOB NOT NULL CHECK(length(id)=32),"
    "  stream INTEGER NOT NULL REFERENCES stream(number), sequence INTEGER NOT NULL,"
    "  rung INTEGER NOT NULL CHECK(rung BETWEEN 0 AND 5), code INTEGER NOT NULL,"
    "  awaits INTEGER NOT NULL, items INTEGER NOT NULL, items_rejected INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL, queued_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
    "  log_index INTEGER, received_ms INTEGER, signer BLOB NOT NULL, item_ids BLOB NOT NULL) STRICT;"
    "CREATE UNIQUE INDEX consignment_place ON consignment(stream, sequence);"
    "CREATE UNIQUE INDEX consignment_index ON consignment(log_index) WHERE log_index IS NOT NULL;"
    "CREATE INDEX consignment_spooled ON consignment(number) WHERE rung = 0;"
    "CREATE TABLE body(number INTEGER PRIMARY KEY REFERENCES consignment(number), bytes BLOB NOT NULL) "
    "STRICT;"
    "CREATE TABLE receipt(number INTEGER PRIMARY KEY REFERENCES consignment(number),"
    "  proof BLOB NOT NULL, log_entry BLOB NOT NULL) STRICT;"
    "CREATE TABLE verdict(number INTEGER NOT NULL REFERENCES consignment(number), organisation TEXT NOT NULL,"
    "  code INTEGER NOT NULL, items BLOB NOT NULL, at_ms INTEGER NOT NULL,"
    "  PRIMARY KEY(number, organisation)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER ladder BEFORE UPDATE OF rung ON consignment"
    "  WHEN NOT (NEW.rung = OLD.rung OR (OLD.rung = 0 AND NEW.rung IN (1, 3, 4))"
    "            OR (OLD.rung = 1 AND NEW.rung IN (2, 3, 4, 5)))"
    "  BEGIN SELECT RAISE(ABORT, 'ladder'); END;"
    "CREATE TRIGGER identity BEFORE UPDATE OF id, stream, sequence, item_ids, signer, bytes ON consignment"
    "  BEGIN SELECT RAISE(ABORT, 'identity'); END;"
    "CREATE TRIGGER no_delete BEFORE DELETE ON consignment BEGIN SELECT RAISE(ABORT, 'delete'); END;"
    "CREATE TRIGGER body_fixed BEFORE UPDATE ON body BEGIN SELECT RAISE(ABORT, 'body'); END;"
    "CREATE TRIGGER body_kept BEFORE DELETE ON body"
    "  WHEN (SELECT rung = 0 OR (rung = 1 AND awaits) FROM consignment c WHERE c.number = OLD.number)"
    "  BEGIN SELECT RAISE(ABORT, 'kept'); END;"
    "PRAGMA user_version = 1;",

    // What came in: sealed bytes once a consignment, a line for each item that is no acknowledgement.
    "CREATE TABLE inbox("
    "  log_index INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, sender TEXT NOT NULL,"
    "  bytes_n INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"
    "CREATE TABLE inbox_item("
    "  log_index INTEGER NOT NULL REFERENCES inbox(log_index), number INTEGER NOT NULL,"
    "  sender TEXT NOT NULL, id BLOB NOT NULL CHECK(length(id)=16), kind INTEGER NOT NULL,"
    "  PRIMARY KEY(log_index, number)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX inbox_item_id ON inbox_item(sender, id);"
    "PRAGMA user_version = 2;",

    // Large bodies stand in the body files: a row has either its bytes or their place there.
    "ALTER TABLE body ADD COLUMN place INTEGER CHECK((place IS NULL) = (length(bytes) > 0));"
    "CREATE INDEX body_place ON body(place) WHERE place IS NOT NULL;"
    "PRAGMA user_version = 3;",

    // Whose keys were destroyed, by whose certificate; what was acknowledged may be erased later.
    "CREATE TABLE erased(item BLOB NOT NULL CHECK(length(item)=16), organisation TEXT NOT NULL,"
    "  PRIMARY KEY(item, organisation)) STRICT, WITHOUT ROWID;"
    "DROP TRIGGER ladder;"
    "CREATE TRIGGER ladder BEFORE UPDATE OF rung ON consignment"
    "  WHEN NOT (NEW.rung = OLD.rung OR (OLD.rung = 0 AND NEW.rung IN (1, 3, 4))"
    "            OR (OLD.rung = 1 AND NEW.rung IN (2, 3, 4, 5)) OR (OLD.rung = 2 AND NEW.rung = 5))"
    "  BEGIN SELECT RAISE(ABORT, 'ladder'); END;"
    "PRAGMA user_version = 4;",
};

#endif
