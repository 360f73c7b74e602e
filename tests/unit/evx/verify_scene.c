// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/evx/verify_scene.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"

static char folder[32];

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)type, (void)where;
    return remove(path);
}

void scene_open(void)
{
    snprintf(folder, sizeof folder, "/tmp/verify-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
}

void scene_close(void)
{
    if (chdir("/tmp") == 0) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

struct world *small(void) { return world_new(&(struct world_wish){0}); }

enum evx_status verify(const struct evx_verify_given *given, const char *path, char **text)
{
    struct evx_checker *c = NULL;
    struct evx_report r;
    struct evx_buf out = {0};
    enum evx_status s = evx_checker_new(&c, given);
    if (s) return s;
    cr_assert_eq(evx_report_open(&r, path), EVX_OK);
    s = evx_verify_path(c, &r);
    cr_assert_eq(s, r.s, "the report and the status agree");
    if (text) {
        cr_assert_eq(evx_report_print(&out, &r, 1), EVX_OK);
        cr_assert_eq(evx_buf_append(&out, "", 1), EVX_OK);
        *text = (char *)out.p;
    }
    evx_report_close(&r);
    evx_checker_destroy(&c);
    return s;
}

enum evx_status verify_folder(void) { return verify(&(struct evx_verify_given){0}, "i", NULL); }

void change(const char *path, size_t at)
{
    struct evx_buf file = {0};
    cr_assert_eq(evx_file_read(&file, path, 1 << 24), EVX_OK, "%s", path);
    file.p[at < file.n ? at : file.n - 1] ^= 1;
    world_write(".", path, evx_buf_bytes(&file));
    evx_buf_free(&file);
}

void put_receipt(const struct world *w, const char *where, const char *name, uint64_t index, uint64_t size,
                 unsigned witnesses)
{
    struct evx_buf proof = {0};
    char entry[64];
    world_proof(&proof, w, index, size, witnesses);
    world_write(where, name, evx_buf_bytes(&proof));
    snprintf(entry, sizeof entry, "%s.entry", name);
    world_write(where, entry, evx_buf_bytes(&w->at[index].entry));
    evx_buf_free(&proof);
}
