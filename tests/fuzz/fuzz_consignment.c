// SPDX-License-Identifier: Apache-2.0
// Cutting a consignment into its parts stays within its bytes, and the parts
// add up to the whole.
#include "crypto/consignment.h"
#include "tests/fuzz/fuzz.h"

static bool inside(struct evx_bytes part, struct evx_bytes whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    if (evx_consignment_peek(&header, &signature, input)) return;
    fuzz_demand(inside(header, input));
    fuzz_demand(inside(evx_bytes(signature->b, sizeof signature->b), input));

    struct evx_consignment c;
    if (evx_consignment_open_trusted(&c, input)) return;
    struct evx_item_cursor cursor = {0};
    struct evx_record record;
    struct evx_bytes ciphertext;
    size_t total = 0;
    while (evx_consignment_next(&cursor, &record, &ciphertext, &c)) {
        fuzz_demand(inside(ciphertext, input) && ciphertext.n == record.ciphertext_bytes);
        total += ciphertext.n;
    }
    fuzz_demand(total == c.ciphertexts.n);
    evx_consignment_close(&c);
}
