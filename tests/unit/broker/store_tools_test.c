// SPDX-License-Identifier: Apache-2.0
//
// fsck, tiles, checksum and configuration.
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/checksum.h"
#include "broker/config.h"
#include "broker/fsck.h"
#include "broker/tiles.h"
#include "proto/base/file.h"
#include "tests/unit/broker/rig.h"

#define POLICE "northam-police"

static void fill(struct rig *r, int posts)
{
    struct evx_buf bytes = {0};
    struct evx_digest id;
    struct rig_stream a = rig_stream(POLICE, 1), b = rig_stream("northam-council", 1);
    rig_hello(r, 1, POLICE);
    rig_hello(r, 2, "northam-council");
    for (int i = 0; i < posts; i++) {
        uint32_t session = i % 3 ? 1 : 2;
        rig_post(r, session, session == 1 ? &a : &b, &bytes, &id);
        cr_assert_eq(rig_verdict(r, session, evx_buf_bytes(&bytes)), EVX_OK);
    }
    evx_core_finish(r->core);
    evx_buf_free(&bytes);
}

static enum evx_status check(struct rig *r, struct evx_fsck_result *result, bool deep)
{
    struct evx_fsck_options o = {.journal = r->journal_path,
                                 .reg = r->register_path,
                                 .directory = r->directory,
                                 .inspection = evx_fixture_inspection(),
                                 .deep = deep};
    return evx_fsck(result, &o);
}

Test(fsck, finds_nothing_wrong_with_what_the_broker_wrote, .timeout = 60)
{
    struct rig r;
    struct evx_fsck_result result;
    rig_new(&r);
    fill(&r, 40);
    rig_stop(&r);
    cr_assert_eq(check(&r, &result, true), EVX_OK, "%s", result.fault ? result.fault : "");
    cr_assert_eq(result.entries, 41);
    cr_assert_eq(result.directories, 1);
    cr_assert_eq(result.bodies, 40);
    cr_assert_eq(result.streams, 2);
    cr_assert_eq(result.checkpoints, 41);
    rig_free(&r);
}

// A bit anywhere in the file is found, or lies where it says nothing.
Test(fsck, finds_turned_bits, .timeout = 280)
{
    struct rig r;
    struct evx_fsck_result result;
    struct evx_buf whole = {0};
    rig_new(&r);
    fill(&r, 12);
    rig_stop(&r);
    cr_assert_eq(check(&r, &result, true), EVX_OK);
    struct evx_digest root = result.root;
    cr_assert_eq(evx_file_read(&whole, r.journal_path, 64u << 20), EVX_OK);
    size_t found = 0, tried = 0;
    for (size_t at = 100; at < whole.n; at += whole.n / 211, tried++) {
        whole.p[at] ^= 16;
        cr_assert_eq(evx_file_replace(r.journal_path, evx_buf_bytes(&whole), 0600), EVX_OK);
        enum evx_status s = check(&r, &result, true);
        if (!s) cr_assert(result.entries == 13 && !memcmp(result.root.b, root.b, 32), "offset %zu", at);
        found += s != EVX_OK;
        whole.p[at] ^= 16;
    }
    cr_assert_gt(found, tried / 10); // the rest of the pages is empty
    evx_buf_free(&whole);
    rig_free(&r);
}

Test(fsck, a_register_that_is_ahead_or_gone_is_found, .timeout = 60)
{
    struct rig r;
    struct evx_fsck_result result;
    struct evx_register reg;
    rig_new(&r);
    fill(&r, 5);
    rig_stop(&r);
    struct evx_inspection_id id = evx_fixture_inspection();
    const struct evx_dir_inspection *i = evx_directory_inspection(r.directory, &id);
    cr_assert_eq(evx_register_open(&reg, r.register_path, i->origin), EVX_OK);
    struct evx_digest root = reg.root;
    root.b[3] ^= 1;
    cr_assert_eq(evx_register_put(&reg, 6, &root), EVX_OK);
    cr_assert_eq(check(&r, &result, false), EVX_E_LOG_BEHIND);
    cr_assert_eq(evx_register_put(&reg, 7, &root), EVX_OK);
    evx_register_close(&reg);
    cr_assert_eq(check(&r, &result, false), EVX_E_LOG_BEHIND);
    unlink(r.register_path);
    cr_assert_eq(check(&r, &result, false), EVX_E_LOG_BEHIND);
    rig_free(&r);
}

