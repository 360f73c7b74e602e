// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says a process used.
#ifndef EVX_TESTS_BENCH_PROC_H
#define EVX_TESTS_BENCH_PROC_H

#include <stdbool.h>
#include <sys/types.h>

bool bench_ended(pid_t child);   // true when it has ended; it is collected later
double proc_cpu_us(pid_t pid);   // user + system time so far; 0 when gone
double proc_rss_mib(pid_t pid);  // resident now
double proc_peak_mib(pid_t pid); // resident at its highest

#endif
