// SPDX-License-Identifier: Apache-2.0
//
// Composing and signing the directory. A draft is the directory's text; signing makes
// it a note, and each further signature is added to the note.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/compose.h"
#include "agents/evx/directory_draft.h"
#include "agents/evx/directory_life.h"
#include "agents/evx/directory_show.h"
#include "agents/evx/keepers_log.h"
#include "agents/evx/verbs.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define DAY_MS 86400000ll

static const struct evx_cli_option new_options[] = {
    {"exchange", "NAME", "name of the exchange, for example exchange.example"},
    {"threshold", "K", "how many roots must sign (default: 1)"},
    {"root", "FILE", "a root.pub; once for every root"},
    {"from", "NOTE", "begin the version after this signed directory instead"},
    {"days", "N", "days until it expires (default: 365)"},
    {"out", "FILE", "where the draft goes (default: directory.txt)"},
};
#define NEW_OPTIONS (sizeof new_options / sizeof new_options[0])
static const struct evx_cli_option sign_options[] = {
    {"key", "FILE", "the root.key to sign with"},
    {"name", "NAME", "the root's name, if the directory does not list its key"},
    {"out", "FILE", "where the note goes (default: the file itself for a note, directory.note for a draft)"},
};
#define SIGN_OPTIONS (sizeof sign_options / sizeof sign_options[0])

static enum evx_status put_root(struct evx_draft *draft, const char *path)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_file_read(&text, path, 4096);
    struct evx_bytes b = evx_buf_bytes(&text);
    while (b.n && b.p[b.n - 1] == '\n')
        b.n--;
    char line[1024];
    if (!s && (b.n == 0 ||
               snprintf(line, sizeof line, "root %.*s", (int)b.n, (const char *)b.p) >= (int)sizeof line))
        s = EVX_E_KEY_FILE;
    if (!s) s = evx_draft_put(draft, line);
    evx_buf_free(&text);
    if (s) evx_cli_error(s, path, NULL);
    return s;
}

static int follow(const char *from, const char *out, int64_t issued, int64_t expires)
{
    struct evx_buf file = {0};
    struct evx_bytes text;
    struct evx_directory *previous = NULL;
    struct evx_draft draft = {0};
    bool is_note = false;
    enum evx_status s = evx_draft_file(&file, &text, &is_note, from);
    if (!s) s = evx_directory_load(&previous, evx_buf_bytes(&file), NULL, NULL, NULL);
    if (!s) s = evx_draft_follow(&draft, previous, text, issued, expires);
    int code = s ? evx_cli_fail(s, from, NULL) : evx_draft_save(out, &draft, true, "follow", from);
    evx_draft_free(&draft);
    evx_directory_destroy(&previous);
    evx_buf_free(&file);
    return code;
}

static int begin(const struct evx_cli_options *o, const char *out, int64_t issued, int64_t expires)
{
    const char *exchange = evx_cli_value(o, "exchange");
    uint64_t threshold = 1;
    enum evx_status s = evx_cli_number(&threshold, o, "threshold", 1, 16);
    if (s) return evx_status_exit_code(s);
    if (!exchange) return evx_cli_fail(EVX_E_USAGE, "--exchange", "the exchange needs a name");
    if (!evx_cli_has(o, "root"))
        return evx_cli_fail(EVX_E_USAGE, "--root", "at least one root.pub is wanted");
    struct evx_draft draft = {0};
    s = evx_draft_new(&draft, exchange, (unsigned)threshold, issued, expires);
    size_t from = 0;
    for (const char *root; !s && (root = evx_cli_next_value(o, "root", &from));)
        s = put_root(&draft, root);
    int code = s ? evx_status_exit_code(s) : evx_draft_save(out, &draft, false, "new", exchange);
    evx_draft_free(&draft);
    return code;
}

static int run_new(int argc, char **argv)
{
    struct evx_cli_options o;
    uint64_t days = 365;
    enum evx_status s = evx_cli_parse(&o, new_options, NEW_OPTIONS, argc, argv);
    if (!s) s = evx_cli_number(&days, &o, "days", 1, 3650);
    if (s) return evx_status_exit_code(s);
    const char *out = evx_cli_value(&o, "out");
    int64_t issued = (int64_t)evx_clock_wall_ms();
    int64_t expires = issued + (int64_t)days * DAY_MS;
    if (!out) out = "directory.txt";
    if (evx_cli_has(&o, "from")) return follow(evx_cli_value(&o, "from"), out, issued, expires);
    return begin(&o, out, issued, expires);
}

// Joins the operands from `first` on with single spaces behind `word`.
static enum evx_status join(struct evx_buf *out, const char *word, const struct evx_cli_options *o, int first)
{
    enum evx_status s = evx_buf_append_text(out, word);
    for (int i = first; i < o->argc && !s; i++)
        s = evx_buf_printf(out, " %s", o->argv[i]);
    return s ? s : evx_buf_append(out, "", 1);
}

