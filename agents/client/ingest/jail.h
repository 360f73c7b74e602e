// SPDX-License-Identifier: Apache-2.0
//
// Runs a piece of work on untrusted bytes in a child process that can compute,
// allocate up to a limit and write to one pipe. It can open nothing, connect to
// nothing and start nothing: a system call outside the list kills it.
#ifndef EVX_AGENTS_CLIENT_INGEST_JAIL_H
#define EVX_AGENTS_CLIENT_INGEST_JAIL_H

#include "proto/base/bytes.h"

struct evx_jail_out; // the child's end of the pipe

struct evx_jail {
    // In the child. `prepare` (may be NULL) runs before the doors are shut.
    void (*prepare)(void *arg);
    enum evx_status (*work)(void *arg, struct evx_jail_out *out);
    void *arg;
    // In the parent, for every frame; a status other than OK ends the child.
    enum evx_status (*frame)(void *user, uint8_t type, struct evx_bytes payload);
    void *user;
    uint64_t memory_bytes; // on top of what the parent has
    unsigned cpu_seconds;
    unsigned idle_seconds; // longest silence on the pipe
};
// FILE_READER when the child died, was killed or fell silent; else what `work`
// or `frame` returned. Blocks. Not for programs that have threads.
EVX_MUST_CHECK enum evx_status evx_jail_run(const struct evx_jail *j);
// One frame, at most EVX_JAIL_FRAME_BYTES. IO when the parent is gone.
#define EVX_JAIL_FRAME_BYTES (2u << 20)
EVX_MUST_CHECK enum evx_status evx_jail_put(struct evx_jail_out *out, uint8_t type, struct evx_bytes payload);
// False where sanitizers or coverage need what the jail forbids: the child then
// runs without limits and filter.
bool evx_jail_enforced(void);

#endif
