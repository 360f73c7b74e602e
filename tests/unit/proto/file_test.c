// SPDX-License-Identifier: Apache-2.0
#include "proto/base/file.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/evx-file-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void remove_folder(void)
{
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));)
        unlinkat(dirfd(d), e->d_name, strcmp(e->d_name, "sub") ? 0 : AT_REMOVEDIR);
    if (d) closedir(d);
    rmdir(folder);
}

static size_t entries(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    closedir(d);
    return n;
}

static char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

TestSuite(file, .init = make_folder, .fini = remove_folder, .timeout = 20);

Test(file, replace_then_read)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes_of_text("one"), 0600), EVX_OK);
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes_of_text("two!"), 0600), EVX_OK);
    cr_assert_eq(evx_file_read(&b, in_folder("a"), 100), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&b), evx_bytes_of_text("two!")));
    cr_assert_eq(entries(), 1, "no temporary is left");
    struct stat st;
    cr_assert_eq(stat(in_folder("a"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    evx_buf_free(&b);
}

Test(file, create_never_overwrites)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_create(in_folder("a"), evx_bytes_of_text("one"), 0600), EVX_OK);
    cr_assert_eq(evx_file_create(in_folder("a"), evx_bytes_of_text("two"), 0600), EVX_E_FILE_EXISTS);
    cr_assert_eq(evx_file_read(&b, in_folder("a"), 100), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&b), evx_bytes_of_text("one")));
    cr_assert_eq(entries(), 1);
    evx_buf_free(&b);
}

Test(file, failed_replace_keeps_the_old_content)
{
    struct evx_buf b = {0};
    cr_assert_eq(mkdir(in_folder("sub"), 0700), 0);
    cr_assert_neq(evx_file_replace(in_folder("sub"), evx_bytes_of_text("x"), 0600), EVX_OK);
    cr_assert_eq(entries(), 1);
    cr_assert_neq(evx_file_replace(in_folder("none/a"), evx_bytes_of_text("x"), 0600), EVX_OK);
    cr_assert_eq(evx_file_read(&b, in_folder("sub"), 10), EVX_E_FILE_UNREADABLE);
    cr_assert_null(b.p);
}

Test(file, replace_does_not_follow_a_planted_temporary)
{
    char planted[128];
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_replace(in_folder("victim"), evx_bytes_of_text("safe"), 0600), EVX_OK);
    snprintf(planted, sizeof planted, "%s/a.tmp.%ld", folder, (long)getpid());
    cr_assert_eq(symlink(in_folder("victim"), planted), 0);
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes_of_text("evil"), 0600), EVX_OK);
    cr_assert_eq(evx_file_read(&b, in_folder("victim"), 100), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&b), evx_bytes_of_text("safe")));
    evx_buf_free(&b);
}

Test(file, read_refuses_what_is_too_large_or_no_file)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes_of_text("12345"), 0600), EVX_OK);
    cr_assert_eq(evx_file_read(&b, in_folder("a"), 4), EVX_E_FILE_TOO_LARGE);
    cr_assert_null(b.p);
    cr_assert_eq(evx_file_read(&b, in_folder("a"), 5), EVX_OK);
    evx_buf_free(&b);
    cr_assert_eq(evx_file_read(&b, in_folder("none"), 5), EVX_E_FILE_UNREADABLE);
    cr_assert_eq(mkfifo(in_folder("pipe"), 0600), 0);
    cr_assert_eq(evx_file_read(&b, in_folder("pipe"), 5), EVX_E_FILE_UNREADABLE,
                 "must not wait for a writer");
}

// Its size is said to be 0; what counts is what is read.
Test(file, read_does_not_believe_the_size)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, "/proc/self/maps", 100), EVX_E_FILE_TOO_LARGE);
    cr_assert_null(b.p);
}

Test(file, an_empty_file_reads_as_nothing)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes(NULL, 0), 0600), EVX_OK);
    cr_assert_eq(evx_file_read(&b, in_folder("a"), 0), EVX_OK);
    cr_assert_eq(b.n, 0);
    evx_buf_free(&b);
}

Test(file, a_lock_has_one_holder)
{
    int fd, second;
    cr_assert_eq(evx_file_lock(&fd, in_folder("lock")), EVX_OK);
    cr_assert_eq(evx_file_lock(&second, in_folder("lock")), EVX_E_ALREADY_RUNNING);
    cr_assert_eq(second, -1);
    close(fd);
    cr_assert_eq(evx_file_lock(&fd, in_folder("lock")), EVX_OK, "released with the descriptor");
    close(fd);
}

Test(file, a_lock_is_released_when_its_holder_is_killed)
{
    int ready[2], fd;
    char byte;
    cr_assert_eq(pipe(ready), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        int held;
        alarm(10); // no child outlives a failed assertion for long
        bool ok = evx_file_lock(&held, in_folder("lock")) == EVX_OK;
        if (write(ready[1], ok ? "y" : "n", 1) == 1) pause();
        _exit(1);
    }
    cr_assert_eq(read(ready[0], &byte, 1), 1);
    cr_assert_eq(byte, 'y');
    cr_assert_eq(evx_file_lock(&fd, in_folder("lock")), EVX_E_ALREADY_RUNNING);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
    cr_assert_eq(evx_file_lock(&fd, in_folder("lock")), EVX_OK);
    close(fd);
}

Test(file, folders_are_made_private_and_repeatably)
{
    struct stat st;
    cr_assert_eq(evx_dir_make(in_folder("sub")), EVX_OK);
    cr_assert_eq(evx_dir_make(in_folder("sub")), EVX_OK);
    cr_assert_eq(stat(in_folder("sub"), &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0700);
    cr_assert_eq(evx_file_replace(in_folder("a"), evx_bytes_of_text("x"), 0600), EVX_OK);
    cr_assert_neq(evx_dir_make(in_folder("a")), EVX_OK, "a file stands there");
}

Test(file, paths_join_with_one_slash)
{
    const char *row[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < 3; i++) {
        char *path = evx_path_join(row[i][0], row[i][1]);
        cr_assert_str_eq(path, row[i][2]);
        free(path);
    }
    cr_assert(evx_path_exists(folder));
    cr_assert_not(evx_path_exists(in_folder("none")));
}

Test(file, free_space_is_known)
{
    uint64_t bytes = 0;
    cr_assert_eq(evx_dir_free_bytes(&bytes, folder), EVX_OK);
    cr_assert_gt(bytes, 0);
    cr_assert_eq(evx_dir_free_bytes(&bytes, in_folder("none")), EVX_E_IO);
    cr_assert_eq(bytes, 0);
}
