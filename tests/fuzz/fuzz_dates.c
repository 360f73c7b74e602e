// SPDX-License-Identifier: Apache-2.0
// Dates and identifiers: first line the format, the rest the text. What parses
// has an end that is not before its start; cutting it never makes it finer.
#include <string.h>

#include "agents/client/ingest/identifier.h"
#include "agents/client/ingest/moment.h"
#include "proto/base/clock.h"
#include "tests/fuzz/fuzz.h"

static void read_moment(const char *text, const char *format)
{
    struct evx_moment m;
    if (evx_moment_parse(&m, text, format, (enum evx_zone)0)) return;
    fuzz_demand(m.precision >= EVX__V1__PRECISION__PRECISION_YEAR);
    fuzz_demand(evx_moment_end_ms(&m) >= m.utc_ms);
    struct evx_moment coarse = m;
    evx_moment_coarsen(&coarse, EVX__V1__PRECISION__PRECISION_DAY);
    fuzz_demand(coarse.precision <= m.precision && coarse.utc_ms <= m.utc_ms);
}

void fuzz_one(struct evx_bytes input)
{
    char text[256], nhs[EVX_NHS_NUMBER_TEXT];
    int64_t ms;
    if (input.n >= sizeof text) return;
    if (input.n) memcpy(text, input.p, input.n);
    text[input.n] = '\0';
    if (evx_nhs_number(nhs, text)) fuzz_demand(strlen(nhs) == 10);
    evx_upn_plausible(text);
    if (evx_time_parse(&ms, text)) {
        char again[EVX_TIME_TEXT];
        int64_t back;
        evx_time_text(again, ms);
        fuzz_demand(evx_time_parse(&back, again) && back == ms);
    }
    char *rest = strchr(text, '\n');
    if (!rest) return;
    *rest = '\0';
    if (evx_moment_format_valid(text)) read_moment(rest + 1, text);
}
