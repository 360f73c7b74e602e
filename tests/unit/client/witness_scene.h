// SPDX-License-Identifier: Apache-2.0
//
// An agent that witnesses, and a broker beside it that says what a test wants: the
// port that keeps its record, what it was told, and checkpoints, true or false.
#ifndef EVX_TESTS_UNIT_CLIENT_WITNESS_SCENE_H
#define EVX_TESTS_UNIT_CLIENT_WITNESS_SCENE_H

#include "tests/unit/client/broker_double.h"

#define CREDIT    (4u << 20)
#define ASKED     EVX__V1__FRAME__BODY_GET_CHECKPOINT
#define COSIGNED  EVX__V1__FRAME__BODY_COSIGN
#define PROOF     EVX__V1__FRAME__BODY_GET_CONSISTENCY
#define CARE      DOUBLE_CARE
#define HEALTH    "inspectorate-health"
#define CLOCK_MAX 300

// What the agent keeps, and what is wanted of the next one.
struct scene_own {
    struct evx_witness_record record;
    unsigned records;
    size_t cosigned_before; // Cosign frames that were out when the record was made
    enum evx_status answer; // of the port
    struct evx_buf quorate, proof;
    unsigned quorates, proofs, forks;
    struct evx_fork fork;
    struct evx_buf last_seen, witnessed; // given at the start
    bool no_key, fork_kept;
    const char *replace, *with;      // in the directory's text
    struct evx_directory *directory; // then this one is used instead of the fixture's
    uint64_t unproved;               // a sequence that has no proof, 0: none
};
extern struct scene_own own;
extern struct broker_double b;
extern bool scene_other_inspection; // says the next Checkpoint

struct evx_sign_public scene_public_of(const char *org);
struct evx_vkey scene_log_key(void);
struct evx_digest scene_other_root(uint64_t size);
void scene_sign(struct evx_buf *note, uint64_t size, const struct evx_digest *root);
void scene_add_line(struct evx_buf *note, const char *org, uint64_t time_s);
enum evx_status scene_send(const struct evx_buf *newest, const struct evx_buf *witnessed,
                           const struct evx_buf *candidate, enum evx_status refused);
enum evx_status scene_send_newest(uint64_t size);
enum evx_status scene_read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out);
enum evx_status scene_answer_proof(bool truly);
void scene_open(const char *org);
// Opens as CARE, which signs a log of five entries; a minute later it asks what is newest.
void scene_open_with_five_signed(void);
void scene_reset(void);
void scene_close(void);
void scene_restart(uint64_t seen);
const Evx__V1__Cosign *scene_line(void);
void scene_expect_fork(enum evx_fork_verdict expected);

#endif
