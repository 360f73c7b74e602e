// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "crypto/keyfile.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

#define INSPECTION "0123456789abcdef0123456789abcdef"
#define MOST_LINES 4096

// One section of the directory: its lines, sorted before they are written.
struct section {
    char *line[MOST_LINES];
    size_t n;
};

struct making {
    const char *folder;
    struct section root, org, key, member;
    struct evx_sign_secret *root_secret[3];
    struct evx_sign_public root_public[3];
    char from[EVX_TIME_TEXT], until[EVX_TIME_TEXT];
};

static void add_line(struct section *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_line(struct section *s, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    if (s->n < MOST_LINES && vasprintf(&s->line[s->n], format, ap) >= 0) s->n++;
    va_end(ap);
}

static int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum evx_status write_section(struct evx_buf *out, struct section *s)
{
    qsort(s->line, s->n, sizeof s->line[0], compare_lines);
    enum evx_status status = EVX_OK;
    for (size_t i = 0; !status && i < s->n; i++)
        status = evx_buf_printf(out, "%s\n", s->line[i]);
    return status;
}

static void free_section(struct section *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->line[i]);
}

static enum evx_status make_sign_key(struct making *m, const char *org, enum evx_key_use use,
                                     const char *use_name)
{
    struct evx_sign_secret *k = NULL;
    struct evx_sign_public p;
    char path[4096], hex[65];
    snprintf(path, sizeof path, "%s/keys/%s/%s.key", m->folder, org, use_name);
    enum evx_status s = evx_sign_generate(&k, &p);
    if (!s) s = evx_keyfile_save_sign(path, use, k, EVX_KEYFILE_PLAIN, NULL);
    evx_sign_secret_destroy(&k);
    evx_hex(hex, p.b, 32);
    add_line(&m->key, "key %s %s 1 %s %s %s", org, use_name, hex, m->from, m->until);
    return s;
}

static enum evx_status make_box_key(struct making *m, const char *org, enum evx_key_use use,
                                    const char *use_name, const char *file)
{
    struct evx_box_secret *k = NULL;
    struct evx_box_public p;
    char path[4096], hex[65];
    snprintf(path, sizeof path, "%s/keys/%s/%s.key", m->folder, org, file);
    enum evx_status s = evx_box_generate(&k, &p);
    if (!s) s = evx_keyfile_save_box(path, use, k, EVX_KEYFILE_PLAIN, NULL);
    evx_box_secret_destroy(&k);
    evx_hex(hex, p.b, 32);
    add_line(&m->key, "key %s %s 1 %s %s %s", org, use_name, hex, m->from, m->until);
    return s;
}

static enum evx_status make_organisation(struct making *m, const char *org, const char *role,
                                         const char *rights)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/keys/%s", m->folder, org);
    enum evx_status s = evx_dir_make(path);
    if (!s) s = make_sign_key(m, org, EVX_KEY_SIG, "sig");
    if (!s) s = make_box_key(m, org, EVX_KEY_TRN, "trn", "trn");
    if (!s && strcmp(role, "broker")) s = make_box_key(m, org, EVX_KEY_ENC, "enc", "enc-1");
    if (!s && !strcmp(role, "broker")) s = make_sign_key(m, org, EVX_KEY_LOG, "log");
    add_line(&m->org, "org %s %s active Benchmark organisation", org, role);
    if (rights) add_line(&m->member, "member " INSPECTION " %s %s", org, rights);
    return s;
}

static enum evx_status make_roots(struct making *m)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < 3; i++) {
        char name[64];
        struct evx_vkey vkey;
        struct evx_buf text = {0};
        snprintf(name, sizeof name, "bench.invalid/root-%zu", i + 1);
        s = evx_sign_generate(&m->root_secret[i], &m->root_public[i]);
        if (!s) s = evx_vkey_make(&vkey, name, EVX_NOTE_ED25519, &m->root_public[i]);
        if (!s) s = evx_vkey_text(&text, &vkey);
        if (!s) add_line(&m->root, "root %.*s", (int)text.n, (const char *)text.p);
        evx_buf_free(&text);
    }
    return s;
}

