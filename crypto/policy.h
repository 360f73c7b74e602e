// SPDX-License-Identifier: Apache-2.0
//
// Whose word a checkpoint needs: C2SP log policies (c2sp.org/tlog-policy) and
// the grade that a checkpoint has under one. The policy of an inspection comes
// from its directory: the broker's log key, the members with the right to
// witness and their WIT keys, and the quorum that the directory demands.
#ifndef EVX_CRYPTO_POLICY_H
#define EVX_CRYPTO_POLICY_H

#include "crypto/checkpoint.h"
#include "crypto/directory.h"

struct evx_policy; // immutable once made: may be shared between threads

// One cosigner. In a policy from a directory key.name is the organisation's id;
// an organisation with several keys is several witnesses in one group.
struct evx_policy_witness {
    char name[EVX_NOTE_NAME_BYTES]; // in the policy's text only
    struct evx_vkey key;
    int64_t from_ms, until_ms; // when the key may cosign; everything if the policy came as text
};

// Strict: C2SP's grammar, each name once, no key twice, groups before their use,
// one quorum line. POLICY with *line (may be NULL) the 1-based line at fault, 0
// if something is missing at the end; TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_policy_parse(struct evx_policy **out, struct evx_bytes text,
                                                unsigned *line);
// One spelling: logs, witnesses, groups, quorum. POLICY if the quorum asks for
// more witnesses than there are, which the format cannot say.
EVX_MUST_CHECK enum evx_status evx_policy_text(struct evx_buf *out, const struct evx_policy *p);
// The policy of one inspection. Left out are organisations that are suspended
// and WIT keys that are revoked, in this log or everywhere, from whatever index
// on: others can cosign the newest checkpoint again, and it covers every older
// entry. WRONG_INSPECTION, UNKNOWN_KEY (no log key), TOO_LARGE, MEMORY.
EVX_MUST_CHECK enum evx_status evx_policy_from_directory(struct evx_policy **out,
                                                         const struct evx_directory *d,
                                                         const struct evx_inspection_id *inspection);
void evx_policy_destroy(struct evx_policy **p);

size_t evx_policy_logs(const struct evx_policy *p);
const struct evx_vkey *evx_policy_log_at(const struct evx_policy *p, size_t i); // NULL beyond the last
size_t evx_policy_witnesses(const struct evx_policy *p);
const struct evx_policy_witness *evx_policy_witness_at(const struct evx_policy *p, size_t i);

// What is shown beside evidence, from worst to best.
enum evx_grade_level {
    EVX_GRADE_NONE,      // no signature of the log: nothing is proved
    EVX_GRADE_OPERATOR,  // the log's own word only
    EVX_GRADE_PARTLY,    // cosigned, but by fewer than the quorum
    EVX_GRADE_WITNESSED, // cosigned by the quorum, by one at least
};

struct evx_grade_line {
    size_t witness;  // position in the policy
    uint64_t time_s; // its own clock, seconds since 1970
};

struct evx_grade {
    struct evx_checkpoint checkpoint;
    enum evx_grade_level level;
    size_t cosigned;  // k: members of the quorum (organisations) whose cosignature holds
    size_t witnesses; // n: members there are
    size_t needed;    // what the quorum asks for; 0 = none
    bool reached;     // cosigned >= needed, and the log signed
    // Median of the members' times, the later of the two middle ones; 0 if none
    // cosigned. A member's time is the earliest of its own.
    uint64_t time_s;
    struct evx_grade_line line[EVX_LIMIT_NOTE_SIGNATURES]; // every cosignature that counts
    size_t lines;
    // Name of a known key whose line is there and wrong; empty if there is none.
    char forged[EVX_NOTE_NAME_BYTES];
};

// Grades a cosigned checkpoint. A cosignature counts if its key is in the policy
// and its time lies in the key's own. NOTE_FORMAT, CHECKPOINT (form, or an
// origin that the policy has no log for), NOTE_SIGNATURE (the log's is missing,
// or a line of a known key is wrong: then the whole note is refused, and *out
// says whose). After an error level is NONE. Pure; any thread.
EVX_MUST_CHECK enum evx_status evx_policy_grade(struct evx_grade *out, const struct evx_policy *p,
                                                struct evx_bytes note);

// The grade of the entry at `index` of a log whose newest graded checkpoint is `g`: the
// same when the checkpoint covers it, else the operator's word only.
struct evx_grade evx_grade_of_entry(const struct evx_grade *g, uint64_t index);

#define EVX_GRADE_TEXT 64
// "not signed by the log", "operator only", "witnessed 2 of 3 (2 needed)".
void evx_grade_text(char out[EVX_GRADE_TEXT], const struct evx_grade *g);
// For --json: "none", "operator-only", "partly-witnessed", "witnessed".
const char *evx_grade_word(enum evx_grade_level level);

// For a note without signatures of others, or a part of one: does this line, a
// cosignature/v1 ending in a newline, hold for the text under a key of the
// policy? *witness receives its position, *time_s its time. False otherwise.
EVX_MUST_CHECK bool evx_policy_line_holds(const struct evx_policy *p, struct evx_bytes text,
                                          struct evx_bytes line, size_t *witness, uint64_t *time_s);

#endif
