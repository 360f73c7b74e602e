// SPDX-License-Identifier: Apache-2.0
//
// A made-up exchange in memory, the same in every run: every secret comes from
// a seed that names it. For tests of every room.
//
//   exchange    "exchange.example"
//   roots       "root-one.example", "root-two.example", "root-three.example"; threshold 2
//   broker      "exchange-broker" (sig, log, trn)
//   agencies    "northam-police", "northam-council", "eastcliff-school", "westmoor-health"
//   inspectors  "inspectorate-care", "inspectorate-health", "inspectorate-policing"
//   inspection  EVX_FIXTURE_INSPECTION, framework "jtai", open; the agencies send,
//               the inspectorates send and receive and witness
//
// Agencies and inspectorates have one key each for sig, enc, trn; inspectorates
// also wit. All keys are valid from FROM to UNTIL; now is EVX_FIXTURE_NOW_MS.
#ifndef EVX_TESTS_TESTLIB_FIXTURE_H
#define EVX_TESTS_TESTLIB_FIXTURE_H

#include "crypto/receipt.h"
#include "crypto/seal.h"

#define EVX_FIXTURE_NOW_MS     1772355600000ll // 2026-03-01T09:00:00.000Z
#define EVX_FIXTURE_FROM       "2026-01-01T00:00:00.000Z"
#define EVX_FIXTURE_UNTIL      "2027-01-01T00:00:00.000Z"
#define EVX_FIXTURE_EXCHANGE   "exchange.example"
#define EVX_FIXTURE_INSPECTION "000102030405060708090a0b0c0d0e0f"
#define EVX_FIXTURE_ROOTS      3
#define EVX_FIXTURE_ORGS       8

struct evx_fixture;

// Initialises crypto and builds everything. NULL if anything fails.
struct evx_fixture *evx_fixture_new(void);
void evx_fixture_free(struct evx_fixture *f);

const struct evx_directory *evx_fixture_directory(const struct evx_fixture *f);
struct evx_bytes evx_fixture_note(const struct evx_fixture *f); // the signed directory
struct evx_bytes evx_fixture_text(const struct evx_fixture *f); // its text alone
struct evx_inspection_id evx_fixture_inspection(void);

// Secrets, borrowed. NULL if the organisation has no such key.
const struct evx_sign_secret *evx_fixture_sign(const struct evx_fixture *f, const char *org,
                                               enum evx_key_use use);
const struct evx_box_secret *evx_fixture_box(const struct evx_fixture *f, const char *org,
                                             enum evx_key_use use);
const struct evx_sign_secret *evx_fixture_root(const struct evx_fixture *f, size_t i,
                                               struct evx_sign_public *public_out, const char **name);
// The directory's entry for a key of an organisation (valid now).
const struct evx_dir_key *evx_fixture_key(const struct evx_fixture *f, const char *org, enum evx_key_use use);

// Signs a directory text with the roots whose bits are set (bit 0 = root one).
// *note is appended to.
EVX_MUST_CHECK enum evx_status evx_fixture_sign_directory(struct evx_buf *note, const struct evx_fixture *f,
                                                          struct evx_bytes text, unsigned roots);

// A packed Item holding one Evidence of roughly `bytes` bytes; `number` varies
// its content. Appended to *out.
EVX_MUST_CHECK enum evx_status evx_fixture_evidence(struct evx_buf *out, unsigned number, size_t bytes);

// Seals `items` such evidences (of item_bytes each) from `sender` to all three
// inspectorates as link.sequence of a stream. Appends the consignment to *out.
EVX_MUST_CHECK enum evx_status evx_fixture_consignment(struct evx_buf *out, struct evx_digest *id,
                                                       const struct evx_fixture *f, const char *sender,
                                                       const struct evx_chain_link *link, size_t items,
                                                       size_t item_bytes);
// An opener that has the ENC key of an organisation. Destroy it before the fixture.
EVX_MUST_CHECK enum evx_status evx_fixture_opener(struct evx_opener **out, const struct evx_fixture *f,
                                                  const char *org);

#endif
