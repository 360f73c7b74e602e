// SPDX-License-Identifier: Apache-2.0
//
// The verbs of evx as a person uses them, in a folder of their own.
#include "agents/evx/verbs.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"
#include "tests/testlib/fixture.h"

static char folder[] = "/tmp/verbs-XXXXXX";

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)st;
    (void)type;
    (void)where;
    return remove(path);
}

static void set_up(void)
{
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    int fd = open("output", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, STDOUT_FILENO);
    dup2(fd, STDERR_FILENO);
    close(fd);
}

static void tear_down(void)
{
    if (chdir("/tmp") == 0) nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// One command line, words separated by single spaces.
static int evx(const char *line)
{
    char copy[512], *argv[32] = {"evx"}, *at = copy;
    int argc = 1;
    size_t n = 0;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *word; argc < 31 && (word = strsep(&at, " "));)
        argv[argc++] = word;
    const struct evx_command *table = evx_verbs(&n);
    return evx_cli_dispatch(table, n, "evx", argc, argv);
}

static void enrol(void)
{
    static const char *const lines[] = {
        "keys new --root root-one.example --plain-keys --keys r1",
        "keys new --root root-two.example --plain-keys --keys r2",
        "keys new --org exchange-broker --broker --plain-keys --keys broker",
        "keys new --org northam-police --plain-keys --keys police",
        "directory new --exchange exchange.example --root r1/root.pub --root r2/root.pub --threshold 2 --out "
        "d.txt",
        "directory add d.txt org exchange-broker broker active Exchange operator",
        "directory add d.txt org northam-police police active Northam Police",
        "directory add d.txt keys broker/keys.pub police/keys.pub",
        "directory add d.txt inspection 000102030405060708090a0b0c0d0e0f jtai open 2026-01-01T00:00:00.000Z "
        "2027-01-01T00:00:00.000Z Joint inspection of Northam",
        "directory add d.txt member 000102030405060708090a0b0c0d0e0f northam-police send",
        "directory sign d.txt --key r1/root.key --out one.note",
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        cr_assert_eq(evx(lines[i]), 0, "%s", lines[i]);
}

TestSuite(verbs, .init = set_up, .fini = tear_down, .timeout = 120);

Test(verbs, every_verb_is_in_the_help)
{
    size_t n = 0;
    const struct evx_command *table = evx_verbs(&n);
    struct evx_buf help = {0};
    cr_assert_eq(evx_cli_help(&help, table, n, "evx"), EVX_OK);
    cr_assert_eq(evx_buf_append(&help, "", 1), EVX_OK);
    static const char *const verbs[] = {"keys",   "directory", "doctor", "explain",
                                        "verify", "disclose",  "demo",   "grade"};
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        cr_assert(strstr((const char *)help.p, verbs[i]), "%s", verbs[i]);
    cr_assert_eq(n, sizeof verbs / sizeof verbs[0]);
    evx_buf_free(&help);
}

Test(verbs, a_directory_holds_only_with_the_signatures_of_its_roots)
{
    enrol();
    cr_assert_neq(evx("directory verify one.note"), 0, "one of two signatures");
    cr_assert_eq(evx("directory sign one.note --key r2/root.key"), 0);
    cr_assert_eq(evx("directory verify one.note"), 0);
    cr_assert_eq(evx("directory show --json one.note"), 0);
    cr_assert_neq(evx("directory verify one.note --pin "
                      "0000000000000000000000000000000000000000000000000000000000000000"),
                  0);
    cr_assert_eq(evx("directory new --from one.note --out two.txt"), 0);
    cr_assert_eq(evx("directory sign two.txt --key r1/root.key --out two.note"), 0);
    cr_assert_eq(evx("directory sign two.note --key r2/root.key"), 0);
    cr_assert_eq(evx("directory verify two.note --previous one.note"), 0);
    cr_assert_neq(evx("directory verify one.note --previous two.note"), 0);
}

Test(verbs, a_signed_directory_is_not_edited)
{
    enrol();
    cr_assert_neq(evx("directory add one.note org other police active Other"), 0);
    cr_assert_neq(evx("directory add d.txt org Bad_Id police active Other"), 0);
    cr_assert_neq(evx("directory add d.txt orgg other police active Other"), 0);
}

Test(verbs, keys_are_private_and_never_overwritten)
{
    struct stat st;
    cr_assert_eq(evx("keys new --org northam-police --plain-keys --keys k"), 0);
    cr_assert_eq(stat("k/sig.key", &st), 0);
    cr_assert_eq(st.st_mode & 077, 0u);
    cr_assert_neq(evx("keys new --org northam-police --plain-keys --keys k"), 0);
    cr_assert_eq(evx("keys show --keys k"), 0);
    cr_assert_eq(evx("keys new --keys other"), 64);
}

Test(verbs, explain_knows_every_code_and_writes_a_page_each)
{
    cr_assert_eq(evx("explain EVX-2011"), 0);
    cr_assert_eq(evx("explain gap --json"), 0);
    cr_assert_eq(evx("explain --all --json"), 0);
    cr_assert_eq(evx("explain EVX-0001"), 66);
    cr_assert_eq(evx("explain"), 64);
    cr_assert_eq(evx("explain --markdown pages"), 0);
    for (size_t i = 0; i < evx_error_count(); i++) {
        char path[64];
        snprintf(path, sizeof path, "pages/%s.md", evx_error_at(i)->code);
        cr_assert(evx_path_exists(path), "%s", path);
    }
}

static void write_file(const char *path, struct evx_bytes b)
{
    cr_assert_eq(evx_file_replace(path, b, 0600), EVX_OK);
}

// A log of one entry, its receipt, the directory and the consignment, as files.
static void write_evidence(struct evx_fixture *f)
{
    struct evx_buf whole = {0}, entry = {0}, proof = {0};
    struct evx_digest id, leaf;
    struct evx_chain_link link = {.stream = {{1}}, .sequence = 1};
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_receipt r = {.inspection = evx_fixture_inspection(), .received_ms = EVX_FIXTURE_NOW_MS};
    struct evx_checkpoint c = {.size = 1};
    struct evx_frontier frontier = {0};
    struct evx_sign_public log;
    cr_assert_eq(evx_fixture_consignment(&whole, &id, f, "northam-police", &link, 1, 400), EVX_OK);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&whole)), EVX_OK);
    cr_assert_eq(evx_log_entry(&entry, EVX_FIXTURE_NOW_MS, header, signature), EVX_OK);
    evx_log_leaf(&leaf, evx_buf_bytes(&entry));
    evx_frontier_append(&frontier, &leaf, NULL, NULL);
    evx_frontier_root(&c.root, &frontier);
    snprintf(c.origin, sizeof c.origin, "%s",
             evx_directory_inspection_at(evx_fixture_directory(f), 0)->origin);
    memcpy(log.b, evx_fixture_key(f, "exchange-broker", EVX_KEY_LOG)->public_key, sizeof log.b);
    cr_assert_eq(
        evx_checkpoint_sign(&r.checkpoint, &c, evx_fixture_sign(f, "exchange-broker", EVX_KEY_LOG), &log),
        EVX_OK);
    r.consignment = id;
    cr_assert_eq(evx_tlog_proof_text(&proof, &r), EVX_OK);
    write_file("consignment", evx_buf_bytes(&whole));
    write_file("receipt", evx_buf_bytes(&proof));
    write_file("receipt.entry", evx_buf_bytes(&entry));
    write_file("directory.note", evx_fixture_note(f));
    evx_receipt_free(&r);
    evx_buf_free(&whole);
    evx_buf_free(&entry);
    evx_buf_free(&proof);
}

