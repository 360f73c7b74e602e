// SPDX-License-Identifier: Apache-2.0
// A tlog-proof that parses can be written and parsed again to the same proof.
#include "crypto/receipt.h"
#include "tests/fuzz/fuzz.h"

void fuzz_one(struct evx_bytes input)
{
    struct evx_receipt one, two;
    struct evx_buf text = {0};
    if (evx_tlog_proof_parse(&one, input)) return;
    fuzz_demand(evx_tlog_proof_text(&text, &one) == EVX_OK);
    fuzz_demand(evx_tlog_proof_parse(&two, evx_buf_bytes(&text)) == EVX_OK);
    fuzz_demand(one.index == two.index && one.path.n == two.path.n);
    evx_buf_free(&text);
    evx_receipt_free(&two);
    evx_receipt_free(&one);
}
