// SPDX-License-Identifier: Apache-2.0
//
// Enrolment: the organisation makes a request and reads its fingerprint aloud; two root
// holders, each for themselves, compare what they hear and approve; only then do its keys
// go into a draft.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/directory_draft.h"
#include "agents/evx/directory_life.h"
#include "agents/evx/keepers_log.h"
#include "crypto/directory_request.h"
#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_directory_request_options[] = {
    {"keys", "DIR", "folder with keys.pub and the key files (default: keys)"},
    {"org", "ID", "our id in the directory"},
    {"out", "FILE", "where the request goes (default: request.note)"},
};
const struct evx_cli_option evx_directory_approve_options[] = {
    {"key", "FILE", "the root.key to approve with"},
    {"name", "NAME", "the root's name, as the directory lists it"},
    {"spoken", "TEXT", "the ten groups of five digits that were read aloud"},
};

enum evx_status evx_directory_write_request(const char *path, const char *org, struct evx_bytes key_lines,
                                            const struct evx_request_signer *signer, size_t n)
{
    struct evx_buf text = {0}, note = {0};
    struct evx_dir_request r;
    char spoken[EVX_SPOKEN_TEXT];
    enum evx_status s = evx_directory_request_text(&text, org, (int64_t)evx_clock_wall_ms(), key_lines);
    if (!s) s = evx_note_sign(&note, evx_buf_bytes(&text), org, signer[0].secret, &signer[0].key);
    for (size_t i = 1; i < n && !s; i++)
        s = evx_note_add_signature(&note, org, signer[i].secret, &signer[i].key);
    if (!s) s = evx_directory_request_open(&r, evx_buf_bytes(&note));
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&note), 0644);
    if (s) {
        evx_cli_error(s, path, NULL);
    } else {
        evx_fingerprint_spoken(spoken, &r.fingerprint);
        printf("%s: send this file to the directory's keepers\nread out, when they ring: %s\n", path, spoken);
    }
    evx_buf_free(&text);
    evx_buf_free(&note);
    return s;
}

// The keys of a folder that can sign, in their first epoch.
static enum evx_status load_signers(struct evx_request_signer *signer, size_t *n, const char *folder,
                                    const struct evx_passphrase *ask)
{
    static const struct {
        const char *name;
        enum evx_key_use use;
    } files[] = {{"sig.key", EVX_KEY_SIG}, {"wit.key", EVX_KEY_WIT}, {"log.key", EVX_KEY_LOG}};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < 3 && !s; i++) {
        char *path = evx_path_join(folder, files[i].name);
        if (!path) return EVX_E_MEMORY;
        struct evx_sign_secret *secret = NULL;
        if (i == 0 || evx_path_exists(path))
            s = evx_keyfile_load_sign(&secret, &signer[*n].key, path, files[i].use, ask);
        if (!s && secret) signer[(*n)++].secret = secret;
        if (s) evx_cli_error(s, path, NULL);
        free(path);
    }
    return s;
}

static enum evx_status request(const char *folder, const char *org, const char *out,
                               const struct evx_passphrase *ask)
{
    struct evx_request_signer signer[3] = {0};
    struct evx_buf lines = {0};
    size_t n = 0;
    char *pub = evx_path_join(folder, "keys.pub");
    enum evx_status s = pub ? evx_file_read(&lines, pub, EVX_LIMIT_CONFIG_BYTES) : EVX_E_MEMORY;
    if (s) evx_cli_error(s, pub, NULL);
    if (!s) s = load_signers(signer, &n, folder, ask);
    if (!s) s = evx_directory_write_request(out, org, evx_buf_bytes(&lines), signer, n);
    for (size_t i = 0; i < n; i++) {
        struct evx_sign_secret *secret = (struct evx_sign_secret *)signer[i].secret;
        evx_sign_secret_destroy(&secret);
    }
    evx_buf_free(&lines);
    free(pub);
    return s;
}

