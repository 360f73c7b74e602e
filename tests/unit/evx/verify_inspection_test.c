// SPDX-License-Identifier: Apache-2.0
//
// The offline verifier on whole inspections.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/fork.h"
#include "proto/base/file.h"
#include "tests/unit/evx/verify_scene.h"

TestSuite(verify_inspection, .init = scene_open, .fini = scene_close, .timeout = 60);

// A whole inspection of a world with one thing wrong.
static enum evx_status verify_world(struct world_wish wish, unsigned witnesses, bool statements)
{
    struct world *w = world_new(&wish);
    world_export(w, "i", witnesses, statements);
    world_free(w);
    return verify_folder();
}
Test(verify_inspection, a_whole_inspection_holds_and_says_what_was_proved)
{
    struct world *w = world_new(&(struct world_wish){.filler = 300, .quorum = "2"});
    char *text;
    world_export(w, "i", 7, true);
    cr_assert_eq(verify(&(struct evx_verify_given){0}, "i", &text), EVX_OK, "%s", text);
    cr_assert(strstr(text, "proved: these are all 309 entries of the log"));
    cr_assert(strstr(text, "proved: the checkpoint is witnessed 3 of 3 (2 needed)"));
    cr_assert(strstr(text, "proved: complete: northam-police, stream 01010101"));
    cr_assert(strstr(text, "numbers 1 to 3 without a gap, 6 items, as stated; the statement is final"));
    cr_assert(strstr(text, "proved: inspectorate-care counter-signed this statement"));
    cr_assert(strstr(text, "not proved: that northam-council sent nothing after number 301"));
    cr_assert(strstr(text, "assumed: directory version 2 of exchange.example is the true one"));
    cr_assert_not(strstr(text, "that northam-police sent nothing after"));
    free(text);
    world_free(w);
}

Test(verify_inspection, what_senders_and_broker_do_wrong_is_named)
{
    static const struct {
        const char *what;
        struct world_wish wish;
        bool statements;
        enum evx_status expected;
    } row[] = {
        {"a number left out", {.gap = true}, false, EVX_E_LOG_CHAIN},
        {"accepted before a directory was logged", {.unlogged = true}, false, EVX_E_DIRECTORY_UNLOGGED},
        {"items miscounted", {.false_items = true}, true, EVX_E_STATEMENT_FALSE},
        {"another root stated", {.false_root = true}, true, EVX_E_STATEMENT_FALSE},
        {"a suspended sender accepted", {.suspended = true}, false, EVX_E_NOT_ENTITLED},
        {"another inspection's consignment", {.other_inspection = true}, false, EVX_E_WRONG_INSPECTION},
        {"a wrong signature accepted", {.bad_signature = true}, false, EVX_E_SIGNATURE},
        {"an old directory again", {.rollback = true}, false, EVX_E_DIRECTORY_ROLLBACK},
        {"a strange entry", {.strange_entry = true}, false, EVX_E_MALFORMED},
        {"too few witnesses", {.quorum = "2"}, false, EVX_E_QUORUM},
    };
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        enum evx_status s = verify_world(row[i].wish, 1, row[i].statements);
        cr_assert_eq(s, row[i].expected, "%s: %s", row[i].what, evx_error_info(s)->name);
        scene_close();
        scene_open();
    }
}

// Of a growing log the newest checkpoint waits for its witnesses.
Test(verify_inspection, the_witnessed_checkpoint_is_the_one_that_must_hold)
{
    struct world *w = world_new(&(struct world_wish){.quorum = "2"});
    struct evx_checkpoint other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_buf note = {0};
    world_export(w, "i", 0, false);
    cr_assert_eq(verify_folder(), EVX_E_QUORUM);
    world_checkpoint(&note, w, 9, 1);
    world_write("i", "witnessed-checkpoint", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_QUORUM, "one of two");
    note.n = 0;
    world_checkpoint(&note, w, 9, 3);
    world_write("i", "witnessed-checkpoint", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_OK);
    note.n = 0;
    world_sign(&note, w, &other);
    world_write("i", "checkpoint", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED, "the other checkpoint is of another log");
    evx_buf_free(&note);
    world_free(w);
}

Test(verify_inspection, more_after_a_final_statement_is_said)
{
    struct world *w = world_new(&(struct world_wish){.more_after_final = true});
    char *text;
    world_export(w, "i", 0, true);
    cr_assert_eq(verify(&(struct evx_verify_given){0}, "i", &text), EVX_OK);
    cr_assert(strstr(text, "not proved: that northam-police is finished: after its final statement 1 more"));
    cr_assert(strstr(text, "not proved: that northam-police sent nothing after number 5"));
    free(text);
    world_free(w);
}

