// SPDX-License-Identifier: Apache-2.0
//
// Who takes part: the fixture's organisations, each with a second signing and
// encryption key for rotation. Made once a process, the same in every run.
#ifndef EVX_TESTS_SIM_CAST_H
#define EVX_TESTS_SIM_CAST_H

#include "tests/testlib/fixture.h"

#define SIM_EPOCHS 2

struct sim_person {
    const char *org;
    struct evx_sign_secret *sign[SIM_EPOCHS];
    struct evx_sign_public sign_public[SIM_EPOCHS];
    struct evx_box_secret *enc[SIM_EPOCHS];
    struct evx_box_public enc_public[SIM_EPOCHS];
    const struct evx_sign_secret *witness; // NULL: it is none
    struct evx_sign_public witness_public;
    struct evx_fingerprint transport;
};

#define SIM_BROKER_ORG "exchange-broker"
#define SIM_PEOPLE     7

// Prepares crypto with seeded randomness; ends the process if that fails.
void sim_cast_open(void);
void sim_cast_close(void);

const struct sim_person *sim_person(const char *org);
const struct evx_sign_secret *sim_broker_key(enum evx_key_use use, struct evx_sign_public *public_out);
const struct evx_directory *sim_first_directory(void);
struct evx_vkey sim_log_key(void);
const struct evx_dir_inspection *sim_inspection(void);
// A packed Item of evidence; `number` chooses one of a few.
struct evx_bytes sim_evidence(unsigned number);

// What the next directory version says differently.
enum sim_edit {
    SIM_EDIT_NOTHING, // a new version all the same
    SIM_EDIT_SIGN,    // a second signing key
    SIM_EDIT_ENC,     // a second encryption key
    SIM_EDIT_REVOKE,  // the first signing key, from `index` of the log on
    SIM_EDIT_CLOSE,   // the inspection's window
};
// The signed successor of `before`. NULL if it is refused.
struct evx_directory *sim_next_directory(const struct evx_directory *before, enum sim_edit edit,
                                         const char *org, uint64_t index);

#endif
