// SPDX-License-Identifier: Apache-2.0
//
// The life of a directory as its keepers lead it: enrolment, rotation, revocation,
// change of roots, a new log, and the ledger that notes it all.
#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agents/evx/keepers_log.h"
#include "agents/evx/verbs.h"
#include "crypto/directory_request.h"
#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define INSPECTION "000102030405060708090a0b0c0d0e0f"

static char folder[] = "/tmp/life-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st, (void)type, (void)where;
    return remove(path);
}

static int evx_words(int argc, char **argv)
{
    size_t n = 0;
    const struct evx_command *table = evx_verbs(&n);
    return evx_cli_dispatch(table, n, "evx", argc, argv);
}

// One command line, words separated by single spaces; '_' stands for a space in a word.
static int evx(const char *format, ...) __attribute__((format(printf, 1, 2)));
static int evx(const char *format, ...)
{
    char copy[1024], *argv[32] = {"evx"}, *at = copy;
    int argc = 1;
    va_list list;
    va_start(list, format);
    vsnprintf(copy, sizeof copy, format, list);
    va_end(list);
    for (char *word; argc < 31 && (word = strsep(&at, " "));)
        argv[argc++] = word;
    for (int i = 1; i < argc; i++)
        for (char *c = argv[i]; *c && i && !strcmp(argv[i - 1], "--spoken"); c++)
            if (*c == '_') *c = ' ';
    return evx_words(argc, argv);
}

