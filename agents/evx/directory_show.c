// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/directory_show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/client/cli/table.h"
#include "agents/evx/compose.h"
#include "crypto/policy.h"
#include "proto/base/clock.h"
#include "proto/base/file.h"

const struct evx_cli_option evx_directory_verify_options[2] = {
    {"previous", "FILE", "the version before: number, hash and its roots' signatures must fit"},
    {"pin", "HEX", "the SHA-256 of the text that is expected"},
};

static enum evx_status load(struct evx_directory **out, const char *path,
                            const struct evx_directory *previous, const struct evx_digest *pin, char *why,
                            size_t cap)
{
    struct evx_buf note = {0};
    unsigned line = 0;
    *why = '\0';
    enum evx_status s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(out, evx_buf_bytes(&note), previous, pin, &line);
    if (s && line) snprintf(why, cap, "line %u", line);
    evx_buf_free(&note);
    return s;
}

static const char *rights_text(unsigned rights, char out[32])
{
    snprintf(out, 32, "%s%s%s", rights & EVX_RIGHT_SEND ? "send " : "",
             rights & EVX_RIGHT_RECEIVE ? "receive " : "", rights & EVX_RIGHT_WITNESS ? "witness" : "");
    return out;
}

static json_t *json_orgs(const struct evx_directory *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < evx_directory_orgs(d); i++) {
        const struct evx_dir_org *o = evx_directory_org_at(d, i);
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "id", o->id, "role",
                                              evx_role_name(o->role), "active", o->active, "name", o->name));
    }
    return list;
}

static json_t *json_keys(const struct evx_directory *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < evx_directory_keys(d); i++) {
        const struct evx_dir_key *k = evx_directory_key_at(d, i);
        char spoken[EVX_SPOKEN_TEXT];
        evx_fingerprint_spoken(spoken, &k->fingerprint);
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:i, s:o, s:o, s:s, s:o, s:o}", "org", k->org, "use",
                                        evx_compose_use(k->use), "epoch", (int)k->epoch, "public",
                                        evx_json_hex(k->public_key, 32), "fingerprint",
                                        evx_json_hex(k->fingerprint.b, 32), "spoken", spoken, "from",
                                        evx_json_time(k->from_ms), "until", evx_json_time(k->until_ms)));
    }
    return list;
}

static json_t *json_members(const struct evx_directory *d, const struct evx_inspection_id *id)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < evx_directory_orgs(d); i++) {
        const char *org = evx_directory_org_at(d, i)->id;
        unsigned rights = evx_directory_rights(d, id, org);
        if (!rights) continue;
        json_array_append_new(list, json_pack("{s:s, s:b, s:b, s:b}", "org", org, "send",
                                              !!(rights & EVX_RIGHT_SEND), "receive",
                                              !!(rights & EVX_RIGHT_RECEIVE), "witness",
                                              !!(rights & EVX_RIGHT_WITNESS)));
    }
    return list;
}

// The log's verifier key in its C2SP form; null when the directory has no log key.
static json_t *json_vkey(const struct evx_directory *d, const struct evx_inspection_id *id)
{
    struct evx_vkey v;
    struct evx_buf text = {0};
    enum evx_status s = evx_directory_log_vkey(&v, d, id);
    if (!s) s = evx_vkey_text(&text, &v);
    json_t *out = s ? json_null() : json_stringn((const char *)text.p, text.n);
    evx_buf_free(&text);
    return out;
}

// Which witnesses must have cosigned, as other tools read it; null when nothing can be said.
static json_t *json_policy(const struct evx_directory *d, const struct evx_inspection_id *id)
{
    struct evx_policy *p = NULL;
    struct evx_buf text = {0};
    enum evx_status s = evx_policy_from_directory(&p, d, id);
    if (!s) s = evx_policy_text(&text, p);
    json_t *out = s ? json_null() : json_stringn((const char *)text.p, text.n);
    evx_policy_destroy(&p);
    evx_buf_free(&text);
    return out;
}