// A file from somebody else brings keys, and nothing about organisations or rights.
static bool only_keys(struct evx_bytes text)
{
    bool begins = true;
    for (size_t i = 0; i < text.n; begins = text.p[i++] == '\n')
        if (begins && (text.n - i < 4 || memcmp(text.p + i, "key ", 4) != 0)) return false;
    return true;
}

static enum evx_status put_file(struct evx_draft *draft, const char *path)
{
    struct evx_buf text = {0};
    enum evx_status s = evx_file_read(&text, path, EVX_LIMIT_CONFIG_BYTES);
    if (!s && !only_keys(evx_buf_bytes(&text))) s = EVX_E_DIRECTORY_FORMAT;
    if (!s) s = evx_draft_read(draft, evx_buf_bytes(&text));
    evx_buf_free(&text);
    if (s) evx_cli_error(s, path, NULL);
    return s;
}

// The founders of an exchange sit at one table: their keys need no request.
static bool is_first(const struct evx_draft *draft)
{
    for (size_t i = 0; i < draft->n; i++)
        if (!strcmp(draft->line[i], "version 1")) return true;
    return false;
}

// WHAT is a section's word followed by the line's own fields, or "keys FILE…".
static enum evx_status put_operands(struct evx_draft *draft, const struct evx_cli_options *o)
{
    const char *what = o->argv[1];
    enum evx_status s = EVX_OK;
    if (!strcmp(what, "request")) return evx_directory_put_request(draft, o->argv[2]);
    bool keys = !strcmp(what, "keys") || !strcmp(what, "key");
    if (keys && !is_first(draft)) {
        evx_cli_error(EVX_E_APPROVALS, "keys", "after the first version keys come by evx directory request");
        return EVX_E_APPROVALS;
    }
    if (!strcmp(what, "keys")) {
        for (int i = 2; i < o->argc && !s; i++)
            s = put_file(draft, o->argv[i]);
        return s;
    }
    static const char *const words[] = {"org",     "key",       "inspection", "member", "revoked",  "keys",
                                        "request", "threshold", "quorum",     "root",   "min-suite"};
    const char *near = evx_cli_nearest(what, words, sizeof words / sizeof words[0]);
    bool known = near && !strcmp(near, what);
    struct evx_buf line = {0};
    s = known ? join(&line, what, o, 2) : EVX_E_USAGE;
    if (!s) s = evx_draft_put(draft, (const char *)line.p);
    evx_buf_free(&line);
    if (s)
        evx_cli_error(s, what,
                      known ? NULL
                            : "one of org, keys, request, inspection, member, revoked, threshold, quorum, "
                              "min-suite is wanted");
    return s;
}

static int run_add(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (o.argc < 3) return evx_cli_fail(EVX_E_USAGE, "add", "a draft, what to add and its fields are wanted");
    struct evx_draft draft = {0};
    struct evx_buf words = {0};
    s = evx_draft_load(&draft, o.argv[0]);
    if (!s) s = put_operands(&draft, &o);
    if (!s) s = join(&words, "", &o, 1);
    int code = s ? evx_status_exit_code(s)
                 : evx_draft_save(o.argv[0], &draft, true, "add", (const char *)words.p + 1);
    evx_buf_free(&words);
    evx_draft_free(&draft);
    return code;
}

// The name under which the directory lists this root key.
static enum evx_status root_name(char out[EVX_NOTE_NAME_BYTES], struct evx_bytes text,
                                 const struct evx_sign_public *k)
{
    struct evx_draft lines = {0};
    enum evx_status s = evx_draft_read(&lines, text);
    *out = '\0';
    for (size_t i = 0; i < lines.n && !s; i++) {
        struct evx_vkey v;
        if (strncmp(lines.line[i], "root ", 5) != 0 || evx_vkey_parse(&v, lines.line[i] + 5)) continue;
        if (!memcmp(v.key.b, k->b, sizeof k->b)) snprintf(out, EVX_NOTE_NAME_BYTES, "%s", v.name);
    }
    evx_draft_free(&lines);
    return s ? s : *out ? EVX_OK : EVX_E_UNKNOWN_KEY;
}

static enum evx_status add_signature(struct evx_buf *file, struct evx_bytes text, bool is_note,
                                     const char *name, const struct evx_sign_secret *secret,
                                     const struct evx_sign_public *key)
{
    if (is_note) return evx_note_add_signature(file, name, secret, key);
    struct evx_buf note = {0};
    struct evx_directory *parsed = NULL;
    enum evx_status s = evx_directory_parse(&parsed, text, NULL);
    evx_directory_destroy(&parsed);
    if (!s) s = evx_note_sign(&note, text, name, secret, key);
    if (s) {
        evx_buf_free(&note);
        return s;
    }
    evx_buf_free(file);
    *file = note;
    return EVX_OK;
}