static enum evx_status directory_text(struct evx_buf *out, struct making *m)
{
    enum evx_status s =
        evx_buf_printf(out,
                       "evx.directory/v1\nexchange bench.invalid\nversion 1\nprevious -\nissued %s\n"
                       "expires %s\nmin-suite 1\nthreshold 2\nquorum 0\n",
                       m->from, m->until);
    if (!s) s = write_section(out, &m->root);
    if (!s) s = write_section(out, &m->org);
    if (!s) s = write_section(out, &m->key);
    if (!s)
        s = evx_buf_printf(out, "inspection " INSPECTION " jtai open %s %s Benchmark inspection\n", m->from,
                           m->until);
    if (!s) s = write_section(out, &m->member);
    return s;
}

static enum evx_status sign_directory(struct making *m)
{
    struct evx_buf text = {0}, note = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/directory.note", m->folder);
    enum evx_status s = directory_text(&text, m);
    if (!s)
        s = evx_note_sign(&note, evx_buf_bytes(&text), "bench.invalid/root-1", m->root_secret[0],
                          &m->root_public[0]);
    if (!s) s = evx_note_add_signature(&note, "bench.invalid/root-2", m->root_secret[1], &m->root_public[1]);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&note), 0644);
    evx_buf_free(&text);
    evx_buf_free(&note);
    return s;
}

static enum evx_status write_agent_config(const struct making *m, const char *org, uint16_t port)
{
    struct evx_buf text = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/%s.yaml", m->folder, org);
    enum evx_status s =
        evx_buf_printf(&text,
                       "organisation: %s\ninspection: " INSPECTION
                       "\nbroker: tcp://127.0.0.1:%u\ndirectory: %s/directory.note\nkeys: %s/keys/%s\n"
                       "state: %s/state/%s\n",
                       org, port, m->folder, m->folder, org, m->folder, org);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0600);
    evx_buf_free(&text);
    return s;
}

static enum evx_status write_broker_config(const struct making *m, uint16_t port)
{
    struct evx_buf text = {0};
    char path[4096];
    snprintf(path, sizeof path, "%s/broker.yaml", m->folder);
    enum evx_status s = evx_buf_printf(
        &text,
        "state: %s/state/broker\nlisten: tcp://127.0.0.1:%u\ndirectory: %s/directory.note\nkeys: "
        "%s/keys/bench-broker\nmetrics: %s/broker.prom\n",
        m->folder, port, m->folder, m->folder, m->folder);
    if (!s) s = evx_file_replace(path, evx_buf_bytes(&text), 0600);
    evx_buf_free(&text);
    return s;
}

enum evx_status bench_exchange_make(const char *folder, const struct bench_options *o, uint16_t port)
{
    struct making m = {.folder = folder};
    int64_t now = (int64_t)evx_clock_wall_ms();
    evx_time_text(m.from, now - 3600000);
    evx_time_text(m.until, now + 30ll * 86400000);
    enum evx_status s = make_roots(&m);
    if (!s) s = make_organisation(&m, "bench-broker", "broker", NULL);
    if (!s) s = write_broker_config(&m, port);
    char org[64];
    for (size_t i = 0; !s && i < o->senders; i++) {
        snprintf(org, sizeof org, "bench-sender-%zu", i);
        s = make_organisation(&m, org, "police", "send");
        if (!s) s = write_agent_config(&m, org, port);
    }
    for (size_t i = 0; !s && i < o->recipients; i++) {
        snprintf(org, sizeof org, "bench-inspectorate-%zu", i);
        s = make_organisation(&m, org, "inspectorate", "send,receive");
        if (!s) s = write_agent_config(&m, org, port);
    }
    for (size_t i = 0; !s && i < o->crowd; i++) {
        snprintf(org, sizeof org, "bench-crowd-%zu", i);
        s = make_organisation(&m, org, "school", "send");
    }
    if (!s) s = sign_directory(&m);
    for (size_t i = 0; i < 3; i++)
        evx_sign_secret_destroy(&m.root_secret[i]);
    free_section(&m.root);
    free_section(&m.org);
    free_section(&m.key);
    free_section(&m.member);
    return s;
}