Test(tiles, paths_are_the_specs, .timeout = 10)
{
    static const struct {
        uint64_t number;
        unsigned width;
        const char *path;
    } rows[] = {{0, 256, "000"},         {67, 256, "067"},  {1234067, 256, "x001/x234/067"},
                {1000, 256, "x001/000"}, {5, 1, "005.p/1"}, {1001, 255, "x001/001.p/255"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char path[EVX_TILE_PATH];
        evx_tile_path(path, rows[i].number, rows[i].width);
        cr_assert_str_eq(path, rows[i].path);
    }
}

static struct evx_buf read_under(const char *folder, const char *name)
{
    struct evx_buf b = {0};
    char *path = evx_path_join(folder, name);
    cr_assert_eq(evx_file_read(&b, path, 1u << 20), EVX_OK, "%s", name);
    free(path);
    return b;
}

Test(tiles, the_files_alone_lead_to_the_checkpoint, .timeout = 60)
{
    struct rig r;
    uint64_t size = 0;
    char folder[128], command[300];
    rig_new(&r);
    fill(&r, 7);
    snprintf(folder, sizeof folder, "/tmp/evx-tiles-%d", (int)getpid());
    cr_assert_eq(evx_tiles_write(r.journal, folder, &size), EVX_OK);
    cr_assert_eq(size, 8);
    struct evx_buf note = read_under(folder, "checkpoint"), hashes = read_under(folder, "tile/0/000.p/8"),
                   entries = read_under(folder, "tile/entries/000.p/8");
    struct evx_vkey key = rig_log_key(&r);
    struct evx_checkpoint c;
    cr_assert_eq(evx_checkpoint_open(&c, evx_buf_bytes(&note), &key), EVX_OK);
    struct evx_frontier f = {0};
    struct evx_digest root, leaf;
    size_t at = 0;
    for (int i = 0; i < 8; i++) {
        size_t n = evx_get_be16(entries.p + at);
        evx_log_leaf(&leaf, evx_bytes(entries.p + at + 2, n));
        cr_assert(!memcmp(leaf.b, hashes.p + 32 * i, 32));
        evx_frontier_append(&f, &leaf, NULL, NULL);
        at += 2 + n;
    }
    cr_assert_eq(at, entries.n);
    evx_frontier_root(&root, &f);
    cr_assert(c.size == 8 && !memcmp(root.b, c.root.b, 32));
    evx_buf_free(&note);
    evx_buf_free(&hashes);
    evx_buf_free(&entries);
    snprintf(command, sizeof command, "rm -r %s", folder);
    cr_assert_eq(system(command), 0);
    rig_free(&r);
}

Test(checksum, both_forms_give_the_known_values, .timeout = 10)
{
    uint8_t b[1000];
    cr_assert_eq(evx_crc32c(evx_bytes("123456789", 9)), 0xe3069283u);
    for (size_t n = 0; n < sizeof b; n++) {
        b[n] = (uint8_t)(n * 7 + 3);
        cr_assert_eq(evx_crc32c(evx_bytes(b, n)), evx_crc32c_portable(evx_bytes(b, n)));
    }
}

static enum evx_status load(const char *text, struct evx_broker_config *c, struct evx_buf *explain)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/evx-config-%d.yaml", (int)getpid());
    cr_assert_eq(evx_file_replace(path, evx_bytes_of_text(text), 0600), EVX_OK);
    evx_buf_clear(explain);
    enum evx_status s = evx_broker_config_load(c, path, explain);
    if (explain->n) cr_assert_eq(evx_buf_append(explain, "", 1), EVX_OK);
    unlink(path);
    return s;
}

#define REQUIRED "state: /s\nlisten: tcp://127.0.0.1:1\ndirectory: d\nkeys: k\n"

Test(config, fills_defaults_and_takes_what_is_given, .timeout = 10)
{
    struct evx_broker_config c;
    struct evx_buf explain = {0};
    cr_assert_eq(load(REQUIRED "reserve-kib: 12\n", &c, &explain), EVX_OK);
    cr_assert_str_eq(c.state, "/s");
    cr_assert_str_eq(c.signer_state, "/s/signer");
    cr_assert_str_eq(c.metrics, "/s/broker.prom");
    cr_assert_str_eq(c.log_level, "info");
    cr_assert_eq(c.reserve_kib, 12);
    cr_assert_eq(c.max_connections, 4096);
    evx_broker_config_free(&c);
    evx_buf_free(&explain);
}

Test(config, says_what_is_wrong_and_what_was_meant, .timeout = 10)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {REQUIRED "reserv-kib: 1\n", "unknown key \"reserv-kib\"; did you mean \"reserve-kib\"?"},
        {REQUIRED "max-connections: 5000\n", "max-connections must be from 1 to 4096"},
        {REQUIRED "fold-kib: 1\n", "fold-kib must be from 64"},
        {"state: /s\n", ""},
        {"listen: [\n", ""},
        {"", ""},
    };
    struct evx_broker_config c;
    struct evx_buf explain = {0};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_assert_eq(load(rows[i].text, &c, &explain), EVX_E_CONFIG, "row %zu", i);
        cr_assert(explain.n && strstr((char *)explain.p, rows[i].says), "row %zu: %s", i, (char *)explain.p);
    }
    evx_buf_free(&explain);
}

Test(config, the_sample_names_every_key, .timeout = 10)
{
    struct evx_buf sample = {0};
    cr_assert_eq(evx_broker_config_sample(&sample), EVX_OK);
    cr_assert_eq(evx_buf_append(&sample, "", 1), EVX_OK);
    const char *keys[] = {
        "state:",     "signer-state:", "listen:",   "directory:",      "pin:", "keys:", "metrics:",
        "log-level:", "reserve-kib:",  "fold-kib:", "max-connections:"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        cr_assert(strstr((char *)sample.p, keys[i]), "%s", keys[i]);
    evx_buf_free(&sample);
}
