// SPDX-License-Identifier: Apache-2.0
//
// Offline verification, with a plain statement of what was proved and what was not.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/evx/verbs.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_verify_options[] = {
    {"directory", "FILE", "the signed directory to believe"},
    {"pin", "HEX", "SHA-256 of that directory's text, as its keepers read it out"},
    {"entry", "FILE", "the raw log entry that a receipt proves (default: FILE.entry)"},
};
const size_t evx_verify_options_n = 3;

struct verifying {
    const struct evx_cli_options *o;
    struct evx_directory *directory;
    json_t *results; // with --json
};

// What one file turned out to be.
struct finding {
    const char *kind;
    char origin[EVX_NOTE_NAME_BYTES];
    char sender[EVX_ORG_ID_BYTES];
    char id[65];
    uint64_t index, size, received_ms;
    bool in_log;
};

static enum evx_status find_key(const struct evx_dir_key **key, const struct evx_directory *d,
                                const Evx__V1__Header *h)
{
    struct evx_fingerprint f;
    memcpy(f.b, h->sender.data, sizeof f.b); // 32 bytes: the header was unpacked strictly
    *key = evx_directory_key(d, &f);
    return *key && (*key)->use == EVX_KEY_SIG ? EVX_OK : EVX_E_UNKNOWN_KEY;
}

static void name_sender(struct finding *f, const struct evx_dir_key *key, struct evx_bytes header)
{
    struct evx_digest id;
    evx_consignment_id(&id, header);
    evx_hex(f->id, id.b, sizeof id.b);
    snprintf(f->sender, sizeof f->sender, "%s", key->org);
}

// The signature in a log entry, by a key of the directory that was not revoked before it.
static enum evx_status check_entry(struct verifying *v, struct finding *f, struct evx_bytes entry,
                                   struct evx_inspection_id *inspection)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    const struct evx_dir_key *key = NULL;
    enum evx_status s = evx_log_entry_parse(&f->received_ms, &header, &signature, entry);
    if (!s) s = evx_header_unpack(&h, header);
    if (!s) s = find_key(&key, v->directory, h);
    if (!s) {
        struct evx_sign_public k;
        memcpy(k.b, key->public_key, sizeof k.b);
        memcpy(inspection->b, h->inspection.data, sizeof inspection->b);
        name_sender(f, key, header);
        if (!evx_verify(&k, "evx/header/v1\n", header, signature)) s = EVX_E_SIGNATURE;
    }
    evx_header_free(h);
    return s;
}

static enum evx_status read_entry(struct verifying *v, const char *path, struct evx_buf *entry)
{
    const char *given = evx_cli_value(v->o, "entry");
    if (given) return evx_file_read(entry, given, EVX_LIMIT_INPUT_FILE_BYTES);
    char *beside = NULL;
    if (asprintf(&beside, "%s.entry", path) < 0) return EVX_E_MEMORY;
    enum evx_status s = evx_file_read(entry, beside, EVX_LIMIT_INPUT_FILE_BYTES);
    free(beside);
    return s;
}

static enum evx_status check_receipt(struct verifying *v, struct finding *f, const char *path,
                                     struct evx_bytes text)
{
    struct evx_receipt r = {0};
    struct evx_buf entry = {0};
    struct evx_inspection_id inspection;
    struct evx_vkey log;
    struct evx_checkpoint checkpoint;
    f->kind = "receipt";
    enum evx_status s = evx_tlog_proof_parse(&r, text);
    if (!s) s = read_entry(v, path, &entry);
    if (!s) s = check_entry(v, f, evx_buf_bytes(&entry), &inspection);
    if (!s) s = evx_directory_log_vkey(&log, v->directory, &inspection);
    if (!s) s = evx_tlog_proof_verify(&r, &log, evx_buf_bytes(&entry), &checkpoint);
    if (!s) {
        f->in_log = true;
        f->index = r.index;
        f->size = checkpoint.size;
        snprintf(f->origin, sizeof f->origin, "%s", checkpoint.origin);
    }
    evx_receipt_free(&r);
    evx_buf_free(&entry);
    return s;
}

static enum evx_status check_consignment(struct verifying *v, struct finding *f, struct evx_bytes whole)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    const struct evx_dir_key *key = NULL;
    struct evx_consignment c = {0};
    f->kind = "consignment";
    enum evx_status s = evx_consignment_peek(&header, &signature, whole);
    if (!s) s = evx_header_unpack(&h, header);
    if (!s) s = find_key(&key, v->directory, h);
    if (!s) s = evx_consignment_open(&c, whole, key);
    if (!s) {
        struct evx_admission a = {.directory = v->directory, .now_ms = (int64_t)h->created_ms};
        name_sender(f, key, header);
        s = evx_consignment_admit(&c, &a);
    }
    evx_consignment_close(&c);
    evx_header_free(h);
    return s;
}

