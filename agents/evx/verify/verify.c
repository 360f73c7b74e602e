// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agents/evx/verify/kinds.h"
#include "proto/base/file.h"

#define FILE_BYTES (EVX_LIMIT_CONSIGNMENT_BYTES + 4u * EVX_LIMIT_NOTE_BYTES)

enum evx_status evx_checker_new(struct evx_checker **out, const struct evx_verify_given *given)
{
    *out = NULL;
    struct evx_checker *c = calloc(1, sizeof *c);
    if (!c) return EVX_E_MEMORY;
    c->entry = given->entry;
    enum evx_status s = evx_trust_open(&c->trust, given);
    if (s)
        evx_checker_destroy(&c);
    else
        *out = c;
    return s;
}

void evx_checker_destroy(struct evx_checker **c)
{
    if (!*c) return;
    evx_trust_close(&(*c)->trust);
    evx_sightings_free(&(*c)->seen);
    free(*c);
    *c = NULL;
}

static bool begins(struct evx_bytes file, const char *text)
{
    size_t n = strlen(text);
    return file.n >= n && memcmp(file.p, text, n) == 0;
}

static enum evx_status check_receipt(struct evx_checker *c, struct evx_bytes proof, struct evx_report *r)
{
    struct evx_buf entry = {0};
    char *beside = NULL;
    r->what = "receipt";
    if (!c->entry && asprintf(&beside, "%s.entry", r->path) < 0) return EVX_E_MEMORY;
    enum evx_status s = evx_file_read(&entry, c->entry ? c->entry : beside, EVX_LIMIT_NOTE_BYTES);
    s = evx_report_failed(r, s, "the log entry that the receipt proves is not there: %s",
                          c->entry ? c->entry : beside);
    if (!s) s = evx_check_receipt(c, proof, evx_buf_bytes(&entry), r);
    evx_buf_free(&entry);
    free(beside);
    return s;
}

static enum evx_status check_file(struct evx_checker *c, struct evx_bytes file, struct evx_report *r)
{
    struct evx_note note;
    if (begins(file, "EVX1")) return evx_check_consignment(c, file, r);
    if (begins(file, "c2sp.org/tlog-proof@")) return check_receipt(c, file, r);
    if (begins(file, EVX_BUNDLE_MAGIC)) return evx_check_bundle(c, file, r);
    if (begins(file, "evx.fork/")) return evx_check_fork(c, file, r);
    if (begins(file, "evx.directory/")) return evx_check_directory(c, file, r);
    if (!evx_note_parse(&note, file)) return evx_check_checkpoint(c, file, r);
    return evx_report_failed(r, EVX_E_PROOF_KIND, "nothing here says what it is");
}

enum evx_status evx_verify_path(struct evx_checker *c, struct evx_report *r)
{
    struct stat st;
    struct evx_buf file = {0};
    bool folder = stat(r->path, &st) == 0 && S_ISDIR(st.st_mode);
    enum evx_status s =
        folder ? evx_check_inspection(c, r->path, r) : evx_file_read(&file, r->path, FILE_BYTES);
    if (!folder) s = evx_report_failed(r, s, "it cannot be read");
    if (!folder && !s) s = check_file(c, evx_buf_bytes(&file), r);
    evx_buf_free(&file);
    if (!r->s) r->s = s; // memory ran out where no claim could be made
    return r->s;
}

enum evx_status evx_verify_across(const struct evx_checker *c, struct evx_report *r)
{
    r->what = "comparison";
    return evx_sightings_compare(&c->seen, r);
}
