// SPDX-License-Identifier: Apache-2.0
//
// An item that was erased: it stays in every count and is shown as what it is, with its
// certificate; a key that is gone without one is named as the incident that it is.
#ifndef EVX_AGENTS_INSPECTOR_CMD_ERASED_H
#define EVX_AGENTS_INSPECTOR_CMD_ERASED_H

#include "agents/inspector/cmd/desk.h"

// OK when the erasure is accounted for; ERASE_UNEXPLAINED when it is not.
EVX_MUST_CHECK enum evx_status evx_erased_show(struct evx_desk *d, size_t item);

#endif