// Flips one bit in the middle of a file, runs, and puts it back.
static int with_flip(const char *path, const char *line)
{
    struct evx_buf b = {0};
    cr_assert_eq(evx_file_read(&b, path, 1u << 22), EVX_OK);
    b.p[b.n / 2] ^= 1;
    write_file(path, evx_buf_bytes(&b));
    int code = evx(line);
    b.p[b.n / 2] ^= 1;
    write_file(path, evx_buf_bytes(&b));
    evx_buf_free(&b);
    return code;
}

Test(verbs, verify_holds_for_what_is_whole_and_for_nothing_else)
{
    static const char both[] = "verify --directory directory.note receipt consignment";
    static const char *const files[] = {"receipt", "receipt.entry", "consignment"};
    struct evx_fixture *f = evx_fixture_new();
    cr_assert(f);
    write_evidence(f);
    cr_assert_eq(evx(both), 0);
    cr_assert_eq(evx("verify --json --directory directory.note receipt consignment"), 0);
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(with_flip(files[i], both), 65, "%s", files[i]);
    cr_assert_neq(with_flip("directory.note", both), 0);
    cr_assert_eq(evx(both), 0);
    cr_assert_eq(evx("verify --directory directory.note output"), 65, "a file of no known kind");
    cr_assert_eq(evx("verify receipt"), 65, "nobody's keys are known");
    cr_assert_eq(evx("verify"), 64);
    cr_assert_eq(evx("verify --pin 12 receipt"), 64);
    evx_fixture_free(f);
}

Test(verbs, doctor_names_the_missing_configuration)
{
    cr_assert_eq(evx("doctor --sample-config"), 0);
    cr_assert_neq(evx("doctor --offline --config nowhere.yaml"), 0);
    cr_assert_neq(evx("doctor --offline --json --config nowhere.yaml"), 0);
}
