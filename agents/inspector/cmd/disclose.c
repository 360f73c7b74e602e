// SPDX-License-Identifier: Apache-2.0
//
// One item for a third party: the record of this disclosure first, then the bundle,
// verified here as the third party will verify it, and written once.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/cli/json.h"
#include "agents/client/inbox.h"
#include "agents/collector/agent_store.h"
#include "agents/collector/audit.h"
#include "agents/collector/store.h"
#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "crypto/bundle.h"
#include "proto/base/file.h"

struct disclosing {
    struct evx_cli_options o;
    struct evx_agent_config config;
    struct evx_agent *agent;
    struct evx_store *store;
    struct evx_audit *audit;
    struct evx_opening *opening;
    char *folder;
    struct evx_store_row row;
    struct evx_buf bundle, log_entry;
    struct evx_bundle_result result;
};

static enum evx_status open_store(struct disclosing *d)
{
    const char *named = evx_cli_value(&d->o, "store");
    if (!named) named = d->config.store;
    d->folder = named ? strdup(named) : evx_store_folder(d->config.state);
    enum evx_status s = d->folder ? evx_agent_store_open(&d->store, d->agent, d->folder, true) : EVX_E_MEMORY;
    if (!s) s = evx_audit_open(&d->audit, d->folder, evx_store_master(d->store));
    if (s) evx_cli_error(s, d->folder, NULL);
    return s;
}

static enum evx_status record(struct disclosing *d)
{
    const char *person = evx_cli_value(&d->o, "person");
    char id[EVX_SHORT_ID_TEXT], view[32];
    evx_short_id(id, d->row.item_id.b);
    snprintf(view, sizeof view, "bundle EV-%s", id);
    struct evx_audit_record r = {.verb = "disclosure",
                                 .person = person ? person : evx_cli_login(),
                                 .on_behalf_of = evx_cli_value(&d->o, "for"),
                                 .purpose = evx_cli_value(&d->o, "purpose"),
                                 .view = view};
    return evx_audit_release(&d->opening, d->audit, &r, &d->row.ref, 1);
}

// The directory that the sender sealed under, as the agent holds it.
static enum evx_status sealed_under(const struct evx_directory **out, const struct disclosing *d,
                                    const Evx__V1__Header *h)
{
    *out = evx_agent_directory_at(d->agent, h->directory_version);
    bool same = *out && memcmp(evx_directory_hash(*out)->b, h->directory_hash.data, 32) == 0;
    return same ? EVX_OK : EVX_E_DIRECTORY_UNKNOWN;
}

static enum evx_status prove(struct evx_receipt *out, struct disclosing *d)
{
    struct evx_buf witnessed = {0};
    enum evx_status s = evx_agent_witnessed(d->agent, &witnessed);
    if (!s) s = evx_store_prove(d->store, d->row.ref.index, evx_buf_bytes(&witnessed), out);
    evx_buf_free(&witnessed);
    return s;
}

static enum evx_status make(struct disclosing *d)
{
    struct evx_receipt receipt = {0};
    struct evx_item_key key;
    struct evx_bundle_source source = {.receipt = &receipt, .number = d->row.ref.number, .key = &key};
    enum evx_status s = prove(&receipt, d);
    if (!s) s = evx_store_consignment(d->store, d->row.ref.index, &d->log_entry, NULL);
    if (!s) s = evx_store_disclose(&key, &source.consignment, d->store, d->opening, d->row.ref);
    if (!s) s = sealed_under(&source.directory, d, source.consignment->header);
    source.entry = evx_buf_bytes(&d->log_entry);
    if (!s) s = evx_bundle_make(&d->bundle, &source);
    evx_wipe(&key, sizeof key);
    evx_receipt_free(&receipt);
    return s;
}

static enum evx_status check(struct disclosing *d)
{
    struct evx_bundle b;
    struct evx_bundle_trust trust = {.directory = evx_agent_directory(d->agent)};
    enum evx_status s = evx_bundle_parse(&b, evx_buf_bytes(&d->bundle));
    return s ? s : evx_bundle_verify(&d->result, &b, &trust);
}

static enum evx_status report(const struct disclosing *d, const char *path)
{
    char item[33], grade[EVX_GRADE_TEXT], hash[65];
    evx_hex(item, d->result.item.b, sizeof d->result.item.b);
    evx_hex(hash, d->result.directory_hash.b, sizeof d->result.directory_hash.b);
    evx_grade_text(grade, &d->result.grade);
    if (!d->o.json) {
        printf(
            "%s: item %s, signed by %s, at position %" PRIu64 " of the log; %s\n"
            "It holds the item's key: whoever has the file can read the item. It says nothing of any other.\n"
            "Whoever gets it checks it with: evx verify --pin %s %s\n",
            path, item, d->result.sender, d->result.index, grade, hash, path);
        return EVX_OK;
    }
    json_t *j = evx_json_object("evx.disclose/1");
    enum evx_status s = evx_json_set(j, "file", evx_json_text(path));
    if (!s) s = evx_json_set(j, "item", evx_json_text(item));
    if (!s) s = evx_json_set(j, "sender", evx_json_text(d->result.sender));
    if (!s) s = evx_json_set(j, "index", evx_json_number(d->result.index));
    if (!s) s = evx_json_set(j, "grade", evx_json_text(evx_grade_word(d->result.grade.level)));
    if (!s) s = evx_json_set(j, "directory", evx_json_text(hash));
    enum evx_status printed = evx_json_print(stdout, j);
    return s ? s : printed;
}

static enum evx_status disclose(struct disclosing *d)
{
    const char *path = evx_cli_value(&d->o, "out"), *where = d->o.argv[0];
    enum evx_status s = evx_path_exists(path) ? EVX_E_FILE_EXISTS : EVX_OK;
    if (s) where = path;
    if (!s) s = evx_store_find_text(&d->row, d->store, d->o.argv[0]);
    if (!s) s = record(d);
    if (!s) s = make(d);
    if (!s) s = check(d);
    if (!s) {
        where = path;
        s = evx_file_create(path, evx_buf_bytes(&d->bundle), 0600);
    }
    if (!s) s = report(d, path);
    if (s) evx_cli_error(s, where, NULL);
    return s;
}

static void finish(struct disclosing *d)
{
    if (d->bundle.p) evx_wipe(d->bundle.p, d->bundle.cap);
    evx_buf_free(&d->bundle);
    evx_buf_free(&d->log_entry);
    evx_bundle_result_free(&d->result);
    evx_opening_close(&d->opening);
    evx_audit_close(&d->audit);
    evx_store_close(&d->store);
    evx_agent_close(&d->agent);
    evx_agent_config_free(&d->config);
    free(d->folder);
}

int evx_inspect_disclose(int argc, char **argv)
{
    struct disclosing d = {0};
    enum evx_status s = evx_cli_parse(&d.o, evx_disclose_options, evx_disclose_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    if (d.o.argc != 1 || !evx_cli_value(&d.o, "out") || !evx_cli_value(&d.o, "purpose") ||
        !evx_cli_value(&d.o, "for"))
        return evx_cli_fail(EVX_E_USAGE, "disclose",
                            "one item, --out FILE, --purpose PURPOSE and --for WHOM are wanted");
    s = evx_cli_agent_open_unlocked(&d.agent, &d.config, &d.o);
    if (!s) s = open_store(&d);
    if (!s) s = disclose(&d);
    finish(&d);
    return evx_status_exit_code(s);
}
