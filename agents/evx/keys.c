// SPDX-License-Identifier: Apache-2.0
//
// Making keys and showing their public halves. keys.pub holds the directory's own
// "key" lines, so that adding them cannot mistype anything.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/client/cli/json.h"
#include "agents/evx/compose.h"
#include "agents/evx/keys_destroy.h"
#include "agents/evx/verbs.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define DAY_MS 86400000ll

static const struct evx_cli_option new_options[] = {
    {"keys", "DIR", "folder to write into (default: keys)"},
    {"org", "ID", "our id in the directory, written into keys.pub"},
    {"epoch", "N", "number of the encryption key (default: 1)"},
    {"days", "N", "days until the keys expire (default: 730)"},
    {"broker", NULL, "also a key that signs checkpoints"},
    {"witness", NULL, "also a key that cosigns checkpoints"},
    {"root", "NAME", "a root key instead, under this name: root.key and root.pub"},
    {"plain-keys", NULL, "no passphrase: only where the service manager guards the files"},
};

struct making {
    const char *folder;
    const char *org;
    uint64_t epoch;
    char from[EVX_TIME_TEXT], until[EVX_TIME_TEXT];
    enum evx_keyfile_cost cost;
    struct evx_passphrase ask;
    struct evx_buf pub;
};

static enum evx_status note_public(struct making *m, enum evx_key_use use, uint64_t epoch,
                                   const uint8_t key[32])
{
    char hex[65];
    evx_hex(hex, key, 32);
    return evx_buf_printf(&m->pub, "key %s %s %llu %s %s %s\n", m->org, evx_compose_use(use),
                          (unsigned long long)epoch, hex, m->from, m->until);
}

static char *path_in(const struct making *m, const char *name) { return evx_path_join(m->folder, name); }

static enum evx_status make_sign(struct making *m, const char *name, enum evx_key_use use)
{
    struct evx_sign_secret *secret = NULL;
    struct evx_sign_public public_key;
    char *path = path_in(m, name);
    enum evx_status s = path ? evx_sign_generate(&secret, &public_key) : EVX_E_MEMORY;
    if (!s) s = evx_keyfile_save_sign(path, use, secret, m->cost, &m->ask);
    if (!s) s = note_public(m, use, 1, public_key.b);
    evx_sign_secret_destroy(&secret);
    free(path);
    return s;
}

static enum evx_status make_box(struct making *m, const char *name, enum evx_key_use use, uint64_t epoch)
{
    struct evx_box_secret *secret = NULL;
    struct evx_box_public public_key;
    char *path = path_in(m, name);
    enum evx_status s = path ? evx_box_generate(&secret, &public_key) : EVX_E_MEMORY;
    if (!s) s = evx_keyfile_save_box(path, use, secret, m->cost, &m->ask);
    if (!s) s = note_public(m, use, epoch, public_key.b);
    evx_box_secret_destroy(&secret);
    free(path);
    return s;
}

static enum evx_status make_all(struct making *m, const struct evx_cli_options *o)
{
    char enc[40];
    snprintf(enc, sizeof enc, "enc-%llu.key", (unsigned long long)m->epoch);
    enum evx_status s = make_sign(m, "sig.key", EVX_KEY_SIG);
    // A broker opens nothing, so it has nothing to open with.
    if (!s && !evx_cli_has(o, "broker")) s = make_box(m, enc, EVX_KEY_ENC, m->epoch);
    if (!s) s = make_box(m, "trn.key", EVX_KEY_TRN, 1);
    if (!s && evx_cli_has(o, "witness")) s = make_sign(m, "wit.key", EVX_KEY_WIT);
    if (!s && evx_cli_has(o, "broker")) s = make_sign(m, "log.key", EVX_KEY_LOG);
    if (s) return s;
    char *path = path_in(m, "keys.pub");
    s = path ? evx_file_replace(path, evx_buf_bytes(&m->pub), 0644) : EVX_E_MEMORY;
    free(path);
    return s;
}

static enum evx_status make_root(struct making *m, const char *name)
{
    struct evx_sign_secret *secret = NULL;
    struct evx_sign_public public_key;
    struct evx_vkey vkey;
    char *path = path_in(m, "root.key"), *pub = path_in(m, "root.pub");
    enum evx_status s = path && pub ? evx_sign_generate(&secret, &public_key) : EVX_E_MEMORY;
    if (!s) s = evx_vkey_make(&vkey, name, EVX_NOTE_ED25519, &public_key);
    if (!s) s = evx_keyfile_save_sign(path, EVX_KEY_ROOT, secret, m->cost, &m->ask);
    if (!s) s = evx_vkey_text(&m->pub, &vkey);
    if (!s) s = evx_buf_append_text(&m->pub, "\n");
    if (!s) s = evx_file_replace(pub, evx_buf_bytes(&m->pub), 0644);
    evx_sign_secret_destroy(&secret);
    free(path);
    free(pub);
    return s;
}

static int show_folder(const char *folder, bool as_json);

static enum evx_status set_times(struct making *m, const struct evx_cli_options *o)
{
    uint64_t days = 730;
    enum evx_status s = evx_cli_number(&days, o, "days", 1, 3650);
    // From the beginning of the day: other machines' clocks may be behind.
    int64_t now = (int64_t)evx_clock_wall_ms() / DAY_MS * DAY_MS;
    evx_time_text(m->from, now);
    evx_time_text(m->until, now + (int64_t)days * DAY_MS);
    return s;
}

