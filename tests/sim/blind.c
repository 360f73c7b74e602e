// SPDX-License-Identifier: Apache-2.0
//
// Clocks, and defences that can be switched off: the linker sends the product's
// calls of these functions here (--wrap). With a defence off its function says
// yes to everything; a run that then still looks good would show that the
// harness sees nothing.
#include "agents/client/courier.h"
#include "proto/base/clock.h"
#include "tests/sim/memo.h"
#include "tests/sim/sim.h"

uint64_t __wrap_evx_clock_wall_ms(void);
uint64_t __wrap_evx_clock_monotonic_ms(void);
uint64_t __wrap_evx_clock_monotonic_ns(void);

uint64_t __wrap_evx_clock_wall_ms(void)
{
    const struct sim *s = sim_current();
    if (!s) return EVX_FIXTURE_NOW_MS;
    return s->running ? sim_clock(s, s->running) : s->now_ms;
}

uint64_t __wrap_evx_clock_monotonic_ms(void) { return sim_current() ? sim_current()->now_ms : 1; }
uint64_t __wrap_evx_clock_monotonic_ns(void) { return __wrap_evx_clock_monotonic_ms() * 1000000u; }

static bool off(enum sim_defence d)
{
    const struct sim *s = sim_current();
    return s && s->options && (s->options->blind & SIM_BIT(d));
}

enum evx_status __real_evx_consistency_verify(const struct evx_proof *p, uint64_t old_size, uint64_t new_size,
                                              const struct evx_digest *old_root,
                                              const struct evx_digest *new_root);
enum evx_status __wrap_evx_consistency_verify(const struct evx_proof *p, uint64_t old_size, uint64_t new_size,
                                              const struct evx_digest *old_root,
                                              const struct evx_digest *new_root);
enum evx_status __wrap_evx_consistency_verify(const struct evx_proof *p, uint64_t old_size, uint64_t new_size,
                                              const struct evx_digest *old_root,
                                              const struct evx_digest *new_root)
{
    if (off(SIM_DEFENCE_CONSISTENCY)) return EVX_OK;
    return __real_evx_consistency_verify(p, old_size, new_size, old_root, new_root);
}

enum evx_status __real_evx_inclusion_verify(const struct evx_proof *p, uint64_t index, uint64_t size,
                                            const struct evx_digest *leaf, const struct evx_digest *root);
enum evx_status __wrap_evx_inclusion_verify(const struct evx_proof *p, uint64_t index, uint64_t size,
                                            const struct evx_digest *leaf, const struct evx_digest *root);
enum evx_status __wrap_evx_inclusion_verify(const struct evx_proof *p, uint64_t index, uint64_t size,
                                            const struct evx_digest *leaf, const struct evx_digest *root)
{
    if (off(SIM_DEFENCE_INCLUSION)) return EVX_OK;
    return __real_evx_inclusion_verify(p, index, size, leaf, root);
}

enum evx_status __real_evx_receipt_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                          struct evx_bytes header, const struct evx_signature *signature,
                                          struct evx_checkpoint *checkpoint);
enum evx_status __wrap_evx_receipt_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                          struct evx_bytes header, const struct evx_signature *signature,
                                          struct evx_checkpoint *checkpoint);
enum evx_status __wrap_evx_receipt_verify(const struct evx_receipt *r, const struct evx_vkey *log,
                                          struct evx_bytes header, const struct evx_signature *signature,
                                          struct evx_checkpoint *checkpoint)
{
    enum evx_status s = __real_evx_receipt_verify(r, log, header, signature, checkpoint);
    if (!s || !off(SIM_DEFENCE_RECEIPT)) return s;
    return checkpoint ? evx_checkpoint_open(checkpoint, evx_buf_bytes(&r->checkpoint), log) : EVX_OK;
}

bool __wrap_evx_verify(const struct evx_sign_public *k, const char *domain, struct evx_bytes message,
                       const struct evx_signature *s);