static enum evx_status note_signature(const char *path, const char *name)
{
    struct evx_buf file = {0};
    struct evx_bytes text;
    struct evx_directory *d = NULL;
    bool is_note = false;
    enum evx_status s = evx_draft_file(&file, &text, &is_note, path);
    if (!s) s = evx_directory_parse(&d, text, NULL);
    struct evx_keepers_entry e = {"sign", s ? 0 : evx_directory_version(d), path, name};
    if (!s) s = evx_keepers_append(&e, (int64_t)evx_clock_wall_ms());
    evx_directory_destroy(&d);
    evx_buf_free(&file);
    return s;
}

static enum evx_status sign_file(const char *path, const char *out, const char *key_path,
                                 const char *given_name, const struct evx_passphrase *ask)
{
    struct evx_buf file = {0};
    struct evx_bytes text;
    bool is_note = false;
    struct evx_sign_secret *secret = NULL;
    struct evx_sign_public key;
    char name[EVX_NOTE_NAME_BYTES];
    enum evx_status s = evx_draft_file(&file, &text, &is_note, path);
    if (!s) s = evx_keyfile_load_sign(&secret, &key, key_path, EVX_KEY_ROOT, ask);
    if (!s && !given_name) s = root_name(name, text, &key);
    if (!s) s = add_signature(&file, text, is_note, given_name ? given_name : name, secret, &key);
    const char *to = out ? out : is_note ? path : "directory.note";
    if (!s) s = evx_file_replace(to, evx_buf_bytes(&file), 0644);
    if (!s) s = note_signature(to, given_name ? given_name : name);
    evx_sign_secret_destroy(&secret);
    evx_buf_free(&file);
    return s;
}

static int run_sign(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, sign_options, SIGN_OPTIONS, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *key = evx_cli_value(&o, "key");
    if (o.argc != 1 || !key)
        return evx_cli_fail(EVX_E_USAGE, "sign", "one draft or note and --key FILE are wanted");
    struct evx_passphrase ask = evx_cli_passphrase(&o);
    s = sign_file(o.argv[0], evx_cli_value(&o, "out"), key, evx_cli_value(&o, "name"), &ask);
    return s ? evx_cli_fail(s, o.argv[0],
                            s == EVX_E_UNKNOWN_KEY ? "this root is not in the directory: --name" : NULL)
             : 0;
}

int evx_verb_directory(int argc, char **argv)
{
    static const struct evx_command table[] = {
        {"new", run_new, "begin a draft", "--exchange NAME --root FILE… [--threshold K] | --from NOTE",
         new_options, NEW_OPTIONS, false},
        {"add", run_add, "add to a draft, or replace what it says of the same thing",
         "DRAFT org ID ROLE active|suspended NAME | keys FILE… (version 1) | request FILE | "
         "inspection ID FRAMEWORK open|closed OPENS CLOSES NAME | member INSPECTION ORG RIGHTS | "
         "revoked FINGERPRINT ORIGIN INDEX REASON | threshold K | quorum K | min-suite N",
         NULL, 0, false},
        {"request", evx_directory_run_request, "ask to be enrolled: our public keys, signed with our own",
         "--org ID [--keys DIR] [--out FILE]", evx_directory_request_options, EVX_DIRECTORY_REQUEST_OPTIONS,
         false},
        {"approve", evx_directory_run_approve, "approve a request after its fingerprint was read aloud",
         "REQUEST --key root.key --name ROOT --spoken \"12345 …\"", evx_directory_approve_options,
         EVX_DIRECTORY_APPROVE_OPTIONS, false},
        {"rotate", evx_directory_run_rotate, "take new keys that evx keys rotate made", "DRAFT REQUEST", NULL,
         0, false},
        {"revoke", evx_directory_run_revoke, "end a key's validity, everywhere or from a place in a log on",
         "DRAFT FINGERPRINT --reason TEXT (--everywhere | --log ORIGIN --from INDEX)",
         evx_directory_revoke_options, EVX_DIRECTORY_REVOKE_OPTIONS, false},
        {"root", evx_directory_run_root, "change who signs the directory",
         "add DRAFT root.pub [--threshold K] | remove DRAFT NAME [--threshold K]", evx_directory_root_options,
         EVX_DIRECTORY_ROOT_OPTIONS, false},
        {"replace", evx_directory_run_replace, "close an inspection and open it again with a new log",
         "DRAFT OLD-ID --reason TEXT [--id ID]", evx_directory_replace_options, EVX_DIRECTORY_REPLACE_OPTIONS,
         false},
        {"log", evx_directory_run_log, "check and print the ledger of directory operations",
         "directory.ledger [--head HASH]", evx_directory_log_options, EVX_DIRECTORY_LOG_OPTIONS, false},
        {"sign", run_sign, "sign a draft, or add a signature to a note", "FILE --key root.key [--out NOTE]",
         sign_options, SIGN_OPTIONS, false},
        {"show", evx_directory_run_show, "print a directory; with --json also every log's verifier key",
         "FILE", NULL, 0, false},
        {"verify", evx_directory_run_verify, "check signatures, and that it follows from another version",
         "FILE [--previous FILE] [--pin HEX]", evx_directory_verify_options, 2, false},
    };
    return evx_cli_dispatch(table, sizeof table / sizeof table[0], "evx directory", argc, argv);
}