Test(verify_inspection, damage_to_the_files_is_found)
{
    static const struct {
        const char *path;
        size_t at;
        enum evx_status expected;
    } row[] = {
        {"i/tile/entries/001.p/53", 700, EVX_E_LOG_ROOT}, {"i/tile/0/000", 40, EVX_E_LOG_TILE},
        {"i/tile/1/000.p/1", 3, EVX_E_LOG_TILE},          {"i/tile/entries/000", 0, EVX_E_LOG_TILE},
        {"i/checkpoint", 52, EVX_E_NOTE_SIGNATURE},       {"i/directory/1", 200, EVX_OK},
        {"i/statements/6.bundle", 3000, EVX_OK},
    };
    struct world *w = world_new(&(struct world_wish){.filler = 300});
    world_export(w, "i", 7, true);
    cr_assert_eq(verify_folder(), EVX_OK);
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        change(row[i].path, row[i].at);
        enum evx_status s = verify_folder();
        if (row[i].expected == EVX_OK) // one of several, as the byte falls
            cr_assert_neq(s, EVX_OK, "%s", row[i].path);
        else
            cr_assert_eq(s, row[i].expected, "%s: %s", row[i].path, evx_error_info(s)->name);
        change(row[i].path, row[i].at);
        cr_assert_eq(verify_folder(), EVX_OK, "%s put back", row[i].path);
    }
    world_free(w);
}

Test(verify_inspection, an_entry_bundle_holds_neither_more_nor_less)
{
    struct world *w = small();
    struct evx_buf tile = {0};
    const char *path = "i/tile/entries/000.p/9";
    world_export(w, "i", 0, false);
    cr_assert_eq(evx_file_read(&tile, path, 1 << 20), EVX_OK);
    size_t n = tile.n;
    cr_assert_eq(evx_buf_append(&tile, "\0\0", 2), EVX_OK);
    world_write(".", path, evx_buf_bytes(&tile));
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "an empty entry more");
    world_write(".", path, evx_bytes(tile.p, n - 1));
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "cut off");
    cr_assert_eq(remove(path), 0);
    cr_assert_eq(verify_folder(), EVX_E_LOG_TILE, "gone");
    evx_buf_free(&tile);
    world_free(w);
}

Test(verify_inspection, a_second_log_is_a_fork)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_buf note = {0};
    world_export(w, "i", 0, false);
    world_checkpoint(&note, w, 5, 0);
    world_write("i", "checkpoints/five", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_OK, "an earlier checkpoint of this log");
    evx_buf_clear(&note);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/other", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_buf_free(&note);
    world_free(w);
}

// A checkpoint of size 0 is before every entry: it must not hide those behind it.
Test(verify_inspection, an_empty_log_s_checkpoint_hides_nothing)
{
    struct world *w = small();
    struct evx_checkpoint empty = {.origin = WORLD_ORIGIN}, other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_buf note = {0};
    evx_log_empty(&empty.root);
    world_export(w, "i", 0, false);
    world_sign(&note, w, &empty);
    world_write("i", "checkpoints/0", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_OK);
    evx_buf_clear(&note);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/5", evx_buf_bytes(&note));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_buf_free(&note);
    world_free(w);
}

Test(verify_inspection, receipts_of_another_log_are_found)
{
    struct world *w = small(), *other = world_new(&(struct world_wish){.false_items = true});
    world_export(w, "i", 0, false);
    put_receipt(w, "i", "receipts/one", 1, 4, 0);
    cr_assert_eq(verify_folder(), EVX_OK);
    put_receipt(other, "i", "receipts/two", 6, 8, 0);
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    world_free(w);
    world_free(other);
}

Test(verify_inspection, a_proof_of_a_fork_fails_the_inspection_and_holds_alone)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = WORLD_ORIGIN, .size = 5};
    struct evx_fork f = {0};
    struct evx_buf text = {0};
    const char *directory[] = {"i/directory/1"};
    struct evx_verify_given given = {.directory = directory, .directories = 1};
    world_export(w, "i", 0, false);
    world_checkpoint(&f.first, w, 5, 0);
    world_checkpoint(&f.second, w, 5, 0);
    cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
    world_write(".", "same", evx_buf_bytes(&text));
    cr_assert_eq(verify(&given, "same", NULL), EVX_E_FORK_FILE, "twice the same proves nothing");
    evx_buf_clear(&f.second);
    evx_buf_clear(&text);
    world_sign(&f.second, w, &other);
    cr_assert_eq(evx_fork_text(&text, &f), EVX_OK);
    world_write(".", "fork", evx_buf_bytes(&text));
    cr_assert_eq(verify(&given, "fork", NULL), EVX_OK, "it proves what it says");
    world_write("i", "forks/one", evx_buf_bytes(&text));
    cr_assert_eq(verify_folder(), EVX_E_LOG_FORKED);
    evx_fork_free(&f);
    evx_buf_free(&text);
    world_free(w);
}

Test(verify_inspection, beside_a_log_lies_nothing_of_another)
{
    struct world *w = small();
    struct evx_checkpoint other = {.origin = EVX_FIXTURE_EXCHANGE "/00112233445566778899aabbccddeeff",
                                   .size = 3};
    struct evx_buf note = {0};
    world_export(w, "i", 0, false);
    world_sign(&note, w, &other);
    world_write("i", "checkpoints/other", evx_buf_bytes(&note));
    cr_assert_neq(verify_folder(), EVX_OK);
    cr_assert_eq(remove("i/checkpoints/other"), 0);
    world_write("i", "checkpoints/none", evx_bytes("nonsense\n", 9));
    cr_assert_neq(verify_folder(), EVX_OK);
    cr_assert_eq(remove("i/checkpoints/none"), 0);
    cr_assert_eq(verify_folder(), EVX_OK);
    evx_buf_free(&note);
    world_free(w);
}
