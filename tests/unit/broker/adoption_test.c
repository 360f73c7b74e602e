// SPDX-License-Identifier: Apache-2.0
//
// A directory stands in the log before anything is accepted under it.
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "broker/engine/journal_sqlite.h"
#include "broker/fsck.h"
#include "broker/ledger.h"
#include "crypto/directory_history.h"
#include "tests/unit/broker/sender.h"

static uint64_t size_of(struct scene *s)
{
    uint64_t size = 0;
    cr_assert_eq(s->r.journal->ops->size(s->r.journal, &size), EVX_OK);
    return size;
}

// The directory's version that the entry at `index` logs, 0 for a consignment.
static uint64_t version_at(struct scene *s, uint64_t index)
{
    struct evx_journal_entry e = {0};
    struct evx_log_directory d;
    cr_assert_eq(s->r.journal->ops->read(s->r.journal, index, &e), EVX_OK);
    bool is = !evx_log_directory_parse(&d, evx_buf_bytes(&e.log_entry));
    if (is) cr_assert_eq(*e.sender, '\0');
    evx_journal_entry_free(&e);
    return is ? d.version : 0;
}

static enum evx_status publish(struct scene *s)
{
    const char *renamed[] = {"Northam Police", "Police of Northam", NULL};
    return rig_directory(&s->r, renamed);
}

Test(adoption, the_first_entry_of_every_log_is_the_directory, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    cr_assert_eq(size_of(&s), 1);
    cr_assert_eq(version_at(&s, 0), 1);
    cr_assert_eq(scene_post(&s), EVX_OK);
    cr_assert_eq(version_at(&s, 1), 0);
    scene_end(&s);
}

Test(adoption, a_new_version_is_logged_before_what_is_accepted_under_it, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    s.r.hold_verify = true;
    rig_post(&s.r, 1, &s.stream, &s.bytes, &s.id); // under way when the directory changes
    cr_assert_eq(publish(&s), EVX_OK);
    s.r.hold_verify = false;
    rig_settle(&s.r);
    cr_assert_eq(rig_verdict(&s.r, 1, evx_buf_bytes(&s.bytes)), EVX_OK, "one version behind");
    cr_assert_eq(size_of(&s), 3);
    cr_assert_eq(version_at(&s, 1), 2);
    cr_assert_eq(version_at(&s, 2), 0);
    rig_settle(&s.r);
    cr_assert_eq(size_of(&s), 3, "once");
    scene_end(&s);
}

Test(adoption, a_restart_under_a_newer_directory_logs_it_at_once, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_directory *next = rig_load_directory(&s.r, NULL);
    evx_directory_destroy(&s.r.directory);
    s.r.directory = next;
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), 2);
    cr_assert_eq(version_at(&s, 1), 2);
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    cr_assert_eq(size_of(&s), 2);
    scene_end(&s);
}

Test(adoption, what_a_log_shows_is_never_taken_back, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_directory *first = evx_directory_ref(s.r.directory);
    cr_assert_eq(publish(&s), EVX_OK);
    rig_settle(&s.r);
    cr_assert_eq(evx_core_set_directory(s.r.core, first, NULL, s.r.now_ms), EVX_E_DIRECTORY_ROLLBACK);
    struct evx_directory *second = s.r.directory;
    s.r.directory = first;
    const char *renamed[] = {"Northam Police", "Police, Northam", NULL};
    struct evx_directory *other = rig_load_directory(&s.r, renamed);
    s.r.directory = second;
    cr_assert_eq(evx_directory_version(other), evx_directory_version(second));
    cr_assert_eq(evx_core_set_directory(s.r.core, other, NULL, s.r.now_ms), EVX_E_DIRECTORY_SPLIT);
    cr_assert_eq(scene_post(&s), EVX_OK, "the one in force stays");
    evx_directory_destroy(&other);
    s.r.directory = first;
    cr_assert_eq(rig_restart(&s.r), EVX_E_DIRECTORY_ROLLBACK, "nor may a start go back");
    s.r.directory = second;
    cr_assert_eq(rig_restart(&s.r), EVX_OK);
    evx_directory_destroy(&first);
    scene_end(&s);
}

Test(adoption, a_closed_inspection_needs_none, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    const char *closed[] = {" jtai open ", " jtai closed ", NULL};
    cr_assert_eq(rig_directory(&s.r, closed), EVX_OK);
    rig_settle(&s.r);
    cr_assert_eq(size_of(&s), 1);
    scene_end(&s);
}

static enum evx_status (*true_append)(struct evx_journal *, const struct evx_journal_append *);
static enum evx_status full_for_directories(struct evx_journal *j, const struct evx_journal_append *a)
{
    return *a->stream.org ? true_append(j, a) : EVX_E_DISK_FULL;
}

