// SPDX-License-Identifier: Apache-2.0
//
// The options of each command: used to parse and to generate help.
#ifndef EVX_AGENTS_INSPECTOR_CMD_OPTIONS_H
#define EVX_AGENTS_INSPECTOR_CMD_OPTIONS_H

#include "agents/client/cli/cli.h"

#define OPTIONS_OF(command)                                                                                  \
    extern const struct evx_cli_option evx_##command##_options[];                                            \
    extern const size_t evx_##command##_options_n

OPTIONS_OF(summary);
OPTIONS_OF(disclose);
OPTIONS_OF(timeline);
OPTIONS_OF(matrix);
OPTIONS_OF(gaps);
OPTIONS_OF(evidence);
OPTIONS_OF(contradictions);
OPTIONS_OF(search);
OPTIONS_OF(link);
OPTIONS_OF(judge);
OPTIONS_OF(report);
OPTIONS_OF(audit);
OPTIONS_OF(completeness);
OPTIONS_OF(request);

#endif