static json_t *json_inspections(const struct evx_directory *d)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < evx_directory_inspections(d); i++) {
        const struct evx_dir_inspection *n = evx_directory_inspection_at(d, i);
        json_array_append_new(
            list, json_pack("{s:o, s:s, s:s, s:b, s:o, s:o, s:s, s:o, s:o, s:o}", "id",
                            evx_json_hex(n->id.b, 16), "name", n->name, "framework", n->framework, "open",
                            n->open, "opens", evx_json_time(n->opens_ms), "closes",
                            evx_json_time(n->closes_ms), "origin", n->origin, "log", json_vkey(d, &n->id),
                            "policy", json_policy(d, &n->id), "members", json_members(d, &n->id)));
    }
    return list;
}

static enum evx_status print_json(const struct evx_directory *d)
{
    json_t *o = evx_json_object("evx.directory/1");
    if (!o) return EVX_E_MEMORY;
    json_t *rest = json_pack(
        "{s:s, s:I, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o}", "exchange", evx_directory_exchange(d),
        "version", (json_int_t)evx_directory_version(d), "hash", evx_json_hex(evx_directory_hash(d)->b, 32),
        "expires", evx_json_time(evx_directory_expires_ms(d)), "min_suite", (int)evx_directory_min_suite(d),
        "threshold", (int)evx_directory_threshold(d), "quorum", (int)evx_directory_quorum(d), "organisations",
        json_orgs(d), "keys", json_keys(d), "inspections", json_inspections(d));
    enum evx_status s = rest && !json_object_update(o, rest) ? EVX_OK : EVX_E_MEMORY;
    json_decref(rest);
    if (!s) return evx_json_print(stdout, o);
    json_decref(o);
    return s;
}

