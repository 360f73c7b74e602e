// SPDX-License-Identifier: Apache-2.0
#include "proto/base/bodies.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"

#define SEGMENT 1000u

static char folder[64], path[96];

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/bodies-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/x.bodies", folder);
}

static void segment_name(char out[128], unsigned number) { snprintf(out, 128, "%s.%u", path, number); }

// -1 when there is no such segment.
static long size_of(unsigned number)
{
    char name[128];
    struct stat st;
    segment_name(name, number);
    return stat(name, &st) ? -1 : (long)st.st_size;
}

static void tear_down(void)
{
    for (unsigned i = 0; i < 12; i++) {
        char name[128];
        segment_name(name, i);
        unlink(name);
    }
    rmdir(folder);
}

static struct evx_bodies *open_at(uint64_t begin, uint64_t end)
{
    struct evx_bodies_options o = {.segment_bytes = SEGMENT, .begin = begin, .end = end};
    struct evx_bodies *b = NULL;
    cr_assert_eq(evx_bodies_open(&b, path, &o), EVX_OK);
    return b;
}

static enum evx_status try_open(uint64_t begin, uint64_t end)
{
    struct evx_bodies_options o = {.segment_bytes = SEGMENT, .begin = begin, .end = end};
    struct evx_bodies *b = NULL;
    enum evx_status s = evx_bodies_open(&b, path, &o);
    evx_bodies_close(&b);
    return s;
}

// Appends n bytes of one letter.
static uint64_t add(struct evx_bodies *b, char letter, size_t n)
{
    uint8_t bytes[SEGMENT];
    uint64_t place = 0;
    memset(bytes, letter, sizeof bytes);
    cr_assert_eq(evx_bodies_append(b, evx_bytes(bytes, n), &place), EVX_OK);
    return place;
}

static void keep(struct evx_bodies *b)
{
    cr_assert_eq(evx_bodies_sync(b), EVX_OK);
    evx_bodies_keep(b);
}

static bool holds(struct evx_bodies *b, uint64_t place, char letter, size_t n)
{
    struct evx_buf out = {0};
    cr_assert_eq(evx_bodies_read(b, place, n, &out), EVX_OK);
    bool same = out.n == n;
    for (size_t i = 0; same && i < n; i++)
        same = out.p[i] == (uint8_t)letter;
    evx_buf_free(&out);
    return same;
}

TestSuite(bodies, .init = set_up, .fini = tear_down, .timeout = 20);

Test(bodies, what_was_appended_is_read_here_and_elsewhere)
{
    struct evx_bodies *b = open_at(0, 0), *reader = NULL;
    uint64_t x = add(b, 'x', 10), y = add(b, 'y', 500);
    cr_assert_eq(x, 0);
    cr_assert_eq(y, 10);
    keep(b);
    cr_assert_eq(evx_bodies_end(b), 510);
    struct evx_bodies_options o = {.segment_bytes = SEGMENT, .read_only = true};
    cr_assert_eq(evx_bodies_open(&reader, path, &o), EVX_OK);
    cr_assert(holds(b, x, 'x', 10) && holds(reader, y, 'y', 500) && holds(reader, x, 'x', 10));
    uint64_t place = 1;
    cr_assert_eq(evx_bodies_append(reader, evx_bytes("z", 1), &place), EVX_E_BUG);
    evx_bodies_close(&reader);
    evx_bodies_close(&b);
    cr_assert_null(b);
}

Test(bodies, a_body_lies_in_one_segment)
{
    struct evx_bodies *b = open_at(0, 0);
    uint64_t place = 0;
    add(b, 'a', 600);
    cr_assert_eq(add(b, 'b', 401), SEGMENT, "it would not have fitted");
    cr_assert_eq(add(b, 'c', 599), SEGMENT + 401, "it fits exactly");
    cr_assert_eq(add(b, 'd', SEGMENT), 2 * SEGMENT);
    uint8_t large[SEGMENT + 1] = {0};
    cr_assert_eq(evx_bodies_append(b, evx_bytes(large, sizeof large), &place), EVX_E_TOO_LARGE);
    keep(b);
    cr_assert(holds(b, 0, 'a', 600) && holds(b, SEGMENT, 'b', 401) && holds(b, SEGMENT + 401, 'c', 599));
    cr_assert_eq(size_of(0), 600);
    cr_assert_eq(size_of(1), SEGMENT);
    evx_bodies_close(&b);
    b = open_at(0, 3 * SEGMENT);
    cr_assert_eq(add(b, 'e', 1), 3 * SEGMENT);
    evx_bodies_close(&b);
}

Test(bodies, what_is_not_there_is_damage)
{
    struct evx_bodies *b = open_at(0, 0);
    struct evx_buf out = {0};
    add(b, 'a', 100);
    keep(b);
    cr_assert_eq(evx_bodies_read(b, 50, 51, &out), EVX_E_STORE_DAMAGED, "past the end");
    cr_assert_eq(evx_bodies_read(b, 5 * SEGMENT, 1, &out), EVX_E_STORE_DAMAGED, "no such file");
    cr_assert_eq(evx_bodies_read(b, 990, 20, &out), EVX_E_STORE_DAMAGED, "no body crosses segments");
    cr_assert_eq(evx_bodies_read(b, 0, UINT64_MAX, &out), EVX_E_STORE_DAMAGED);
    evx_buf_free(&out);
    evx_bodies_close(&b);
    cr_assert_eq(try_open(0, 100), EVX_OK);
    cr_assert_eq(try_open(0, 101), EVX_E_STORE_DAMAGED, "a row refers to a byte that is gone");
    cr_assert_eq(try_open(0, SEGMENT + 1), EVX_E_STORE_DAMAGED);
    cr_assert_eq(try_open(5, 4), EVX_E_BUG);
}