static int run_new(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s =
        evx_cli_parse(&o, new_options, sizeof new_options / sizeof new_options[0], argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *root = evx_cli_value(&o, "root");
    struct making m = {.folder = evx_cli_value(&o, "keys"), .org = evx_cli_value(&o, "org"), .epoch = 1};
    if (!m.folder) m.folder = "keys";
    if (!m.org && !root)
        return evx_cli_fail(EVX_E_USAGE, "--org", "whose keys are they? name the organisation's id");
    m.ask = evx_cli_passphrase(&o);
    m.cost = evx_cli_has(&o, "plain-keys") ? EVX_KEYFILE_PLAIN
             : root                        ? EVX_KEYFILE_SENSITIVE
                                           : EVX_KEYFILE_MODERATE;
    s = evx_cli_number(&m.epoch, &o, "epoch", 1, UINT32_MAX);
    if (!s) s = set_times(&m, &o);
    if (s) return evx_status_exit_code(s);
    s = evx_dir_make(m.folder);
    if (!s) s = root ? make_root(&m, root) : make_all(&m, &o);
    evx_buf_free(&m.pub);
    return s ? evx_cli_fail(s, m.folder, NULL) : show_folder(m.folder, o.json);
}

struct shown {
    bool as_json;
    json_t *list;
    bool any;
};

static enum evx_status show_key(struct shown *shown, const char *org, const char *use, const char *epoch,
                                enum evx_key_use kind, const uint8_t key[32])
{
    struct evx_fingerprint f;
    char spoken[EVX_SPOKEN_TEXT], hex[65];
    evx_fingerprint_of(&f, kind, key);
    evx_fingerprint_spoken(spoken, &f);
    evx_hex(hex, f.b, sizeof f.b);
    shown->any = true;
    if (!shown->as_json) {
        printf("%s %s %s\n  fingerprint %s\n  read out    %s\n", org, use, epoch, hex, spoken);
        return EVX_OK;
    }
    return evx_json_add(shown->list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "org", org, "use", use, "epoch",
                                               epoch, "fingerprint", hex, "spoken", spoken));
}

static enum evx_status show_line(struct shown *shown, char *line)
{
    char *word[8] = {0}, *at = line;
    size_t n = 0;
    for (char *w; n < 8 && (w = strsep(&at, " "));)
        word[n++] = w;
    uint8_t key[32];
    if (n == 7 && !strcmp(word[0], "key") && evx_unhex(key, sizeof key, word[4]))
        return show_key(shown, word[1], word[2], word[3], evx_compose_use_of(word[2]), key);
    struct evx_vkey root;
    if (n == 1 && *line && evx_vkey_parse(&root, line) == EVX_OK)
        return show_key(shown, root.name, "root", "1", EVX_KEY_ROOT, root.key.b);
    return EVX_E_KEY_FILE;
}

static enum evx_status show_file(struct shown *shown, const char *folder, const char *name)
{
    struct evx_buf text = {0};
    char *path = evx_path_join(folder, name);
    enum evx_status s = path ? EVX_OK : EVX_E_MEMORY;
    if (!s && evx_path_exists(path)) {
        s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
        if (!s) s = evx_buf_append(&text, "", 1);
        char *at = (char *)text.p;
        for (char *line; !s && at && (line = strsep(&at, "\n"));)
            if (*line) s = show_line(shown, line);
    }
    evx_buf_free(&text);
    free(path);
    return s;
}

static int show_folder(const char *folder, bool as_json)
{
    struct shown shown = {.as_json = as_json, .list = json_array()};
    enum evx_status s = shown.list ? show_file(&shown, folder, "keys.pub") : EVX_E_MEMORY;
    if (!s) s = show_file(&shown, folder, "root.pub");
    if (!s && !shown.any) s = EVX_E_FILE_UNREADABLE;
    json_t *o = !s && as_json ? evx_json_object("evx.keys/1") : NULL;
    if (o) {
        s = evx_json_set(o, "keys", json_incref(shown.list));
        if (!s) s = evx_json_print(stdout, json_incref(o));
        json_decref(o);
    }
    json_decref(shown.list);
    return s ? evx_cli_fail(s, folder, NULL) : 0;
}

static const struct evx_cli_option show_options[] = {{"keys", "DIR", "folder with keys.pub (default: keys)"}};

static int run_show(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, show_options, 1, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *folder = evx_cli_value(&o, "keys");
    return show_folder(folder ? folder : "keys", o.json);
}

int evx_verb_keys(int argc, char **argv)
{
    const struct evx_command table[] = {
        {"new", run_new, "generate keys and print their fingerprints", "--org ID [--keys DIR] | --root NAME",
         new_options, sizeof new_options / sizeof new_options[0], false},
        {"show", run_show, "print the fingerprints to read out", "[--keys DIR]", show_options, 1, false},
        {"rotate", evx_keys_run_rotate, "make the next key of a use, and the request that enrols it",
         "sig|enc|trn|wit|log --org ID [--keys DIR] [--out FILE]", evx_keys_rotate_options,
         evx_keys_rotate_options_n, false},
        {"destroy", evx_keys_run_destroy, "overwrite an encryption key whose epoch is over",
         "--use enc --epoch N --store FOLDER|none [--keys DIR] [--yes]", evx_keys_destroy_options,
         EVX_KEYS_DESTROY_OPTIONS, false},
    };
    return evx_cli_dispatch(table, sizeof table / sizeof table[0], "evx keys", argc, argv);
}