int evx_directory_run_request(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s =
        evx_cli_parse(&o, evx_directory_request_options, EVX_DIRECTORY_REQUEST_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *folder = evx_cli_value(&o, "keys"), *org = evx_cli_value(&o, "org"),
               *out = evx_cli_value(&o, "out");
    if (!org) return evx_cli_fail(EVX_E_USAGE, "--org", "whose keys are they? name the organisation's id");
    struct evx_passphrase ask = evx_cli_passphrase(&o);
    s = request(folder ? folder : "keys", org, out ? out : "request.note", &ask);
    return s ? evx_status_exit_code(s) : 0;
}

static enum evx_status read_request(struct evx_buf *file, struct evx_dir_request *r, const char *path)
{
    enum evx_status s = evx_file_read(file, path, EVX_LIMIT_NOTE_BYTES);
    return s ? s : evx_directory_request_open(r, evx_buf_bytes(file));
}

static enum evx_status approve(const char *path, const char *key_path, const char *name, const char *spoken,
                               const struct evx_passphrase *ask)
{
    struct evx_buf file = {0};
    struct evx_dir_request r;
    struct evx_sign_secret *secret = NULL;
    struct evx_sign_public key;
    enum evx_status s = read_request(&file, &r, path);
    if (!s) s = evx_directory_request_heard(&r, spoken);
    if (!s) s = evx_keyfile_load_sign(&secret, &key, key_path, EVX_KEY_ROOT, ask);
    if (!s) s = evx_note_add_signature(&file, name, secret, &key);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&file), 0644);
    struct evx_keepers_entry e = {"approve", 0, path, name};
    if (!s) s = evx_keepers_append(&e, (int64_t)evx_clock_wall_ms());
    evx_sign_secret_destroy(&secret);
    evx_buf_free(&file);
    return s;
}

int evx_directory_run_approve(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s =
        evx_cli_parse(&o, evx_directory_approve_options, EVX_DIRECTORY_APPROVE_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *key = evx_cli_value(&o, "key"), *name = evx_cli_value(&o, "name"),
               *spoken = evx_cli_value(&o, "spoken");
    if (o.argc != 1 || !key || !name || !spoken)
        return evx_cli_fail(EVX_E_USAGE, "approve",
                            "one request, --key FILE, --name ROOT and --spoken \"…\" are wanted");
    struct evx_passphrase ask = evx_cli_passphrase(&o);
    s = approve(o.argv[0], key, name, spoken, &ask);
    return s ? evx_cli_fail(s, o.argv[0], NULL) : 0;
}

static enum evx_status put_lines(struct evx_draft *draft, struct evx_bytes lines)
{
    return evx_draft_read(draft, lines);
}

enum evx_status evx_directory_put_request(struct evx_draft *draft, const char *path)
{
    struct evx_buf file = {0};
    struct evx_dir_request r;
    struct evx_directory *d = NULL;
    enum evx_status s = read_request(&file, &r, path);
    if (!s) s = evx_draft_parse(&d, draft);
    if (!s) s = evx_directory_request_enrols(&r, d);
    if (!s) s = put_lines(draft, r.key_lines);
    if (s) evx_cli_error(s, path, NULL);
    evx_directory_destroy(&d);
    evx_buf_free(&file);
    return s;
}

static enum evx_status rotate(struct evx_draft *draft, const char *path, char org[EVX_ORG_ID_BYTES])
{
    struct evx_buf file = {0};
    struct evx_dir_request r;
    struct evx_directory *d = NULL;
    enum evx_status s = read_request(&file, &r, path);
    if (!s) s = evx_draft_parse(&d, draft);
    if (!s) s = evx_directory_request_rotates(&r, d, (int64_t)evx_clock_wall_ms());
    if (!s) s = put_lines(draft, r.key_lines);
    if (!s) snprintf(org, EVX_ORG_ID_BYTES, "%s", r.org);
    if (s) evx_cli_error(s, path, NULL);
    evx_directory_destroy(&d);
    evx_buf_free(&file);
    return s;
}

int evx_directory_run_rotate(int argc, char **argv)
{
    struct evx_cli_options o;
    char org[EVX_ORG_ID_BYTES] = "";
    enum evx_status s = evx_cli_parse(&o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (o.argc != 2) return evx_cli_fail(EVX_E_USAGE, "rotate", "a draft and a request are wanted");
    struct evx_draft draft = {0};
    s = evx_draft_load(&draft, o.argv[0]);
    if (!s) s = rotate(&draft, o.argv[1], org);
    int code = s ? evx_status_exit_code(s) : evx_draft_save(o.argv[0], &draft, true, "rotate", org);
    evx_draft_free(&draft);
    return code;
}
