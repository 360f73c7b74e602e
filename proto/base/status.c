// SPDX-License-Identifier: Apache-2.0
#include "proto/base/status.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct evx_error_info catalogue[] = {
#define EVX_ERROR(name, number, class, retry, who, what, remedy)                                             \
    {EVX_E_##name, #name, "EVX-" #number, EVX_CLASS_##class, EVX_RETRY_##retry, EVX_WHO_##who, what, remedy},
#include "proto/base/errors.def"
#undef EVX_ERROR
};

static const struct evx_error_info ok_row = {
    EVX_OK, "OK", "EVX-0000", EVX_CLASS_OK, EVX_RETRY_PERMANENT, EVX_WHO_NOBODY, "done", "",
};

size_t evx_error_count(void) { return sizeof catalogue / sizeof catalogue[0]; }

const struct evx_error_info *evx_error_at(size_t position)
{
    return position < evx_error_count() ? &catalogue[position] : NULL;
}

static const struct evx_error_info *row_of_number(long number)
{
    for (size_t i = 0; i < evx_error_count(); i++)
        if ((long)catalogue[i].status == number) return &catalogue[i];
    return NULL;
}

const struct evx_error_info *evx_error_info(enum evx_status status)
{
    if (status == EVX_OK) return &ok_row;
    const struct evx_error_info *row = row_of_number((long)status);
    return row ? row : row_of_number(EVX_E_BUG);
}

const struct evx_error_info *evx_error_find(const char *text)
{
    if (!text || !*text) return NULL;
    for (size_t i = 0; i < evx_error_count(); i++)
        if (!strcasecmp(text, catalogue[i].code) || !strcasecmp(text, catalogue[i].name))
            return &catalogue[i];
    char *end = NULL;
    long number = strtol(text, &end, 10);
    return *end ? NULL : row_of_number(number);
}

enum evx_status evx_status_from_wire(uint32_t number)
{
    if (number == 0) return EVX_OK;
    const struct evx_error_info *row = number <= 9999 ? row_of_number((long)number) : NULL;
    return row ? row->status : EVX_E_PROTOCOL;
}

const char *evx_class_name(enum evx_class class)
{
    switch (class) {
    case EVX_CLASS_OK: return "OK";
    case EVX_CLASS_AGAIN: return "AGAIN";
    case EVX_CLASS_PEER: return "PEER";
    case EVX_CLASS_AUTH: return "AUTH";
    case EVX_CLASS_LOCAL: return "LOCAL";
    case EVX_CLASS_BUG: return "BUG";
    }
    return "?";
}

const char *evx_retry_name(enum evx_retry retry)
{
    switch (retry) {
    case EVX_RETRY_TRANSIENT: return "TRANSIENT";
    case EVX_RETRY_PERMANENT: return "PERMANENT";
    case EVX_RETRY_HUMAN: return "NEEDS-HUMAN";
    }
    return "?";
}

const char *evx_who_name(enum evx_who who)
{
    switch (who) {
    case EVX_WHO_NOBODY: return "nobody";
    case EVX_WHO_SENDER_STAFF: return "whoever prepares the agency's evidence";
    case EVX_WHO_SENDER_IT: return "the agency's IT";
    case EVX_WHO_BROKER_OPERATOR: return "the broker's operator";
    case EVX_WHO_DIRECTORY_KEEPERS: return "the keepers of the directory";
    case EVX_WHO_INSPECTOR: return "the inspector";
    case EVX_WHO_COLLECTOR_OPERATOR: return "the collector's operator";
    case EVX_WHO_DEVELOPERS: return "the developers";
    }
    return "?";
}

int evx_status_exit_code(enum evx_status status)
{
    if (status == EVX_OK) return 0;
    switch (status) {
    case EVX_E_USAGE: return 64;
    case EVX_E_FILE_UNREADABLE:
    case EVX_E_NOT_FOUND: return 66;
    case EVX_E_UNREACHABLE:
    case EVX_E_NOT_ENROLLED:
    case EVX_E_SERVER_KEY:
    case EVX_E_TIMEOUT: return 69;
    case EVX_E_QUEUED: return 75;
    case EVX_E_NOT_PERMITTED: return 77;
    case EVX_E_CONFIG:
    case EVX_E_FRAMEWORK_FORMAT: return 78;
    default: break;
    }
    int thousand = (int)status / 1000;
    switch (thousand) {
    case 1: return 65;
    case 2: return 76;
    case 5: return 74;
    case 9: return 70;
    default: return 65;
    }
}
