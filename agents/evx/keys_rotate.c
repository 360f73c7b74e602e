// SPDX-License-Identifier: Apache-2.0
//
// A new key of one use beside the old one, and the request that brings it into the
// directory. The old one stays: what was sealed to it is opened with it, and until the
// directory lists the new one it is the one in force.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/compose.h"
#include "agents/evx/directory_life.h"
#include "agents/evx/verbs.h"
#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define DAY_MS 86400000ll

const struct evx_cli_option evx_keys_rotate_options[] = {
    {"keys", "DIR", "folder with the key files (default: keys)"},
    {"org", "ID", "our id in the directory"},
    {"days", "N", "days until the new key expires (default: 730)"},
    {"out", "FILE", "where the request goes (default: rotate.note)"},
    {"plain-keys", NULL, "no passphrase: only where the service manager guards the files"},
};
const size_t evx_keys_rotate_options_n = sizeof evx_keys_rotate_options / sizeof evx_keys_rotate_options[0];

struct rotating {
    const char *folder, *org, *out;
    enum evx_key_use use;
    uint32_t epoch; // the new one
    uint64_t days;
    enum evx_keyfile_cost cost;
    struct evx_passphrase ask;
    char line[256];
    struct evx_sign_secret *old_sign, *new_sign;
    struct evx_sign_public old_public, new_public;
};

static uint32_t newest_epoch(const char *folder, enum evx_key_use use)
{
    uint32_t epoch[EVX_KEYFILE_EPOCHS];
    size_t n = evx_keyfile_epochs(epoch, EVX_KEYFILE_EPOCHS, folder, use);
    return n ? epoch[n - 1] : 0;
}

static char *path_of(const struct rotating *r, enum evx_key_use use, uint32_t epoch)
{
    char name[EVX_KEYFILE_NAME];
    evx_keyfile_name(name, use, epoch);
    return evx_path_join(r->folder, name);
}

static enum evx_status load_old(struct rotating *r)
{
    char *path = path_of(r, EVX_KEY_SIG, newest_epoch(r->folder, EVX_KEY_SIG));
    enum evx_status s =
        path ? evx_keyfile_load_sign(&r->old_sign, &r->old_public, path, EVX_KEY_SIG, &r->ask) : EVX_E_MEMORY;
    if (s) evx_cli_error(s, path, NULL);
    free(path);
    return s;
}

static void write_line(struct rotating *r, const uint8_t key[32])
{
    char hex[65], from[EVX_TIME_TEXT], until[EVX_TIME_TEXT];
    // From the beginning of the day: other machines' clocks may be behind.
    int64_t now = (int64_t)evx_clock_wall_ms() / DAY_MS * DAY_MS;
    evx_hex(hex, key, 32);
    evx_time_text(from, now);
    evx_time_text(until, now + (int64_t)r->days * DAY_MS);
    snprintf(r->line, sizeof r->line, "key %s %s %u %s %s %s\n", r->org, evx_compose_use(r->use), r->epoch,
             hex, from, until);
}

static enum evx_status make_key(struct rotating *r)
{
    struct evx_box_secret *box = NULL;
    struct evx_box_public box_public;
    bool boxes = r->use == EVX_KEY_ENC || r->use == EVX_KEY_TRN;
    char *path = path_of(r, r->use, r->epoch);
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    if (!s) s = boxes ? evx_box_generate(&box, &box_public) : evx_sign_generate(&r->new_sign, &r->new_public);
    if (!s)
        s = boxes ? evx_keyfile_save_box(path, r->use, box, r->cost, &r->ask)
                  : evx_keyfile_save_sign(path, r->use, r->new_sign, r->cost, &r->ask);
    if (!s) write_line(r, boxes ? box_public.b : r->new_public.b);
    if (s) evx_cli_error(s, path, NULL);
    evx_box_secret_destroy(&box);
    free(path);
    return s;
}

static enum evx_status note_public(const struct rotating *r)
{
    struct evx_buf text = {0};
    char *path = evx_path_join(r->folder, "keys.pub");
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    if (!s && evx_path_exists(path)) s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s) s = evx_buf_append_text(&text, r->line);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0644);
    if (s) evx_cli_error(s, path, NULL);
    evx_buf_free(&text);
    free(path);
    return s;
}

static enum evx_status rotate(struct rotating *r)
{
    enum evx_status s = load_old(r);
    if (!s) s = make_key(r);
    if (!s) s = note_public(r);
    struct evx_request_signer signer[2] = {{r->old_sign, r->old_public}, {r->new_sign, r->new_public}};
    if (!s)
        s = evx_directory_write_request(r->out, r->org, evx_bytes_of_text(r->line), signer,
                                        r->new_sign ? 2 : 1);
    evx_sign_secret_destroy(&r->old_sign);
    evx_sign_secret_destroy(&r->new_sign);
    return s;
}

int evx_keys_run_rotate(int argc, char **argv)
{
    struct evx_cli_options o;
    struct rotating r = {.folder = "keys", .out = "rotate.note", .days = 730};
    enum evx_status s = evx_cli_parse(&o, evx_keys_rotate_options, evx_keys_rotate_options_n, argc, argv);
    if (!s) s = evx_cli_number(&r.days, &o, "days", 1, 3650);
    if (s) return evx_status_exit_code(s);
    r.org = evx_cli_value(&o, "org");
    r.use = o.argc == 1 ? evx_compose_use_of(o.argv[0]) : (enum evx_key_use)0;
    if (!r.use || !r.org)
        return evx_cli_fail(EVX_E_USAGE, "rotate", "one of sig, enc, trn, wit, log and --org ID are wanted");
    if (evx_cli_has(&o, "keys")) r.folder = evx_cli_value(&o, "keys");
    if (evx_cli_has(&o, "out")) r.out = evx_cli_value(&o, "out");
    r.cost = evx_cli_has(&o, "plain-keys") ? EVX_KEYFILE_PLAIN : EVX_KEYFILE_MODERATE;
    r.ask = evx_cli_passphrase(&o);
    r.epoch = newest_epoch(r.folder, r.use) + 1;
    s = rotate(&r);
    return s ? evx_status_exit_code(s) : 0;
}
