// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/audit.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agents/collector/engine/audit_sqlite.h"
#include "proto/base/file.h"

static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static struct evx_audit *open_new(void)
{
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    snprintf(folder, sizeof folder, "/tmp/evx-audit-test-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    struct evx_audit *a = NULL;
    cr_assert_eq(evx_audit_open(&a, folder), EVX_OK);
    return a;
}

static void remove_folder(void) { nftw(folder, remove_one, 4, FTW_DEPTH | FTW_PHYS); }

static void append(struct evx_audit *a, const char *view)
{
    static const struct evx_item_id ids[2] = {{{1}}, {{2}}};
    struct evx_audit_record r = {.verb = "consultation",
                                 .person = "inspector one",
                                 .on_behalf_of = "inspectorate-care",
                                 .purpose = "inspection",
                                 .view = view};
    cr_assert_eq(evx_audit_append(a, &r, ids, 2), EVX_OK);
    cr_assert_eq(r.items, 2);
    cr_assert_gt(r.time_ms, 0);
}

static enum evx_status count(void *user, const struct evx_audit_record *r, const struct evx_digest *hash)
{
    (void)hash;
    size_t *n = user;
    if (*n == 0) cr_assert_str_eq(r->view, "timeline CHILD-1");
    cr_assert_str_eq(r->person, "inspector one");
    cr_assert_eq(r->number, ++*n);
    return EVX_OK;
}

Test(audit, chains_records_and_verifies_them, .timeout = 30)
{
    struct evx_audit *a = open_new();
    struct evx_digest head, again;
    uint64_t records, bad;
    append(a, "timeline CHILD-1");
    append(a, "matrix");
    append(a, NULL);
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_OK);
    cr_assert_eq(records, 3);
    cr_assert_eq(bad, 0);
    cr_assert_eq(evx_audit_head(a, &records, &head), EVX_OK);
    evx_audit_close(&a);
    cr_assert_eq(evx_audit_open(&a, folder), EVX_OK);
    cr_assert_eq(evx_audit_head(a, &records, &again), EVX_OK);
    cr_assert_eq(records, 3);
    cr_assert_eq(memcmp(head.b, again.b, 32), 0);
    size_t n = 0;
    cr_assert_eq(evx_audit_read(a, 1, count, &n), EVX_OK);
    cr_assert_eq(n, 3);
    evx_audit_close(&a);
    remove_folder();
}

static void overwrite(const char *needle, size_t at, uint8_t with)
{
    char *path = evx_path_join(folder, "audit.db");
    struct evx_buf all = {0};
    cr_assert_eq(evx_file_read(&all, path, 16u << 20), EVX_OK);
    uint8_t *found = memmem(all.p, all.n, needle, strlen(needle));
    cr_assert_not_null(found);
    found[at] = with;
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&all), 0600), EVX_OK);
    evx_buf_free(&all);
    free(path);
}

Test(audit, an_altered_record_is_named, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    append(a, "view six");
    evx_audit_close(&a);
    overwrite("view two", 5, 'T');
    cr_assert_eq(evx_audit_open(&a, folder), EVX_OK);
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_E_STORE_DAMAGED);
    cr_assert_eq(bad, 2);
    evx_audit_close(&a);
    remove_folder();
}

// A record whose own hash was computed anew still does not fit the next one.
Test(audit, a_rewritten_or_missing_record_is_noticed, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    append(a, "view two");
    struct evx_digest head;
    uint64_t records, bad;
    cr_assert_eq(evx_audit_head(a, &records, &head), EVX_OK);
    evx_audit_close(&a);
    char *path = evx_path_join(folder, "audit.db");
    struct evx_audit_db *db = NULL;
    cr_assert_eq(evx_audit_db_open(&db, path), EVX_OK);
    struct evx_digest zero = {{0}};
    cr_assert_eq(evx_audit_db_put(db, 4, evx_bytes_of_text("no record"), &zero), EVX_OK);
    evx_audit_db_close(&db);
    free(path);
    cr_assert_eq(evx_audit_open(&a, folder), EVX_OK);
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_E_STORE_DAMAGED);
    cr_assert_eq(bad, 3);
    cr_assert_eq(records, 2);
    evx_audit_close(&a);
    remove_folder();
}

Test(audit, a_record_is_durable_before_append_returns, .timeout = 30)
{
    struct evx_audit *a = open_new();
    append(a, "view one");
    evx_audit_close(&a);
    pid_t child = fork();
    if (child == 0) {
        struct evx_audit_record r = {.verb = "consultation", .person = "inspector one", .view = "view two"};
        if (evx_audit_open(&a, folder) || evx_audit_append(a, &r, NULL, 0)) _exit(1);
        _exit(0);
    }
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    cr_assert_eq(evx_audit_open(&a, folder), EVX_OK);
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_OK);
    cr_assert_eq(records, 2);
    evx_audit_close(&a);
    remove_folder();
}

Test(audit, two_programs_write_one_chain, .timeout = 60)
{
    struct evx_audit *a = open_new(), *b = NULL;
    cr_assert_eq(evx_audit_open(&b, folder), EVX_OK);
    for (int i = 0; i < 5; i++) {
        append(a, "from one");
        append(b, "from the other");
    }
    uint64_t records, bad;
    cr_assert_eq(evx_audit_verify(a, &records, &bad), EVX_OK);
    cr_assert_eq(records, 10);
    evx_audit_close(&a);
    evx_audit_close(&b);
    remove_folder();
}
