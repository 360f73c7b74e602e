// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/directories.h"
#include "broker/engine/journal_sqlite.h"
#include "broker/fsck.h"
#include "broker/places.h"
#include "broker/tiles.h"
#include "proto/base/file.h"

struct fsck_run {
    const struct evx_broker_config *config;
    const struct evx_directory *directory;
    bool deep;
    size_t logs;
    enum evx_status worst;
};

static void print_result(const struct evx_inspection_id *id, const struct evx_fsck_result *r,
                         enum evx_status s)
{
    char hex[33], root[65];
    evx_hex(hex, id->b, sizeof id->b);
    evx_hex(root, r->root.b, sizeof r->root.b);
    if (!s) {
        printf("%s ok: %" PRIu64 " entries, %" PRIu64 " consignments, %" PRIu64 " streams, %" PRIu64
               " checkpoints, %" PRIu64 " equivocations, root %s\n",
               hex, r->entries, r->bodies, r->streams, r->checkpoints, r->equivocations, root);
        return;
    }
    const struct evx_error_info *e = evx_error_info(s);
    printf("%s %s: %s, at index %" PRIu64 "; %s\n", hex, e->code, r->fault ? r->fault : e->what,
           r->fault_index, e->remedy);
}

static enum evx_status check_one(void *user, const struct evx_inspection_id *id)
{
    struct fsck_run *run = user;
    char *journal = evx_journal_path(run->config->state, id);
    char *reg = evx_register_path(run->config->signer_state, id);
    struct evx_fsck_options o = {
        .journal = journal, .reg = reg, .directory = run->directory, .inspection = *id, .deep = run->deep};
    struct evx_fsck_result result;
    enum evx_status s = journal && reg ? evx_fsck(&result, &o) : EVX_E_MEMORY;
    if (journal && reg) print_result(id, &result, s);
    if (s) run->worst = s;
    run->logs++;
    free(journal);
    free(reg);
    return EVX_OK; // the other logs are checked all the same
}

enum evx_status evx_broker_fsck(const struct evx_broker_config *config, bool deep)
{
    struct evx_directories directories = {0};
    enum evx_status s = evx_directories_open(&directories, config->directory, config->state, NULL, NULL);
    if (s) printf("the directory cannot be used (%s): signatures are not checked\n", evx_error_info(s)->code);
    struct fsck_run run = {.config = config, .directory = directories.newest, .deep = deep};
    int lock = -1;
    char *path = evx_path_join(config->state, "lock");
    s = path ? evx_file_lock(&lock, path) : EVX_E_MEMORY;
    free(path);
    if (!s) s = evx_places_each(config->state, check_one, &run);
    if (!s && !run.logs) printf("no logs in %s\n", config->state);
    evx_directories_free(&directories);
    if (lock >= 0) close(lock);
    return s ? s : run.worst;
}

// Who counts is the directory's word; without it the newest checkpoint is all there is.
static enum evx_status export_witnessed(const struct evx_broker_config *config,
                                        const struct evx_inspection_id *id, struct evx_journal *journal,
                                        const char *folder)
{
    struct evx_directories directories = {0};
    struct evx_policy *policy = NULL;
    uint64_t size = 0;
    enum evx_status s = evx_directories_open(&directories, config->directory, config->state, NULL, NULL);
    if (!s) s = evx_policy_from_directory(&policy, directories.newest, id);
    if (s) {
        printf("the directory cannot be used (%s): no witnessed checkpoint is written\n",
               evx_error_info(s)->code);
        s = EVX_OK;
    } else {
        s = evx_tiles_write_witnessed(journal, folder, policy, &size);
        if (!s && size) printf("the first %" PRIu64 " entries are witnessed by a quorum\n", size);
    }
    evx_policy_destroy(&policy);
    evx_directories_free(&directories);
    return s;
}

enum evx_status evx_broker_export_log(const struct evx_broker_config *config, const char *inspection,
                                      const char *folder)
{
    struct evx_inspection_id id;
    if (!evx_unhex(id.b, sizeof id.b, inspection)) return EVX_E_USAGE;
    char *path = evx_journal_path(config->state, &id);
    struct evx_journal *journal = NULL;
    struct evx_journal_sqlite_options options = {.read_only = true};
    uint64_t size = 0;
    enum evx_status s = !path ? EVX_E_MEMORY : evx_path_exists(path) ? EVX_OK : EVX_E_NOT_FOUND;
    if (!s) s = evx_journal_sqlite_open(&journal, path, &options);
    if (!s) s = evx_tiles_write(journal, folder, &size);
    if (!s) printf("%s: %" PRIu64 " entries, checkpoint and tiles written to %s\n", inspection, size, folder);
    if (!s) s = export_witnessed(config, &id, journal, folder);
    evx_journal_destroy(&journal);
    free(path);
    return s;
}
