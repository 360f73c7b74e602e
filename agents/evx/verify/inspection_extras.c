// SPDX-License-Identifier: Apache-2.0
//
// What lies beside the log: receipts, bundles, statements, other checkpoints, proofs
// of forks. Each is verified for itself; what it says about the log is kept, to be
// found there.
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/evx/verify/inspection.h"
#include "crypto/receipt.h"
#include "proto/base/file.h"

typedef enum evx_status take_file(struct evx_inspecting *n, const char *path, struct evx_bytes content,
                                  struct evx_report *r);

static void *grown(void *array, size_t used, size_t *cap, size_t element)
{
    if (used < *cap) return array;
    size_t wanted = *cap ? *cap * 2 : 16;
    void *more = realloc(array, wanted * element);
    if (more) *cap = wanted;
    return more;
}

static bool of_this_log(const struct evx_inspecting *n, const struct evx_grade *g)
{
    return strcmp(g->checkpoint.origin, n->grade.checkpoint.origin) == 0;
}

// Its checkpoint and its entry must be found in the log.
static enum evx_status expect(struct evx_inspecting *n, const struct evx_grade *g, uint64_t index,
                              struct evx_bytes entry, const char *path)
{
    struct evx_digest leaf;
    if (!of_this_log(n, g)) return EVX_E_CHECKPOINT;
    enum evx_status s = evx_sightings_checkpoint(&n->seen, &g->checkpoint, path);
    if (s || !entry.n) return s;
    evx_log_leaf(&leaf, entry);
    return evx_sightings_entry(&n->seen, g->checkpoint.origin, index, &leaf, path);
}

static enum evx_status take_receipt(struct evx_inspecting *n, const char *path, struct evx_bytes content,
                                    struct evx_report *r)
{
    struct evx_buf entry = {0};
    struct evx_grade g;
    uint64_t index;
    char *beside = NULL;
    if (strlen(path) > 6 && strcmp(path + strlen(path) - 6, ".entry") == 0) return EVX_OK;
    if (asprintf(&beside, "%s.entry", path) < 0) return EVX_E_MEMORY;
    enum evx_status s = evx_file_read(&entry, beside, EVX_LIMIT_NOTE_BYTES);
    if (!s)
        s = evx_check_receipt_under(&g, &index, n->checker, n->history, content, evx_buf_bytes(&entry), r);
    if (!s) s = expect(n, &g, index, evx_buf_bytes(&entry), path);
    if (!s) n->receipts++;
    evx_buf_free(&entry);
    free(beside);
    return s;
}

static enum evx_status keep_statement(struct evx_inspecting *n, const Evx__V1__CompletenessStatement *m,
                                      const struct evx_bundle_result *b, const struct evx_entry *e,
                                      const char *path)
{
    struct evx_stated *array = grown(n->stated, n->stateds, &n->stateds_cap, sizeof *array);
    if (!array) return EVX_E_MEMORY;
    n->stated = array;
    struct evx_stated *st = &array[n->stateds];
    memset(st, 0, sizeof *st);
    memcpy(st->org, b->sender, sizeof st->org);
    memcpy(st->stream.b, m->stream.data, 16);
    memcpy(st->root.b, m->root.data, 32);
    st->first = m->first;
    st->last = m->last;
    st->items = m->items;
    st->final = m->final;
    st->index = b->index;
    st->sequence = e->header->sequence;
    st->same_stream = memcmp(e->stream.b, st->stream.b, 16) == 0;
    st->path = strdup(path);
    if (!st->path) return EVX_E_MEMORY;
    n->stateds++;
    return EVX_OK;
}

static enum evx_status keep_confirmation(struct evx_inspecting *n, const Evx__V1__CompletenessConfirmation *m,
                                         const char *org)
{
    struct evx_confirmed *array = grown(n->confirmed, n->confirmeds, &n->confirmeds_cap, sizeof *array);
    if (!array) return EVX_E_MEMORY;
    n->confirmed = array;
    struct evx_confirmed *c = &array[n->confirmeds++];
    memset(c, 0, sizeof *c);
    memcpy(c->org, org, sizeof c->org);
    memcpy(c->stream.b, m->stream.data, 16);
    memcpy(c->root.b, m->root.data, 32);
    c->first = m->first;
    c->last = m->last;
    c->items = m->items;
    c->rejected = m->rejected;
    c->code = m->code;
    return EVX_OK;
}

