// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/cmd/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/keyfile.h"
#include "grading/frameworks/registry.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define EPOCHS_MAX      256
#define DIRECTORIES_MAX 1000

static enum evx_status report(enum evx_status s, const char *where, struct evx_buf *explain)
{
    bool said = explain && explain->n && !evx_buf_append(explain, "", 1);
    evx_cli_error(s, where, said ? (const char *)explain->p : NULL);
    return s;
}

static enum evx_status load_config(struct evx_desk *d)
{
    struct evx_buf explain = {0};
    enum evx_status s = evx_agent_config_load(&d->config, d->o.config, &explain);
    if (s) s = report(s, d->o.config, &explain);
    evx_buf_free(&explain);
    return s;
}

// The agent keeps every later version it fetched, each signed by the roots of the one
// before, as <state>/directory/<version>.note.
static enum evx_status follow_directory(struct evx_desk *d)
{
    enum evx_status s = EVX_OK;
    for (int steps = 0; !s && steps < DIRECTORIES_MAX; steps++) {
        char name[64];
        snprintf(name, sizeof name, "directory/%llu.note",
                 (unsigned long long)evx_directory_version(d->directory) + 1);
        char *path = evx_path_join(d->config.state, name);
        bool more = path && evx_path_exists(path);
        struct evx_buf note = {0};
        struct evx_directory *next = NULL;
        if (!path) s = EVX_E_MEMORY;
        if (!s && more) s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
        if (!s && more) s = evx_directory_load(&next, evx_buf_bytes(&note), d->directory, NULL, NULL);
        evx_buf_free(&note);
        free(path);
        if (s || !more) break;
        evx_directory_destroy(&d->directory);
        d->directory = next;
    }
    return s;
}

