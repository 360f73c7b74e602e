// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/client/agent_state.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

static enum evx_status say(struct evx_buf *explain, enum evx_status s, const char *what)
{
    if (s && explain && explain->n == 0 && evx_buf_append_text(explain, what)) return EVX_E_MEMORY;
    return s;
}

static enum evx_status take_config(struct evx_agent *a, const struct evx_agent_config *config)
{
    a->organisation = strdup(config->organisation);
    a->broker = strdup(config->broker);
    a->state = strdup(config->state);
    if (!a->organisation || !a->broker || !a->state) return EVX_E_MEMORY;
    return evx_unhex(a->inspection.b, sizeof a->inspection.b, config->inspection) ? EVX_OK : EVX_E_CONFIG;
}

static enum evx_status take_lock(struct evx_agent *a)
{
    char *path = evx_path_join(a->state, "lock");
    if (!path) return EVX_E_MEMORY;
    enum evx_status s = evx_file_lock(&a->lock_fd, path);
    free(path);
    return s;
}

static enum evx_status open_outbox(struct evx_agent *a, const struct evx_agent_config *config)
{
    char *path = evx_path_join(a->state, "outbox.db");
    if (!path) return EVX_E_MEMORY;
    struct evx_outbox_options options = {.organisation = a->organisation,
                                         .inspection = a->inspection,
                                         .limit_bytes = config->outbox_limit_bytes,
                                         .read_only = a->read_only};
    enum evx_status s = evx_outbox_open(&a->outbox, path, &options);
    free(path);
    return s;
}

static enum evx_status open_tools(struct evx_agent *a)
{
    enum evx_status s = evx_sealer_new(&a->sealer, a->keys.sign, &a->keys.sign_public);
    if (!s) s = evx_opener_new(&a->opener);
    for (size_t i = 0; i < a->keys.enc_n && !s; i++)
        s = evx_opener_add_key(a->opener, a->keys.enc[i].secret, &a->keys.enc[i].public_key);
    return s;
}

enum evx_status evx_agent_cursor(struct evx_agent *a, uint64_t *cursor)
{
    struct evx_buf value = {0};
    enum evx_status s = evx_outbox_get(a->outbox, "cursor", &value);
    *cursor = !s && value.n == 8 ? evx_get_be64(value.p) : 0;
    evx_buf_free(&value);
    return s;
}

enum evx_status evx_agent_adopted(struct evx_agent *a, uint64_t index, const struct evx_log_directory *e)
{
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    enum evx_status s = evx_courier_adopted(a->courier, index, e);
    return s == EVX_E_DIRECTORY_UNKNOWN ? EVX_OK : s; // so old that it is held no more
}

static enum evx_status load_adoptions(struct evx_agent *a)
{
    struct evx_buf all = {0};
    enum evx_status s = evx_outbox_get(a->outbox, "adoptions", &all);
    if (!s && all.n % AGENT_ADOPTION_BYTES) s = EVX_E_STORE_DAMAGED;
    // An outbox from before they were kept: the log is read once more from its beginning.
    if (!s && !all.n) evx_courier_set_cursor(a->courier, 0);
    for (size_t at = 0; !s && at < all.n; at += AGENT_ADOPTION_BYTES) {
        struct evx_log_directory e;
        s = evx_log_directory_parse(&e, evx_bytes(all.p + at + 8, EVX_LOG_ENTRY_DIRECTORY_BYTES));
        if (!s) s = evx_agent_adopted(a, evx_get_be64(all.p + at), &e);
    }
    evx_buf_free(&all);
    return s;
}

static enum evx_status open_courier(struct evx_agent *a)
{
    struct evx_buf seen = {0}, quorate = {0}, waiting = {0};
    struct evx_outbox_stream stream;
    struct evx_courier_setup setup = {.inspection = a->inspection,
                                      .organisation = a->organisation,
                                      .program = "evx " EVX_VERSION,
                                      .directory = evx_agent_directories_newest(&a->directories),
                                      .opener = a->opener,
                                      .own = a->keys.enc_fingerprint,
                                      .own_n = a->keys.enc_n,
                                      .port = evx_agent_ports(a)};
    enum evx_status s = evx_agent_cursor(a, &setup.cursor);
    if (!s) s = evx_outbox_get(a->outbox, "checkpoint", &seen);
    setup.last_seen = evx_buf_bytes(&seen);
    if (!s) s = evx_agent_witness_setup(a, &setup, &quorate, &waiting);
    if (!s) s = evx_courier_new(&a->courier, &setup);
    evx_buf_free(&seen);
    evx_buf_free(&quorate);
    evx_buf_free(&waiting);
    if (s) return s;
    s = evx_outbox_stream(a->outbox, &stream);
    if (!s) evx_courier_set_stream(a->courier, &stream);
    return s && s != EVX_E_NOT_FOUND ? s : load_adoptions(a);
}

static enum evx_status load_keys(struct evx_agent *a, const char *folder, const struct evx_passphrase *ask,
                                 struct evx_buf *explain)
{
    const struct agent_keys_from from = {.folder = folder,
                                         .directory = evx_agent_directories_newest(&a->directories),
                                         .organisation = a->organisation,
                                         .now_ms = (int64_t)evx_clock_wall_ms()};
    return evx_agent_keys_load(&a->keys, &from, ask, explain);
}

