// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/ledger.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/file.h"

// Settling asks the outbox only when something was begun and not finished: with
// nothing begun no agent is needed.
static void folder(char path[64])
{
    snprintf(path, 64, "/tmp/evx-ledger-XXXXXX");
    cr_assert(mkdtemp(path));
}

static void clear(const char *path)
{
    char *file = evx_path_join(path, "sent-files.txt");
    unlink(file);
    free(file);
    rmdir(path);
}

Test(ledger, what_was_done_is_found_again, .timeout = 10)
{
    char path[64];
    folder(path);
    struct evx_ledger *l;
    struct evx_digest a = {{1}}, b = {{2}};
    cr_assert_eq(evx_ledger_open(&l, path, NULL), EVX_OK);
    cr_assert_eq(evx_ledger_find(l, &a), 0);
    cr_assert_eq(evx_ledger_begin(l, &a, 3, 1000), EVX_OK);
    cr_assert_eq(evx_ledger_done(l), EVX_OK);
    cr_assert_eq(evx_ledger_begin(l, &b, 3, 2000), EVX_OK);
    cr_assert_eq(evx_ledger_undo(l), EVX_OK);
    evx_ledger_close(&l);
    cr_assert_eq(evx_ledger_open(&l, path, NULL), EVX_OK);
    cr_assert_eq(evx_ledger_find(l, &a), 1000);
    cr_assert_eq(evx_ledger_find(l, &b), 0);
    evx_ledger_close(&l);
    clear(path);
}

Test(ledger, a_damaged_one_is_not_guessed_at, .timeout = 10)
{
    char path[64];
    folder(path);
    char *file = evx_path_join(path, "sent-files.txt");
    cr_assert_eq(evx_file_replace(file, evx_bytes_of_text("done 12 x\n"), 0600), EVX_OK);
    free(file);
    struct evx_ledger *l;
    cr_assert_eq(evx_ledger_open(&l, path, NULL), EVX_E_STORE_DAMAGED);
    cr_assert_eq(l, NULL);
    clear(path);
}