static void founded(void)
{
    static const char *const lines[] = {
        "keys new --root root-one --plain-keys --keys r1",
        "keys new --root root-two --plain-keys --keys r2",
        "keys new --root root-three --plain-keys --keys r3",
        "keys new --org broker --broker --plain-keys --keys broker",
        "keys new --org police --plain-keys --keys police",
        "directory new --exchange exchange.example --root r1/root.pub --root r2/root.pub --root r3/root.pub "
        "--threshold 2 --out d.txt",
        "directory add d.txt org broker broker active Exchange operator",
        "directory add d.txt org police police active Northam Police",
        "directory add d.txt keys broker/keys.pub police/keys.pub",
        "directory add d.txt inspection " INSPECTION " jtai open 2026-01-01T00:00:00.000Z "
        "2036-01-01T00:00:00.000Z Joint inspection",
        "directory add d.txt member " INSPECTION " police send",
        "directory sign d.txt --key r1/root.key --out 1.note",
        "directory sign 1.note --key r2/root.key",
        "directory verify 1.note",
        "directory new --from 1.note --out 2.txt",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        cr_assert_eq(evx("%s", lines[i]), 0, "%s", lines[i]);
}

static void set_up(void)
{
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    int fd = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
    founded();
}

static void tear_down(void)
{
    if (chdir("/tmp") == 0) nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

TestSuite(life, .init = set_up, .fini = tear_down, .timeout = 120);

// What the organisation reads aloud, with '_' for spaces.
static void spoken_of(char out[EVX_SPOKEN_TEXT], const char *path)
{
    struct evx_buf file = {0};
    struct evx_dir_request r;
    cr_assert_eq(evx_file_read(&file, path, 1 << 20), EVX_OK);
    cr_assert_eq(evx_directory_request_open(&r, evx_buf_bytes(&file)), EVX_OK);
    evx_fingerprint_spoken(out, &r.fingerprint);
    for (char *c = out; *c; c++)
        if (*c == ' ') *c = '_';
    evx_buf_free(&file);
}

static struct evx_directory *load(const char *path)
{
    struct evx_buf file = {0};
    struct evx_directory *d = NULL;
    cr_assert_eq(evx_file_read(&file, path, 1 << 20), EVX_OK);
    cr_assert_eq(evx_directory_load(&d, evx_buf_bytes(&file), NULL, NULL, NULL), EVX_OK);
    evx_buf_free(&file);
    return d;
}

static void sign(const char *draft, const char *note)
{
    cr_assert_eq(evx("directory sign %s --key r1/root.key --out %s", draft, note), 0);
    cr_assert_eq(evx("directory sign %s --key r2/root.key", note), 0);
}

Test(life, an_organisation_is_enrolled_after_two_different_approvals)
{
    char spoken[EVX_SPOKEN_TEXT], wrong[EVX_SPOKEN_TEXT];
    cr_assert_eq(evx("keys new --org school --plain-keys --keys school"), 0);
    cr_assert_eq(evx("directory request --org school --keys school --out school.note"), 0);
    cr_assert_eq(evx("directory add 2.txt org school school active Eastcliff School"), 0);
    cr_assert_neq(evx("directory add 2.txt keys school/keys.pub"), 0, "not without a request");
    cr_assert_neq(evx("directory add 2.txt request school.note"), 0, "no approval");
    spoken_of(spoken, "school.note");
    memcpy(wrong, spoken, sizeof wrong);
    wrong[58] = wrong[58] == '9' ? '0' : (char)(wrong[58] + 1);
    cr_assert_neq(evx("directory approve school.note --key r1/root.key --name root-one --spoken %s", wrong),
                  0);
    cr_assert_eq(evx("directory approve school.note --key r1/root.key --name root-one --spoken %s", spoken),
                 0);
    cr_assert_neq(evx("directory add 2.txt request school.note"), 0, "one approval");
    cr_assert_eq(evx("directory approve school.note --key r1/root.key --name root-one --spoken %s", spoken),
                 0);
    cr_assert_neq(evx("directory add 2.txt request school.note"), 0, "the same root twice");
    cr_assert_eq(evx("directory approve school.note --key r3/root.key --name root-three --spoken %s", spoken),
                 0);
    cr_assert_eq(evx("directory add 2.txt request school.note"), 0);
    sign("2.txt", "2.note");
    struct evx_directory *d = load("2.note");
    cr_assert_not_null(evx_directory_key_of(d, "school", EVX_KEY_SIG, (int64_t)evx_clock_wall_ms()));
    evx_directory_destroy(&d);
}

Test(life, keys_rotate_on_the_word_of_the_key_in_force)
{
    static const char *const uses[] = {"sig", "enc", "trn"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(evx("keys rotate %s --org police --keys police --plain-keys --out r.note", uses[i]), 0);
        cr_assert_eq(evx("directory rotate 2.txt r.note"), 0, "%s", uses[i]);
    }
    cr_assert_neq(evx("directory rotate 2.txt r.note"), 0, "an epoch is listed once");
    sign("2.txt", "2.note");
    struct evx_directory *d = load("2.note"), *first = load("1.note");
    int64_t now = (int64_t)evx_clock_wall_ms();
    cr_assert_eq(evx_directory_key_of(d, "police", EVX_KEY_SIG, now)->epoch, 2);
    cr_assert_eq(evx_directory_key_of(d, "police", EVX_KEY_ENC, now)->epoch, 2);
    char *in_force = evx_keyfile_current("police", EVX_KEY_SIG, d, "police", now);
    cr_assert_str_eq(in_force, "police/sig-2.key");
    free(in_force);
    in_force = evx_keyfile_current("police", EVX_KEY_TRN, first, "police", now);
    cr_assert_str_eq(in_force, "police/trn.key", "until the directory lists the new one");
    free(in_force);
    evx_directory_destroy(&d);
    evx_directory_destroy(&first);
}

Test(life, nobody_else_rotates_an_organisations_keys)
{
    cr_assert_eq(evx("keys new --org police --plain-keys --keys thief"), 0);
    cr_assert_eq(evx("keys rotate enc --org police --keys thief --plain-keys --out r.note"), 0);
    cr_assert_neq(evx("directory rotate 2.txt r.note"), 0);
}

Test(life, a_revocation_has_a_place_and_is_never_taken_back)
{
    char hex[65];
    struct evx_directory *d = load("1.note");
    evx_hex(hex, evx_directory_key_of(d, "police", EVX_KEY_SIG, (int64_t)evx_clock_wall_ms())->fingerprint.b,
            32);
    evx_directory_destroy(&d);
    cr_assert_neq(evx("directory revoke 2.txt %s --reason lost", hex), 0, "where?");
    cr_assert_neq(evx("directory revoke 2.txt %s --reason lost --everywhere --log x --from 1", hex), 0);
    cr_assert_neq(evx("directory revoke 2.txt %064d --reason lost --everywhere", 7), 0, "nobody's key");
    cr_assert_eq(evx("directory revoke 2.txt %s --reason lost --log " INSPECTION " --from 40", hex), 0);
    sign("2.txt", "2.note");
    d = load("2.note");
    cr_assert_eq(evx_directory_revocations(d), 1);
    cr_assert_eq(evx_directory_revocation_at(d, 0)->index, 40);
    evx_directory_destroy(&d);
    cr_assert_eq(evx("directory verify 2.note --previous 1.note"), 0);
    cr_assert_eq(evx("directory new --from 2.note --out 3.txt"), 0);
    cr_assert_eq(evx("directory revoke 3.txt %s --reason found --log " INSPECTION " --from 41", hex), 0);
    sign("3.txt", "3.note");
    cr_assert_neq(evx("directory verify 3.note --previous 2.note"), 0, "a later place");
    cr_assert_eq(evx("directory revoke 3.txt %s --reason lost --log " INSPECTION " --from 30", hex), 0);
    sign("3.txt", "3.note");
    cr_assert_eq(evx("directory verify 3.note --previous 2.note"), 0, "an earlier one");
}

Test(life, roots_change_with_the_old_threshold_and_the_new)
{
    cr_assert_eq(evx("keys new --root root-four --plain-keys --keys r4"), 0);
    cr_assert_eq(evx("keys new --root root-five --plain-keys --keys r5"), 0);
    cr_assert_eq(evx("directory root add 2.txt r4/root.pub"), 0);
    cr_assert_eq(evx("directory root add 2.txt r5/root.pub"), 0);
    cr_assert_eq(evx("directory root remove 2.txt root-one"), 0);
    cr_assert_eq(evx("directory root remove 2.txt root-two"), 0);
    cr_assert_neq(evx("directory root remove 2.txt root-three --threshold 3"), 0, "two cannot be three");
    cr_assert_neq(evx("directory root remove 2.txt root-nine"), 0);
    cr_assert_eq(evx("directory sign 2.txt --key r4/root.key --out 2.note"), 0);
    cr_assert_neq(evx("directory verify 2.note --previous 1.note"), 0, "neither threshold");
    cr_assert_eq(evx("directory sign 2.note --key r5/root.key"), 0);
    cr_assert_eq(evx("directory verify 2.note"), 0, "its own");
    cr_assert_neq(evx("directory verify 2.note --previous 1.note"), 0, "not the old one");
    cr_assert_eq(evx("directory sign 2.note --key r1/root.key --name root-one"), 0);
    cr_assert_neq(evx("directory verify 2.note --previous 1.note"), 0, "one of the old is not enough");
    cr_assert_eq(evx("directory sign 2.note --key r2/root.key --name root-two"), 0);
    cr_assert_eq(evx("directory verify 2.note --previous 1.note"), 0);
}

Test(life, the_new_roots_are_wanted_as_much_as_the_old)
{
    cr_assert_eq(evx("keys new --root root-four --plain-keys --keys r4"), 0);
    cr_assert_eq(evx("keys new --root root-five --plain-keys --keys r5"), 0);
    cr_assert_eq(evx("directory root add 2.txt r4/root.pub"), 0);
    cr_assert_eq(evx("directory root add 2.txt r5/root.pub --threshold 3"), 0);
    sign("2.txt", "2.note");
    cr_assert_neq(evx("directory verify 2.note --previous 1.note"), 0);
    cr_assert_eq(evx("directory sign 2.note --key r5/root.key"), 0);
    cr_assert_eq(evx("directory verify 2.note --previous 1.note"), 0);
}

Test(life, a_lost_log_is_replaced_by_a_new_inspection)
{
    struct evx_inspection_id old, fresh;
    cr_assert_neq(evx("directory replace 2.txt 00 --reason restored"), 0);
    cr_assert_neq(evx("directory replace 2.txt " INSPECTION " --reason restored --id " INSPECTION), 0);
    cr_assert_eq(
        evx("directory replace 2.txt " INSPECTION " --reason restored --id 0f0e0d0c0b0a09080706050403020100"),
        0);
    sign("2.txt", "2.note");
    struct evx_directory *d = load("2.note");
    cr_assert(evx_unhex(old.b, 16, INSPECTION) && evx_unhex(fresh.b, 16, "0f0e0d0c0b0a09080706050403020100"));
    cr_assert_not(evx_directory_inspection(d, &old)->open);
    cr_assert(evx_directory_inspection(d, &fresh)->open);
    cr_assert_eq(evx_directory_rights(d, &fresh, "police"), EVX_RIGHT_SEND);
    evx_directory_destroy(&d);
}

Test(life, a_file_of_keys_brings_nothing_else)
{
    struct evx_bytes more = evx_bytes_of_text("member " INSPECTION " broker send\n");
    cr_assert_eq(evx_file_replace("evil.pub", more, 0644), EVX_OK);
    cr_assert_neq(evx("directory add d.txt keys evil.pub"), 0);
}

static enum evx_status ledger(uint64_t *lines, char head[65])
{
    return evx_keepers_check("directory.ledger", lines, head, NULL, NULL);
}

Test(life, every_operation_is_in_the_ledger_and_the_ledger_holds)
{
    uint64_t before = 0, after = 0;
    char head[65], cut[65];
    cr_assert_eq(ledger(&before, head), EVX_OK);
    cr_assert_geq(before, 9);
    cr_assert_eq(evx("directory root add 2.txt r1/root.pub"), 0);
    cr_assert_eq(ledger(&after, head), EVX_OK);
    cr_assert_eq(after, before + 1);
    cr_assert_eq(evx("directory log directory.ledger --head %s", head), 0);
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, "directory.ledger", 1 << 20), EVX_OK);
    for (size_t at = 0; at < b.n; at += 37) {
        b.p[at] ^= 1;
        cr_assert_eq(evx_file_replace("directory.ledger", evx_buf_bytes(&b), 0644), EVX_OK);
        cr_assert_eq(ledger(&after, cut), EVX_E_DIRECTORY_HISTORY, "byte %zu", at);
        b.p[at] ^= 1;
    }
    cr_assert_neq(evx("directory root add 2.txt r1/root.pub"), 0, "nothing is added to a broken one");
    size_t n = b.n - 1;
    while (n && b.p[n - 1] != '\n')
        n--;
    cr_assert_eq(evx_file_replace("directory.ledger", evx_bytes(b.p, n), 0644), EVX_OK);
    cr_assert_eq(ledger(&after, cut), EVX_OK);
    cr_assert_neq(evx("directory log directory.ledger --head %s", head), 0, "its end was cut off");
    evx_buf_free(&b);
}