static enum evx_status keep_content(struct evx_inspecting *n, const struct evx_bundle_result *b,
                                    struct evx_bytes entry, const char *path)
{
    Evx__V1__Item *item = NULL;
    struct evx_entry e = {0};
    enum evx_status s = evx_item_unpack(&item, evx_buf_bytes(&b->content));
    if (!s) s = evx_entry_read(&e, entry);
    if (!s && item->body_case == EVX__V1__ITEM__BODY_COMPLETENESS)
        s = keep_statement(n, item->completeness, b, &e, path);
    if (!s && item->body_case == EVX__V1__ITEM__BODY_CONFIRMATION)
        s = keep_confirmation(n, item->confirmation, b->sender);
    if (!s && item->body_case == EVX__V1__ITEM__BODY_ERASURE) n->erased += item->erasure->n_item;
    evx_entry_close(&e);
    evx_item_free(item);
    return s;
}

static enum evx_status take_bundle(struct evx_inspecting *n, const char *path, struct evx_bytes content,
                                   struct evx_report *r)
{
    struct evx_bundle b;
    struct evx_bundle_result result = {0};
    (void)r;
    enum evx_status s = evx_bundle_parse(&b, content);
    if (!s) s = evx_open_bundle_under(&result, n->history, &b);
    if (!s) s = expect(n, &result.grade, result.index, b.entry, path);
    if (!s) s = keep_content(n, &result, b.entry, path);
    if (!s) n->bundles++;
    evx_bundle_result_free(&result);
    return s;
}

static enum evx_status take_checkpoint(struct evx_inspecting *n, const char *path, struct evx_bytes content,
                                       struct evx_report *r)
{
    struct evx_grade g;
    enum evx_status s = evx_signer_check(&g, &n->checker->trust, n->history, content, EVX_QUORUM_GAP, r);
    if (!s) s = expect(n, &g, 0, evx_bytes(NULL, 0), path);
    if (!s) n->checkpoints++;
    return s;
}

// A proof that holds is a disaster for the log; one that does not is no proof.
static enum evx_status take_fork(struct evx_inspecting *n, const char *path, struct evx_bytes content,
                                 struct evx_report *r)
{
    (void)path;
    enum evx_status s = evx_check_fork_under(n->checker, n->history, content, r);
    return s ? s : EVX_E_LOG_FORKED;
}

static enum evx_status take(struct evx_inspecting *n, take_file *how, const char *path)
{
    struct evx_buf content = {0};
    struct evx_report inner;
    enum evx_status s = evx_report_open(&inner, path);
    if (s) return s;
    s = evx_file_read(&content, path, EVX_LIMIT_CONSIGNMENT_BYTES + EVX_LIMIT_NOTE_BYTES * 4);
    if (!s) s = how(n, path, evx_buf_bytes(&content), &inner);
    evx_buf_free(&content);
    evx_report_close(&inner);
    // One that does not hold fails the whole; the others are looked at all the same.
    EVX_IGNORE(evx_report_failed(n->r, s, "%s does not hold", path), "it is in the report");
    return s == EVX_E_MEMORY ? s : EVX_OK;
}

static enum evx_status take_folder(struct evx_inspecting *n, const char *kind, take_file *how)
{
    char *folder = evx_path_join(n->folder, kind);
    struct dirent **name = NULL;
    int found = folder ? scandir(folder, &name, NULL, alphasort) : 0;
    enum evx_status s = folder ? EVX_OK : EVX_E_MEMORY;
    for (int i = 0; i < found; i++) {
        char *path = name[i]->d_name[0] == '.' ? NULL : evx_path_join(folder, name[i]->d_name);
        if (path && !s) s = take(n, how, path);
        free(path);
        free(name[i]);
    }
    free(name);
    free(folder);
    return s;
}

static bool known_name(const char *name)
{
    static const char *const known[] = {
        "checkpoint", "witnessed-checkpoint", "tile",        "directory", "receipts",
        "bundles",    "statements",           "checkpoints", "forks"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(name, known[i]) == 0) return true;
    return name[0] == '.';
}

static void name_strangers(const struct evx_inspecting *n)
{
    DIR *d = opendir(n->folder);
    for (struct dirent *e; d && (e = readdir(d));)
        if (!known_name(e->d_name))
            evx_report_unproved(n->r, "anything about %s: it was not looked at", e->d_name);
    if (d) closedir(d);
}

static enum evx_status take_newest(struct evx_inspecting *n)
{
    char *path = evx_path_join(n->folder, "checkpoint");
    enum evx_status s = path ? take(n, take_checkpoint, path) : EVX_E_MEMORY;
    free(path);
    return s;
}

enum evx_status evx_inspecting_extras(struct evx_inspecting *n)
{
    static const struct {
        const char *folder;
        take_file *how;
    } kind[] = {{"receipts", take_receipt},
                {"bundles", take_bundle},
                {"statements", take_bundle},
                {"checkpoints", take_checkpoint},
                {"forks", take_fork}};
    enum evx_status s = EVX_OK;
    name_strangers(n);
    if (n->witnessed_apart) s = take_newest(n);
    for (size_t i = 0; i < sizeof kind / sizeof kind[0] && !s; i++)
        s = take_folder(n, kind[i].folder, kind[i].how);
    return s;
}