static enum evx_status load_directory(struct evx_desk *d)
{
    struct evx_buf note = {0}, explain = {0};
    struct evx_digest pin;
    unsigned line = 0;
    bool pinned = d->config.pin && evx_unhex(pin.b, sizeof pin.b, d->config.pin);
    enum evx_status s = d->config.pin && !pinned ? EVX_E_CONFIG : EVX_OK;
    if (!s) s = evx_file_read(&note, d->config.directory, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(&d->directory, evx_buf_bytes(&note), NULL, pinned ? &pin : NULL, &line);
    if (!s) s = follow_directory(d);
    if (s && line) EVX_IGNORE(evx_buf_printf(&explain, "line %u", line), "only explains");
    if (s) s = report(s, d->config.directory, &explain);
    evx_buf_free(&note);
    evx_buf_free(&explain);
    return s;
}

static enum evx_status load_key(struct evx_desk *d, unsigned epoch, const struct evx_passphrase *ask)
{
    char name[32];
    snprintf(name, sizeof name, "enc-%u.key", epoch);
    char *path = evx_path_join(d->config.keys, name);
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_path_exists(path) ? EVX_OK : EVX_E_NOT_FOUND;
    if (!s) s = evx_keyfile_load_box(&d->secret, &d->public_key, path, EVX_KEY_ENC, ask);
    free(path);
    return s;
}

// What is opened with the key that fits: WRAP when it is another one.
typedef enum evx_status (*open_with)(struct evx_desk *d, void *user);

// The store key is sealed to the epoch that was current when the store was made.
static enum evx_status open_with_some_key(struct evx_desk *d, open_with open, void *user)
{
    struct evx_passphrase ask = evx_cli_passphrase(&d->o);
    enum evx_status s = EVX_E_KEY_FILE;
    bool wrong_key = true;
    for (unsigned epoch = EPOCHS_MAX; wrong_key && epoch-- > 0;) {
        enum evx_status loaded = load_key(d, epoch, &ask);
        if (loaded == EVX_E_NOT_FOUND) continue;
        if (loaded) return loaded;
        s = open(d, user);
        wrong_key = s == EVX_E_WRAP;
        if (wrong_key) evx_box_secret_destroy(&d->secret);
    }
    return s;
}

struct viewing {
    struct evx_views_options o;
    struct evx_buf explain;
};

static enum evx_status views_with(struct evx_desk *d, void *user)
{
    struct viewing *w = user;
    w->o.secret = d->secret;
    w->o.public_key = &d->public_key;
    evx_buf_clear(&w->explain);
    return evx_views_open(&d->v, &w->o, &w->explain);
}

static enum evx_status store_with(struct evx_desk *d, void *user)
{
    struct evx_store **out = user;
    return evx_store_open(out, d->store, d->secret, &d->public_key, true);
}

static enum evx_status inspection_id(struct evx_inspection_id *id, const struct evx_desk *d)
{
    bool good = d->config.inspection && evx_unhex(id->b, sizeof id->b, d->config.inspection);
    return good ? EVX_OK : EVX_E_CONFIG;
}

static enum evx_status find_store(struct evx_desk *d)
{
    const char *named = evx_cli_value(&d->o, "store");
    if (!named) named = d->config.store;
    d->store = named ? strdup(named) : evx_path_join(d->config.state, "store");
    return d->store ? EVX_OK : EVX_E_MEMORY;
}

static enum evx_status open_views(struct evx_desk *d)
{
    const char *person = evx_cli_value(&d->o, "person"), *due = evx_cli_value(&d->o, "due");
    const char *on_behalf = evx_cli_value(&d->o, "for");
    struct viewing w = {.o = {.index = evx_cli_value(&d->o, "index"),
                              .directory = d->directory,
                              .now_ms = (int64_t)evx_clock_wall_ms(),
                              .person = person ? person : evx_cli_login(),
                              .on_behalf_of = on_behalf ? on_behalf : d->config.organisation,
                              .purpose = evx_cli_value(&d->o, "purpose")}};
    enum evx_status s = inspection_id(&w.o.inspection, d);
    if (!s) s = find_store(d);
    if (!s && due && !evx_desk_date(&w.o.due_ms, due))
        return report(EVX_E_USAGE, "--due takes YYYY-MM-DD", NULL);
    w.o.store = d->store;
    if (!s) s = open_with_some_key(d, views_with, &w);
    if (s) s = report(s, d->store ? d->store : d->o.config, &w.explain);
    evx_buf_free(&w.explain);
    return s;
}

enum evx_status evx_desk_open_store(struct evx_desk *d, struct evx_store **out,
                                    const struct evx_cli_option *own, size_t own_n, int argc, char **argv)
{
    memset(d, 0, sizeof *d);
    *out = NULL;
    enum evx_status s = evx_cli_parse(&d->o, own, own_n, argc, argv);
    if (!s) s = load_config(d);
    if (s) return s;
    s = find_store(d);
    if (!s) s = open_with_some_key(d, store_with, out);
    return s ? report(s, d->store ? d->store : d->o.config, NULL) : EVX_OK;
}

static enum evx_status load_framework(struct evx_desk *d)
{
    const char *asked = evx_cli_value(&d->o, "framework"), *near = NULL;
    struct evx_buf explain = {0};
    d->framework_id = asked ? asked : d->v->inspection->framework;
    enum evx_status s = evx_framework_builtin_load(&d->framework, d->framework_id, &near, &explain);
    // The inspection's own framework may be one that this program does not have: the
    // views then show what was cited.
    if (s == EVX_E_FRAMEWORK_UNKNOWN && !asked) s = EVX_OK;
    if (s == EVX_E_FRAMEWORK_UNKNOWN && near)
        EVX_IGNORE(evx_buf_printf(&explain, "nearest: %s", near), "only explains");
    if (s) s = report(s, d->framework_id, &explain);
    evx_buf_free(&explain);
    return s;
}

enum evx_status evx_desk_open(struct evx_desk *d, const struct evx_cli_option *own, size_t own_n, int argc,
                              char **argv)
{
    memset(d, 0, sizeof *d);
    enum evx_status s = evx_cli_parse(&d->o, own, own_n, argc, argv);
    if (!s) s = load_config(d);
    if (!s) s = load_directory(d);
    if (!s) s = open_views(d);
    if (!s) s = load_framework(d);
    d->names = !s && evx_cli_has(&d->o, "names");
    return s;
}

void evx_desk_close(struct evx_desk *d)
{
    evx_views_close(&d->v);
    evx_framework_destroy(&d->framework);
    evx_box_secret_destroy(&d->secret);
    evx_directory_destroy(&d->directory);
    evx_agent_config_free(&d->config);
    free(d->store);
    d->store = NULL;
}

const char *evx_desk_child(struct evx_desk *d, const struct evx_child_fact *c)
{
    if (!d->names || (!*c->given && !*c->family)) return c->initials;
    const char *name = evx_slab_printf(&d->v->slab, "%s%s%s", c->given, *c->given ? " " : "", c->family);
    return name ? name : c->initials;
}

enum evx_status evx_desk_find_child(size_t *child, struct evx_desk *d, const char *text)
{
    enum evx_status s = evx_children_find(child, &d->v->children, &d->v->facts, &d->v->identity, text);
    if (s) evx_cli_error(s, text, NULL);
    return s;
}

static bool digits(int *out, const char *text, size_t n)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        *out = *out * 10 + (text[i] - '0');
    }
    return true;
}

bool evx_desk_date(int64_t *end_ms, const char *text)
{
    int y, m, d;
    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-') return false;
    if (!digits(&y, text, 4) || !digits(&m, text + 5, 2) || !digits(&d, text + 8, 2)) return false;
    if (!evx_date_valid(y, m, d)) return false;
    *end_ms = (evx_days_from_civil(y, m, d) + 1) * 86400000ll - 1;
    return true;
}

int evx_desk_finish(struct evx_desk *d, enum evx_status s, const char *where)
{
    evx_desk_close(d);
    return s ? evx_cli_fail(s, where, NULL) : 0;
}
