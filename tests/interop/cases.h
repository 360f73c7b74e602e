// SPDX-License-Identifier: Apache-2.0
//
// A stream of questions that two verifiers answer, each a line: "no", or "yes" with
// the facts that were decoded. For comparing them case by case.
//
//   case     length (4) || kind (1) || fields
//   field    length (4) || bytes
//
//   I  index 8, size 8, leaf, root, path                inclusion
//   C  old size 8, new size 8, old root, new root, path consistency
//   V  verifier key                                     its parts
//   N  note, verifier key                               signed by it
//   K  note, verifier key                               a checkpoint of that log
//   P  tlog-proof, verifier key, entry                  included
//   H  header                                           its fields
//   E  log entry, directory note                        signed by whom
//   D  directory note, note before (or empty), pin (or empty)
//   T  entry bundle, number of entries 8                their root
//   Q  policy, note                                     the grade
//   F  proof of a fork, verifier key                    the verdict
//   B  bundle, pin (or empty)                           what it proves
#ifndef EVX_TESTS_INTEROP_CASES_H
#define EVX_TESTS_INTEROP_CASES_H

#include <stdbool.h>

#include "proto/base/bytes.h"

#define CASE_FIELDS 5
#define CASE_BYTES  (4u << 20)

struct question {
    uint8_t kind;
    struct evx_bytes field[CASE_FIELDS];
    size_t fields;
};

// Splits the bytes of one case after its length. False if they are none.
bool question_read(struct question *out, struct evx_bytes body);
void question_write(struct evx_buf *out, const struct question *q);
// Appends the answer, with its newline.
void question_answer(struct evx_buf *out, const struct question *q);

// Appends `count` questions, the same for the same seed. Some are true, most are true
// ones that were altered.
void questions_make(struct evx_buf *out, uint64_t seed, size_t count);

#endif
