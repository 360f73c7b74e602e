// SPDX-License-Identifier: Apache-2.0
//
// Structured log: stable message id plus key=value pairs, one line each, to
// stderr (or wherever the sink goes). Never content, names, subject ids, file
// names of evidence or key bytes.
//   evx_log(EVX_LOG_WARN, "SESS-BADSIG", "org=%s code=%s", org, code);
// writes `2026-01-31T09:30:00.000Z warn SESS-BADSIG org=police code=EVX-2009`.
// Thread safe.
#ifndef EVX_PROTO_BASE_LOG_H
#define EVX_PROTO_BASE_LOG_H

enum evx_log_level { EVX_LOG_ERROR, EVX_LOG_WARN, EVX_LOG_INFO, EVX_LOG_DEBUG };

void evx_log(enum evx_log_level level, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void evx_log_set_level(enum evx_log_level level); // default EVX_LOG_INFO
// Sink for tests: receives each finished line without newline. NULL = stderr.
void evx_log_set_sink(void (*sink)(void *user, const char *line), void *user);

#endif
