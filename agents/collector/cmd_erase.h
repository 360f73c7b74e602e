// SPDX-License-Identifier: Apache-2.0
//
// What `erase` and `retention` share: both destroy keys for ever.
#ifndef EVX_AGENTS_COLLECTOR_CMD_ERASE_H
#define EVX_AGENTS_COLLECTOR_CMD_ERASE_H

#include "agents/collector/cmd_keeper.h"

// From the options; prints its own error. USAGE.
EVX_MUST_CHECK enum evx_status evx_erase_order_read(struct evx_erase_order *out, const struct evx_keeper *k);
// Asks; prints why not.
bool evx_erase_confirm(const struct evx_cli_options *o, size_t n);
// Decides and carries out; prints result or error.
EVX_MUST_CHECK enum evx_status evx_erase_now(const struct evx_keeper *k, const struct evx_erase_order *order,
                                             const struct evx_store_row *row, size_t n);
void evx_erase_explain_hold(const struct evx_erase_held *held);
EVX_MUST_CHECK enum evx_status evx_erase_report(const struct evx_cli_options *o,
                                                const struct evx_erase_done *done);

#endif
