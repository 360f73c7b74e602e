// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/jail_lock.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static uint64_t address_space(void)
{
    char line[128] = "";
    FILE *f = fopen("/proc/self/statm", "re");
    if (!f) return 0;
    if (!fgets(line, sizeof line, f)) line[0] = '\0';
    fclose(f);
    return strtoull(line, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit r = {most, most};
    return setrlimit(what, &r) == 0;
}

static bool set_limits(uint64_t memory_bytes, unsigned cpu_seconds)
{
    uint64_t now = address_space();
    return now && limit(RLIMIT_AS, now + memory_bytes) && limit(RLIMIT_CPU, cpu_seconds) &&
           limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) &&
           limit(RLIMIT_NOFILE, 0);
}

static const int allowed[] = {
    SCMP_SYS(read),      SCMP_SYS(write),         SCMP_SYS(close),      SCMP_SYS(fstat),
    SCMP_SYS(lseek),     SCMP_SYS(munmap),        SCMP_SYS(mremap),     SCMP_SYS(brk),
    SCMP_SYS(madvise),   SCMP_SYS(futex),         SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn),
    SCMP_SYS(getrandom), SCMP_SYS(clock_gettime),
    SCMP_SYS(sysinfo), // qsort() asks how much memory there is
};

static bool no_executable_memory(scmp_filter_ctx ctx, int call)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0;
}

// Opening is answered with "no" and not with death: converters that were not
// loaded ask for it, and then simply do not exist.
static bool no_opening(scmp_filter_ctx ctx, int call)
{
    return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), call, 0) == 0;
}

static bool add_rules(scmp_filter_ctx ctx)
{
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
        if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, allowed[i], 0) != 0) return false;
    return no_executable_memory(ctx, SCMP_SYS(mmap)) && no_executable_memory(ctx, SCMP_SYS(mprotect)) &&
           no_opening(ctx, SCMP_SYS(open)) && no_opening(ctx, SCMP_SYS(openat)) &&
           no_opening(ctx, SCMP_SYS(newfstatat));
}

static bool set_filter(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (!ctx) return false;
    bool done = add_rules(ctx) && seccomp_load(ctx) == 0;
    seccomp_release(ctx);
    return done;
}

bool evx_jail_lock(uint64_t memory_bytes, unsigned cpu_seconds)
{
    return set_limits(memory_bytes, cpu_seconds) && set_filter();
}