static enum evx_status open_all(struct evx_agent *a, const struct evx_agent_config *config,
                                const struct evx_passphrase *ask, struct evx_buf *explain)
{
    enum evx_status s = take_config(a, config);
    if (!s) s = say(explain, evx_dir_make(a->state), config->state);
    if (!s) s = say(explain, take_lock(a), config->state);
    if (!s)
        s = evx_agent_directories_load(&a->directories, config->directory, config->pin, a->state, false,
                                       explain);
    if (!s) s = load_keys(a, config->keys, ask, explain);
    if (!s) s = open_tools(a);
    if (!s) s = say(explain, open_outbox(a, config), "outbox.db in the state folder");
    if (!s) s = say(explain, evx_agent_never_back(a), config->directory);
    if (!s)
        s = say(explain, open_courier(a),
                "the inspection is not in the directory, or the last checkpoint is damaged");
    return s;
}

static struct evx_agent *blank(void)
{
    struct evx_agent *a = calloc(1, sizeof *a);
    if (a) a->lock_fd = -1;
    return a;
}

enum evx_status evx_agent_open(struct evx_agent **out, const struct evx_agent_config *config,
                               const struct evx_passphrase *ask, struct evx_buf *explain)
{
    *out = NULL;
    struct evx_agent *a = blank();
    if (!a) return EVX_E_MEMORY;
    enum evx_status s = open_all(a, config, ask, explain);
    if (s) evx_agent_close(&a);
    *out = a;
    return s;
}

enum evx_status evx_agent_open_reader(struct evx_agent **out, const struct evx_agent_config *config,
                                      struct evx_buf *explain)
{
    *out = NULL;
    struct evx_agent *a = blank();
    if (!a) return EVX_E_MEMORY;
    a->read_only = true;
    enum evx_status s = take_config(a, config);
    if (!s)
        s = evx_agent_directories_load(&a->directories, config->directory, config->pin, a->state, true,
                                       explain);
    if (!s) s = say(explain, open_outbox(a, config), "outbox.db in the state folder");
    if (!s) s = say(explain, evx_agent_never_back(a), config->directory);
    if (s) evx_agent_close(&a);
    *out = a;
    return s;
}

void evx_agent_close(struct evx_agent **a)
{
    if (!*a) return;
    evx_link_close(&(*a)->link);
    evx_agent_feed_free(*a);
    evx_courier_destroy(&(*a)->courier);
    evx_outbox_close(&(*a)->outbox);
    evx_opener_destroy(&(*a)->opener);
    evx_sealer_destroy(&(*a)->sealer);
    evx_agent_directories_free(&(*a)->directories);
    evx_agent_keys_free(&(*a)->keys);
    if ((*a)->lock_fd >= 0) close((*a)->lock_fd);
    free((*a)->organisation);
    free((*a)->broker);
    free((*a)->state);
    free(*a);
    *a = NULL;
}

const struct evx_directory *evx_agent_directory(const struct evx_agent *a)
{
    return evx_agent_directories_newest(&a->directories);
}

const struct evx_directory *evx_agent_directory_at(const struct evx_agent *a, uint64_t version)
{
    return evx_agent_directories_at(&a->directories, version);
}
const struct evx_inspection_id *evx_agent_inspection(const struct evx_agent *a) { return &a->inspection; }
const char *evx_agent_organisation(const struct evx_agent *a) { return a->organisation; }
struct evx_opener *evx_agent_opener(struct evx_agent *a) { return a->opener; }

const struct evx_box_secret *evx_agent_enc_secret(const struct evx_agent *a,
                                                  struct evx_box_public *public_out)
{
    if (a->keys.enc_n == 0) return NULL;
    *public_out = a->keys.enc[a->keys.enc_n - 1].public_key;
    return a->keys.enc[a->keys.enc_n - 1].secret;
}

const struct evx_box_secret *evx_agent_enc_secret_at(const struct evx_agent *a, size_t i,
                                                     struct evx_box_public *public_out)
{
    if (i >= a->keys.enc_n) return NULL;
    *public_out = a->keys.enc[a->keys.enc_n - 1 - i].public_key;
    return a->keys.enc[a->keys.enc_n - 1 - i].secret;
}

enum evx_status evx_agent_stream_reset(struct evx_agent *a, uint64_t *given_up)
{
    *given_up = 0;
    if (a->read_only) return EVX_E_NOT_ALLOWED;
    struct evx_outbox_stream old;
    enum evx_status s = evx_outbox_stream(a->outbox, &old);
    if (s == EVX_E_NOT_FOUND) return EVX_OK; // nothing was ever sent
    if (!s) s = evx_agent_begin(a);
    if (!s) s = evx_outbox_give_up(a->outbox, &old.id, EVX_E_CHAIN, evx_clock_wall_ms(), given_up);
    if (!s) s = evx_agent_new_stream(a, old.sequence ? &old.last : NULL);
    if (!s) s = evx_outbox_commit(a->outbox);
    if (s) evx_outbox_rollback(a->outbox);
    evx_agent_feed_again(a);
    return s;
}