bool __wrap_evx_verify(const struct evx_sign_public *k, const char *domain, struct evx_bytes message,
                       const struct evx_signature *s)
{
    return off(SIM_DEFENCE_SIGNATURE) || sim_memo_verify(k, domain, message, s);
}

bool __wrap_evx_verify_raw(const struct evx_sign_public *k, struct evx_bytes message,
                           const struct evx_signature *s);
bool __wrap_evx_verify_raw(const struct evx_sign_public *k, struct evx_bytes message,
                           const struct evx_signature *s)
{
    return sim_memo_verify(k, NULL, message, s);
}

enum evx_status __real_evx_consignment_admit(const struct evx_consignment *c, const struct evx_admission *a);
enum evx_status __wrap_evx_consignment_admit(const struct evx_consignment *c, const struct evx_admission *a);
enum evx_status __wrap_evx_consignment_admit(const struct evx_consignment *c, const struct evx_admission *a)
{
    return off(SIM_DEFENCE_ADMISSION) ? EVX_OK : __real_evx_consignment_admit(c, a);
}

enum evx_status __real_evx_directory_history_admit(const struct evx_directory_history *h,
                                                   const struct evx_consignment *c, uint64_t received_ms,
                                                   uint64_t index);
enum evx_status __wrap_evx_directory_history_admit(const struct evx_directory_history *h,
                                                   const struct evx_consignment *c, uint64_t received_ms,
                                                   uint64_t index);
enum evx_status __wrap_evx_directory_history_admit(const struct evx_directory_history *h,
                                                   const struct evx_consignment *c, uint64_t received_ms,
                                                   uint64_t index)
{
    if (off(SIM_DEFENCE_ADMISSION)) return EVX_OK;
    return __real_evx_directory_history_admit(h, c, received_ms, index);
}

enum evx_chain_verdict __real_evx_chain_check(const struct evx_chain_head *head,
                                              const struct evx_chain_link *link);
enum evx_chain_verdict __wrap_evx_chain_check(const struct evx_chain_head *head,
                                              const struct evx_chain_link *link);
// In all its uses at once.
enum evx_chain_verdict __wrap_evx_chain_check(const struct evx_chain_head *head,
                                              const struct evx_chain_link *link)
{
    return off(SIM_DEFENCE_CHAIN) ? EVX_CHAIN_NEXT : __real_evx_chain_check(head, link);
}

// It draws its nonces in stock, which would carry over from run to run.
enum evx_status __real_evx_rewrap(uint8_t out[EVX_REWRAP_BYTES], const struct evx_store_key *k,
                                  const struct evx_item_key *ik, const struct evx_item_id *id);
enum evx_status __wrap_evx_rewrap(uint8_t out[EVX_REWRAP_BYTES], const struct evx_store_key *k,
                                  const struct evx_item_key *ik, const struct evx_item_id *id);
enum evx_status __wrap_evx_rewrap(uint8_t out[EVX_REWRAP_BYTES], const struct evx_store_key *k,
                                  const struct evx_item_key *ik, const struct evx_item_id *id)
{
    uint64_t at = sim_random_at();
    enum evx_status s = __real_evx_rewrap(out, k, ik, id);
    sim_random_back(at);
    return s;
}

enum evx_status __real_evx_witness_next(struct evx_witness_record *next,
                                        const struct evx_witness_record *last, const struct evx_checkpoint *c,
                                        uint64_t now_s);
enum evx_status __wrap_evx_witness_next(struct evx_witness_record *next,
                                        const struct evx_witness_record *last, const struct evx_checkpoint *c,
                                        uint64_t now_s);
enum evx_status __wrap_evx_witness_next(struct evx_witness_record *next,
                                        const struct evx_witness_record *last, const struct evx_checkpoint *c,
                                        uint64_t now_s)
{
    enum evx_status s = __real_evx_witness_next(next, last, c, now_s);
    if (s && off(SIM_DEFENCE_WITNESS)) {
        *next = (struct evx_witness_record){.size = c->size, .root = c->root, .time_s = now_s};
        s = EVX_OK;
    }
    return s;
}
