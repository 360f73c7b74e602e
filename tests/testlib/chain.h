// SPDX-License-Identifier: Apache-2.0
//
// The next version of a directory, made by editing the one before.
#ifndef EVX_TESTS_TESTLIB_CHAIN_H
#define EVX_TESTS_TESTLIB_CHAIN_H

#include "tests/testlib/fixture.h"

// Appends version N + 1 of `previous` to *out: its text with the first `from`
// replaced by `to` (with from NULL, `to` is added at the end; both NULL: only
// the number changes), signed by the fixture's roots whose bits are set; with
// none the text alone.
void chain_next(struct evx_buf *out, const struct evx_fixture *f, const struct evx_directory *previous,
                const char *from, const char *to, unsigned roots);

#endif