static enum evx_status print_orgs(const struct evx_directory *d, const struct evx_cli_options *o)
{
    static const char *const headers[] = {"organisation", "role", "status", "name"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, headers, 4);
    for (size_t i = 0; i < evx_directory_orgs(d) && !s; i++) {
        const struct evx_dir_org *org = evx_directory_org_at(d, i);
        s = evx_table_row(t, (const char *const[]){org->id, evx_role_name(org->role),
                                                   org->active ? "active" : "suspended", org->name});
    }
    if (!s) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_keys(const struct evx_directory *d, const struct evx_cli_options *o)
{
    static const char *const headers[] = {"organisation", "key", ">epoch", "until", "fingerprint, read out"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, headers, 5);
    for (size_t i = 0; i < evx_directory_keys(d) && !s; i++) {
        const struct evx_dir_key *k = evx_directory_key_at(d, i);
        char spoken[EVX_SPOKEN_TEXT], until[EVX_TIME_TEXT], epoch[16];
        evx_fingerprint_spoken(spoken, &k->fingerprint);
        evx_time_text(until, k->until_ms);
        until[10] = '\0';
        snprintf(epoch, sizeof epoch, "%u", k->epoch);
        s = evx_table_row(t, (const char *const[]){k->org, evx_compose_use(k->use), epoch, until, spoken});
    }
    if (!s) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_members(const struct evx_directory *d, const struct evx_dir_inspection *n,
                                     const struct evx_cli_options *o)
{
    static const char *const headers[] = {"member", "may"};
    struct evx_table *t = NULL;
    char hex[33], rights[32];
    evx_hex(hex, n->id.b, 16);
    printf("\ninspection %s %s (%s)\n  %s\n", hex, n->open ? "open" : "closed", n->framework, n->name);
    enum evx_status s = evx_table_new(&t, headers, 2);
    for (size_t i = 0; i < evx_directory_orgs(d) && !s; i++) {
        const char *org = evx_directory_org_at(d, i)->id;
        unsigned may = evx_directory_rights(d, &n->id, org);
        if (may) s = evx_table_row(t, (const char *const[]){org, rights_text(may, rights)});
    }
    if (!s) s = evx_table_print(stdout, t, o->plain, evx_cli_colour(o));
    evx_table_destroy(&t);
    return s;
}

static enum evx_status print_text(const struct evx_directory *d, const struct evx_cli_options *o)
{
    char expires[EVX_TIME_TEXT], hash[65];
    evx_time_text(expires, evx_directory_expires_ms(d));
    evx_hex(hash, evx_directory_hash(d)->b, 32);
    printf("%s, version %llu, expires %s\nhash (pin) %s\n\n", evx_directory_exchange(d),
           (unsigned long long)evx_directory_version(d), expires, hash);
    enum evx_status s = print_orgs(d, o);
    putchar('\n');
    if (!s) s = print_keys(d, o);
    for (size_t i = 0; i < evx_directory_inspections(d) && !s; i++)
        s = print_members(d, evx_directory_inspection_at(d, i), o);
    return s;
}

int evx_directory_run_show(int argc, char **argv)
{
    struct evx_cli_options o;
    char why[64];
    struct evx_directory *d = NULL;
    enum evx_status s = evx_cli_parse(&o, NULL, 0, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (o.argc != 1) return evx_cli_fail(EVX_E_USAGE, "show", "one signed directory is wanted");
    s = load(&d, o.argv[0], NULL, NULL, why, sizeof why);
    if (s) return evx_cli_fail(s, o.argv[0], why);
    s = o.json ? print_json(d) : print_text(d, &o);
    evx_directory_destroy(&d);
    return s ? evx_cli_fail(s, o.argv[0], NULL) : 0;
}

static void report(const struct evx_directory *d, bool followed, bool pinned)
{
    char expires[EVX_TIME_TEXT];
    evx_time_text(expires, evx_directory_expires_ms(d));
    printf("good: version %llu of %s carries the signatures its own roots demand\n",
           (unsigned long long)evx_directory_version(d), evx_directory_exchange(d));
    if (followed) printf("good: it follows from the previous version, whose roots signed it too\n");
    if (pinned) printf("good: it is the text that was pinned\n");
    if (!followed && !pinned)
        printf("not proved: that these are the right roots; compare the hash with its keepers, or give "
               "--previous or "
               "--pin\n");
    bool expired = evx_directory_expires_ms(d) <= (int64_t)evx_clock_wall_ms();
    printf("%s: expires %s\n", expired ? "bad" : "good", expires);
}

int evx_directory_run_verify(int argc, char **argv)
{
    struct evx_cli_options o;
    char why[64] = "";
    struct evx_directory *previous = NULL, *d = NULL;
    struct evx_digest pin;
    enum evx_status s = evx_cli_parse(&o, evx_directory_verify_options, 2, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *previous_path = evx_cli_value(&o, "previous"), *pin_text = evx_cli_value(&o, "pin");
    if (o.argc != 1) return evx_cli_fail(EVX_E_USAGE, "verify", "one signed directory is wanted");
    if (pin_text && !evx_unhex(pin.b, sizeof pin.b, pin_text))
        return evx_cli_fail(EVX_E_USAGE, "--pin", "64 hexadecimal characters are wanted");
    const char *where = o.argv[0];
    if (previous_path) s = load(&previous, where = previous_path, NULL, NULL, why, sizeof why);
    if (!s) s = load(&d, where = o.argv[0], previous, pin_text ? &pin : NULL, why, sizeof why);
    if (!s) report(d, previous != NULL, pin_text != NULL);
    if (!s && evx_directory_expires_ms(d) <= (int64_t)evx_clock_wall_ms()) s = EVX_E_DIRECTORY_EXPIRED;
    evx_directory_destroy(&d);
    evx_directory_destroy(&previous);
    return s ? evx_cli_fail(s, where, why) : 0;
}