Test(bodies, leftovers_go_with_the_first_append_and_not_before)
{
    struct evx_bodies *b = open_at(0, 0);
    add(b, 'a', 100);
    add(b, 'b', 200);
    add(b, 'c', 900); // begins the next segment
    keep(b);
    evx_bodies_close(&b);
    b = open_at(0, 100); // only the first one was ever committed
    evx_bodies_undo(b);
    evx_bodies_close(&b);
    cr_assert_eq(size_of(0), 300, "an old copy of the database put back destroys nothing");
    cr_assert_eq(size_of(1), 900);
    b = open_at(0, 100);
    cr_assert_eq(add(b, 'd', 50), 100);
    cr_assert_eq(size_of(0), 150);
    cr_assert_eq(size_of(1), -1);
    cr_assert(holds(b, 0, 'a', 100) && holds(b, 100, 'd', 50));
    evx_bodies_close(&b);
}

Test(bodies, files_of_others_are_left_alone)
{
    char other[128];
    snprintf(other, sizeof other, "%s.7.old", path);
    cr_assert_eq(evx_file_replace(other, evx_bytes("x", 1), 0600), EVX_OK);
    struct evx_bodies *b = open_at(0, 0);
    add(b, 'a', 1);
    cr_assert(evx_path_exists(other));
    evx_bodies_close(&b);
    unlink(other);
}

Test(bodies, undone_bytes_make_room_for_others)
{
    struct evx_bodies *b = open_at(0, 0);
    add(b, 'a', 700);
    keep(b);
    add(b, 'b', 200);
    add(b, 'c', 900);
    add(b, 'd', 900);
    evx_bodies_undo(b);
    cr_assert_eq(evx_bodies_end(b), 700);
    cr_assert_eq(size_of(0), 700);
    cr_assert(size_of(1) < 0 && size_of(2) < 0);
    keep(b);
    cr_assert_eq(add(b, 'e', 300), 700);
    keep(b);
    evx_bodies_undo(b); // nothing is open
    cr_assert(holds(b, 0, 'a', 700) && holds(b, 700, 'e', 300));
    evx_bodies_close(&b);
}

Test(bodies, what_nobody_refers_to_is_given_back)
{
    struct evx_bodies *b = open_at(0, 0);
    for (int i = 0; i < 4; i++)
        add(b, (char)('a' + i), 900);
    keep(b);
    evx_bodies_release(b, 999);
    cr_assert_eq(size_of(0), 900, "the segment's last place may still count");
    evx_bodies_release(b, 2 * SEGMENT + 5);
    cr_assert(size_of(0) < 0 && size_of(1) < 0);
    cr_assert(holds(b, 2 * SEGMENT, 'c', 900) && holds(b, 3 * SEGMENT, 'd', 900));
    evx_bodies_release(b, evx_bodies_end(b));
    cr_assert(size_of(2) < 0);
    cr_assert_eq(size_of(3), 0, "the last one is emptied");
    cr_assert_eq(add(b, 'e', 10), 3 * SEGMENT);
    keep(b);
    cr_assert(holds(b, 3 * SEGMENT, 'e', 10));
    evx_bodies_close(&b);
}

Test(bodies, a_wiped_place_holds_zeros)
{
    struct evx_bodies *b = open_at(0, 0);
    add(b, 'a', 100);
    uint64_t place = add(b, 'b', 200);
    add(b, 'c', 100);
    keep(b);
    cr_assert_eq(evx_bodies_wipe(b, place, 200), EVX_OK);
    cr_assert(holds(b, 0, 'a', 100) && holds(b, place, '\0', 200) && holds(b, 300, 'c', 100));
    cr_assert_eq(evx_bodies_wipe(b, 390, 500), EVX_OK, "nothing grows");
    cr_assert_eq(size_of(0), 400);
    cr_assert_eq(evx_bodies_wipe(b, 9 * SEGMENT, 5), EVX_OK);
    evx_bodies_close(&b);
}

Test(bodies, files_are_private_and_no_link_is_followed)
{
    char name[128], target[128];
    struct stat st;
    struct evx_bodies *b = open_at(0, 0);
    uint64_t place = 0;
    add(b, 'a', 1);
    segment_name(name, 0);
    cr_assert_eq(stat(name, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    evx_bodies_close(&b);
    unlink(name);
    snprintf(target, sizeof target, "%s/elsewhere", folder);
    cr_assert_eq(symlink(target, name), 0);
    b = open_at(0, 0);
    cr_assert_eq(evx_bodies_append(b, evx_bytes("a", 1), &place), EVX_E_IO);
    cr_assert_not(evx_path_exists(target));
    evx_bodies_close(&b);
}
