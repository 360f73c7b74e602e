// SPDX-License-Identifier: Apache-2.0
//
// The one status type. Every function that can fail returns it and the caller
// must look at it. The codes come from errors.def; a status IS its number in
// the catalogue, so the number in a log, on the wire and in `evx explain` is
// the same.
#ifndef EVX_PROTO_BASE_STATUS_H
#define EVX_PROTO_BASE_STATUS_H

#include <stddef.h>
#include <stdint.h>

#define EVX_MUST_CHECK __attribute__((warn_unused_result))

// Drops a status on purpose; `why` is for the reader.
#define EVX_IGNORE(call, why)                                                                                \
    do {                                                                                                     \
        if (call) {                                                                                          \
        }                                                                                                    \
    } while (0)

enum evx_status {
    EVX_OK = 0,
#define EVX_ERROR(name, number, class, retry, who, what, remedy) EVX_E_##name = (number),
#include "proto/base/errors.def"
#undef EVX_ERROR
};

enum evx_class {
    EVX_CLASS_OK,
    EVX_CLASS_AGAIN, // try later
    EVX_CLASS_PEER,  // the other side's fault
    EVX_CLASS_AUTH,  // a security event
    EVX_CLASS_LOCAL, // ours: disk, memory, configuration, input
    EVX_CLASS_BUG,   // a defect
};

enum evx_retry {
    EVX_RETRY_TRANSIENT, // the program retries by itself
    EVX_RETRY_PERMANENT, // the same bytes can never succeed
    EVX_RETRY_HUMAN,     // somebody must act first
};

enum evx_who {
    EVX_WHO_NOBODY,
    EVX_WHO_SENDER_STAFF,
    EVX_WHO_SENDER_IT,
    EVX_WHO_BROKER_OPERATOR,
    EVX_WHO_DIRECTORY_KEEPERS,
    EVX_WHO_INSPECTOR,
    EVX_WHO_COLLECTOR_OPERATOR,
    EVX_WHO_DEVELOPERS,
};

// One row of the catalogue. All strings are static.
struct evx_error_info {
    enum evx_status status;
    const char *name; // "GAP"
    const char *code; // "EVX-2011"
    enum evx_class class;
    enum evx_retry retry;
    enum evx_who who;
    const char *what;
    const char *remedy;
};

// The row of a status; for EVX_OK and for numbers that are not in the table,
// a row whose code is "EVX-0000" and "EVX-9001".  Never NULL.
const struct evx_error_info *evx_error_info(enum evx_status status);

// Row by position, 0 .. evx_error_count() - 1, in catalogue order.
const struct evx_error_info *evx_error_at(size_t position);
size_t evx_error_count(void);

// Looks a row up by "EVX-2011", "2011" or "GAP" (any case). NULL if none.
const struct evx_error_info *evx_error_find(const char *text);

// A status from a number that came over the wire; unknown numbers become
// EVX_E_PROTOCOL.
enum evx_status evx_status_from_wire(uint32_t number);

const char *evx_class_name(enum evx_class class);
const char *evx_retry_name(enum evx_retry retry);
const char *evx_who_name(enum evx_who who);

// sysexits code a program ends with for this status: 0, 64 usage, 65 data,
// 66 no input, 69 unreachable, 70 defect, 74 I/O, 75 queued, 77 not
// permitted, 78 configuration.
int evx_status_exit_code(enum evx_status status);

#endif