static enum evx_status check_file(struct verifying *v, struct finding *f, const char *path)
{
    static const char proof[] = "c2sp.org/tlog-proof@";
    struct evx_buf file = {0};
    f->kind = "unknown";
    enum evx_status s = evx_file_read(&file, path, EVX_LIMIT_INPUT_FILE_BYTES);
    if (!s && file.n >= 4 && !memcmp(file.p, "EVX1", 4))
        s = check_consignment(v, f, evx_buf_bytes(&file));
    else if (!s && file.n >= sizeof proof - 1 && !memcmp(file.p, proof, sizeof proof - 1))
        s = check_receipt(v, f, path, evx_buf_bytes(&file));
    else if (!s)
        s = EVX_E_FILE_FORMAT;
    evx_buf_free(&file);
    return s;
}

static void say_receipt(const struct finding *f)
{
    char received[EVX_TIME_TEXT];
    evx_time_text(received, (int64_t)f->received_ms);
    printf("  proved: consignment %s was signed by %s\n"
           "  proved: it stands at position %llu of the log %s, under a checkpoint of %llu entries signed by "
           "that log\n"
           "  claimed by the broker only: that it was received at %s\n"
           "  not proved: that the log was shown to others in the same form; that what it says is true\n",
           f->id, f->sender, (unsigned long long)f->index, f->origin, (unsigned long long)f->size, received);
}

static void say(const char *path, const struct finding *f, enum evx_status s)
{
    printf("%s: %s (%s)\n", path, s ? "DOES NOT HOLD" : "holds", f->kind);
    if (s) {
        evx_cli_error(s, path, NULL);
    } else if (f->in_log) {
        say_receipt(f);
    } else {
        printf("  proved: consignment %s was signed by %s, who may send it; every part is what was signed\n"
               "  not proved: that it was ever sent or logged; what its sealed content says\n",
               f->id, f->sender);
    }
}

static enum evx_status note_json(struct verifying *v, const char *path, const struct finding *f,
                                 enum evx_status s)
{
    json_t *row = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "file", path, "kind", f->kind, "holds",
                            s == EVX_OK, "code", evx_error_info(s)->code, "consignment", f->id, "sender",
                            f->sender, "origin", f->origin);
    enum evx_status e = row ? EVX_OK : EVX_E_MEMORY;
    if (!e && f->in_log) {
        e = evx_json_set(row, "index", evx_json_number(f->index));
        if (!e) e = evx_json_set(row, "size", evx_json_number(f->size));
        if (!e) e = evx_json_set(row, "received", evx_json_time((int64_t)f->received_ms));
    }
    if (!e) return evx_json_add(v->results, row);
    json_decref(row);
    return e;
}

static enum evx_status check_all(struct verifying *v)
{
    enum evx_status worst = EVX_OK;
    for (int i = 0; i < v->o->argc; i++) {
        struct finding f = {0};
        enum evx_status s = check_file(v, &f, v->o->argv[i]);
        if (s) worst = s;
        if (v->results)
            s = note_json(v, v->o->argv[i], &f, s);
        else
            say(v->o->argv[i], &f, s);
        if (v->results && s) return s;
    }
    return worst;
}

static enum evx_status load_directory(struct verifying *v, const char *path, const char *pin_text)
{
    struct evx_buf note = {0};
    struct evx_digest pin;
    if (pin_text && !evx_unhex(pin.b, sizeof pin.b, pin_text)) return EVX_E_USAGE;
    enum evx_status s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(&v->directory, evx_buf_bytes(&note), NULL, pin_text ? &pin : NULL, NULL);
    evx_buf_free(&note);
    return s;
}

static enum evx_status finish_json(struct verifying *v, enum evx_status worst)
{
    json_t *o = evx_json_object("evx.verify/1");
    enum evx_status s = o ? evx_json_set(o, "holds", json_boolean(worst == EVX_OK)) : EVX_E_MEMORY;
    if (!s) s = evx_json_set(o, "files", json_incref(v->results));
    if (!s) return evx_json_print(stdout, o);
    json_decref(o);
    return s;
}

int evx_verb_verify(int argc, char **argv)
{
    struct evx_cli_options o;
    enum evx_status s = evx_cli_parse(&o, evx_verify_options, evx_verify_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *directory = evx_cli_value(&o, "directory");
    if (!directory || o.argc == 0)
        return evx_cli_fail(EVX_E_USAGE, "verify", "--directory FILE and the files to check are wanted");
    struct verifying v = {.o = &o, .results = o.json ? json_array() : NULL};
    s = load_directory(&v, directory, evx_cli_value(&o, "pin"));
    if (s) {
        json_decref(v.results);
        return evx_cli_fail(s, directory, NULL);
    }
    enum evx_status worst = check_all(&v);
    if (o.json) s = finish_json(&v, worst);
    evx_directory_destroy(&v.directory);
    json_decref(v.results);
    if (s) return evx_cli_fail(s, NULL, NULL);
    return worst ? 65 : 0;
}