Test(adoption, nothing_is_accepted_while_it_cannot_be_logged, .timeout = 60)
{
    struct scene s;
    scene_begin(&s);
    struct evx_journal_ops *ops = (struct evx_journal_ops *)s.r.journal->ops;
    true_append = ops->append;
    ops->append = full_for_directories;
    cr_assert_eq(publish(&s), EVX_OK);
    rig_settle(&s.r);
    cr_assert_eq(scene_post(&s), EVX_E_STORAGE_FULL);
    cr_assert_eq(size_of(&s), 1);
    ops->append = true_append;
    s.r.now_ms += 2000;
    rig_settle(&s.r);
    cr_assert_eq(version_at(&s, 1), 2);
    scene_end(&s);
}

static enum evx_status check(struct scene *s, const struct evx_directory *d, struct evx_fsck_result *result)
{
    struct evx_fsck_options o = {.journal = s->r.journal_path,
                                 .reg = s->r.register_path,
                                 .directory = d,
                                 .inspection = evx_fixture_inspection()};
    return evx_fsck(result, &o);
}

Test(adoption, fsck_compares_the_log_with_the_directory_at_hand, .timeout = 60)
{
    struct scene s;
    struct evx_fsck_result result;
    scene_begin(&s);
    struct evx_directory *first = evx_directory_ref(s.r.directory);
    cr_assert_eq(publish(&s), EVX_OK);
    rig_settle(&s.r);
    evx_core_finish(s.r.core);
    struct evx_directory *second = evx_directory_ref(s.r.directory);
    rig_stop(&s.r);
    cr_assert_eq(check(&s, second, &result), EVX_OK, "%s", result.fault);
    cr_assert_eq(result.directories, 2);
    cr_assert_eq(check(&s, NULL, &result), EVX_OK);
    s.r.directory = first;
    const char *renamed[] = {"Northam Police", "Police, Northam", NULL};
    struct evx_directory *other = rig_load_directory(&s.r, renamed);
    cr_assert_eq(check(&s, other, &result), EVX_E_DIRECTORY_SPLIT);
    cr_assert_eq(result.fault_index, 1);
    evx_directory_destroy(&other);
    evx_directory_destroy(&first);
    s.r.directory = second; // the rig's own reference
    evx_directory_destroy(&second);
    scene_end(&s);
}

// Versions 1 and 3 were logged; somebody appends 2 behind them.
Test(adoption, fsck_finds_an_older_directory_behind_a_newer_one, .timeout = 60)
{
    struct scene s;
    struct evx_fsck_result result;
    struct evx_journal *journal = NULL;
    struct evx_ledger *l = NULL;
    struct evx_buf entry = {0};
    struct evx_digest root;
    const struct evx_journal_sqlite_options options = {0};
    const struct evx_dir_inspection i = {.id = evx_fixture_inspection()};
    const struct evx_log_directory second = {.received_ms = EVX_FIXTURE_NOW_MS, .version = 2};
    scene_begin(&s);
    cr_assert_eq(publish(&s), EVX_OK);
    cr_assert_eq(publish(&s), EVX_OK);
    rig_settle(&s.r);
    cr_assert_eq(version_at(&s, 1), 3);
    evx_core_finish(s.r.core);
    rig_stop(&s.r);
    cr_assert_eq(evx_journal_sqlite_open(&journal, s.r.journal_path, &options), EVX_OK);
    cr_assert_eq(evx_ledger_new(&l, &i, &journal), EVX_OK);
    cr_assert_eq(evx_log_directory(&entry, &second), EVX_OK);
    struct evx_journal_append a = {
        .index = 2, .stream = EVX_JOURNAL_DIRECTORIES, .sequence = 2, .log_entry = evx_buf_bytes(&entry)};
    evx_log_leaf(&a.leaf, a.log_entry);
    cr_assert_eq(l->journal->ops->begin(l->journal), EVX_OK);
    cr_assert_eq(evx_ledger_append(l, &a), EVX_OK);
    evx_frontier_root(&root, &l->frontier);
    cr_assert_eq(l->journal->ops->put_boundary(l->journal, 3, &root), EVX_OK);
    cr_assert_eq(l->journal->ops->commit(l->journal), EVX_OK);
    evx_ledger_destroy(&l);
    cr_assert_eq(check(&s, NULL, &result), EVX_E_DIRECTORY_ROLLBACK);
    cr_assert_eq(result.fault_index, 2);
    evx_buf_free(&entry);
    scene_end(&s);
}
