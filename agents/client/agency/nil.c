// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "agents/client/agency/child_file.h"
#include "agents/client/agency/front.h"
#include "agents/client/answers.h"
#include "agents/client/ingest/identifier.h"
#include "agents/client/ingest/moment.h"

const struct evx_cli_option evx_nil_options[] = {
    {"ground", "GROUND", "held-nothing, withheld or not-held"},
    {"reason", "TEXT", "the legal ground, when withheld"},
    {"held-by", "ORGANISATION", "who holds it, when not held here"},
    {"searched", "TEXT", "what was searched"},
    {"child", "FILE", "the child it is about, for the whole inspection"},
    {"in-reply-to", "REQUEST", "the request that it answers; the same as naming it first"},
    {"wait", "SECONDS", "how long to wait for the receipt, 60 unless given"},
    {"no-wait", NULL, "put it into the outbox and return"},
    {"reopen", NULL, "although the final completeness statement was given: something does follow"},
};
const size_t evx_nil_options_n = sizeof evx_nil_options / sizeof *evx_nil_options;

// A nil return while it is put together; everything in it points in here or to
// the child file.
struct nil {
    struct evx_child_file *file; // NULL without --child
    Evx__V1__NilReturn message;
    Evx__V1__Subject child;
    Evx__V1__Subject *children[1];
    Evx__V1__Identifier id[EVX_LIMIT_IDENTIFIERS];
    Evx__V1__Identifier *ids[EVX_LIMIT_IDENTIFIERS];
    char nhs[EVX_LIMIT_IDENTIFIERS][EVX_NHS_NUMBER_TEXT];
    Evx__V1__Moment born, from, until;
    uint8_t request[16];
};

static char *text_of(const struct evx_cli_options *o, const char *option, char *in_file)
{
    const char *given = evx_cli_value(o, option);
    return given ? (char *)(uintptr_t)given : in_file ? in_file : (char *)(uintptr_t) "";
}

static bool find_ground(Evx__V1__NilGround *out, const char *text)
{
    static const char *const words[] = {"", "held-nothing", "withheld", "not-held"};
    for (int i = 1; i < 4; i++)
        if (strcmp(text, words[i]) == 0) {
            *out = (Evx__V1__NilGround)i;
            return true;
        }
    return false;
}

static enum evx_status set_moment(Evx__V1__Moment *out, char *text, Evx__V1__Moment **at)
{
    struct evx_moment m;
    if (!text) return EVX_OK;
    enum evx_status s = evx_moment_parse(&m, text, "iso", EVX_ZONE_LONDON);
    if (s == EVX_E_CELL_DATE) s = evx_moment_parse(&m, text, "dd/mm/yyyy", EVX_ZONE_LONDON);
    if (s) return s;
    evx__v1__moment__init(out);
    out->precision = m.precision;
    out->utc_ms = m.utc_ms;
    out->offset_min = m.offset_min;
    out->zone = (char *)(uintptr_t)m.zone;
    out->zone_source = m.zone_source;
    out->text = text;
    *at = out;
    return EVX_OK;
}

static enum evx_status set_identifiers(struct nil *n, const char *organisation)
{
    for (unsigned i = 0; i < n->file->identifiers_count; i++) {
        const struct evx_child_identifier *from = &n->file->identifiers[i];
        bool nhs = strcmp(from->scheme, "nhs-number") == 0;
        bool national = nhs || strcmp(from->scheme, "upn") == 0;
        if (nhs && !evx_nhs_number(n->nhs[i], from->value)) return EVX_E_CELL_IDENTIFIER;
        evx__v1__identifier__init(&n->id[i]);
        n->id[i].scheme = from->scheme;
        n->id[i].value = nhs ? n->nhs[i] : from->value;
        n->id[i].issuer = (char *)(uintptr_t)(national ? "" : organisation);
        n->ids[i] = &n->id[i];
    }
    n->child.identifier = n->ids;
    n->child.n_identifier = n->file->identifiers_count;
    return EVX_OK;
}

static enum evx_status set_child(struct nil *n, const char *organisation)
{
    evx__v1__subject__init(&n->child);
    n->child.role = EVX__V1__SUBJECT_ROLE__ROLE_CHILD;
    if (n->file->family_name) n->child.family_name = n->file->family_name;
    if (n->file->given_name) n->child.given_name = n->file->given_name;
    enum evx_status s = set_moment(&n->born, n->file->born, &n->child.born);
    if (!s) s = set_moment(&n->from, n->file->period_from, &n->message.period_from);
    if (!s) s = set_moment(&n->until, n->file->period_until, &n->message.period_to);
    if (!s) s = set_identifiers(n, organisation);
    n->children[0] = &n->child;
    n->message.child = n->children;
    n->message.n_child = 1;
    return s;
}

static const char *request_of(const struct evx_cli_options *o)
{
    return o->argc ? o->argv[0] : evx_cli_value(o, "in-reply-to");
}

static int compose(struct nil *n, const struct evx_cli_options *o, const char *organisation)
{
    struct evx_child_file none = {0}, *file = n->file ? n->file : &none;
    evx__v1__nil_return__init(&n->message);
    if (!find_ground(&n->message.ground, text_of(o, "ground", file->ground)))
        return evx_cli_fail(EVX_E_USAGE, "nil", "--ground must be held-nothing, withheld or not-held");
    n->message.reason = text_of(o, "reason", file->reason);
    n->message.held_by = text_of(o, "held-by", file->held_by);
    n->message.searched = text_of(o, "searched", file->searched);
    if (n->message.ground == EVX__V1__NIL_GROUND__NIL_WITHHELD && !*n->message.reason)
        return evx_cli_fail(EVX_E_USAGE, "nil", "what is withheld needs its ground: --reason TEXT");
    const char *request = request_of(o);
    if (request) {
        if (!evx_unhex(n->request, sizeof n->request, request))
            return evx_cli_fail(EVX_E_USAGE, request, "a request's id has 32 hexadecimal digits");
        n->message.in_reply_to = (ProtobufCBinaryData){sizeof n->request, n->request};
    }
    enum evx_status s = n->file ? set_child(n, organisation) : EVX_OK;
    return s ? evx_cli_fail(s, evx_cli_value(o, "child"), NULL) : 0;
}

static int send_nil(struct evx_cli_options *o, struct nil *n)
{
    struct evx_agent *agent;
    struct evx_agent_config config;
    enum evx_status s = evx_cli_agent_open(&agent, &config, o);
    if (s) return evx_status_exit_code(s);
    int code = compose(n, o, config.organisation);
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    item.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    item.nil_return = &n->message;
    if (code == 0) code = evx_front_send_one(o, &item, agent);
    bool queued = code == 0 || code == evx_status_exit_code(EVX_E_QUEUED);
    if (queued && n->message.in_reply_to.len) {
        struct evx_item_id request;
        memcpy(request.b, n->request, sizeof request.b);
        s = evx_agent_note_answer(agent, &request, 1);
        if (s) code = evx_cli_fail(s, "nil", NULL);
    }
    evx_agent_close(&agent);
    evx_agent_config_free(&config);
    return code;
}

int evx_agency_nil(int argc, char **argv)
{
    struct evx_cli_options o;
    struct nil n = {.file = NULL};
    struct evx_buf said = {0};
    enum evx_status s = evx_cli_parse(&o, evx_nil_options, evx_nil_options_n, argc, argv);
    if (s) return evx_status_exit_code(s);
    const char *path = evx_cli_value(&o, "child");
    if (o.argc > 1 || (!request_of(&o) && !path))
        return evx_cli_fail(EVX_E_USAGE, "nil", "name the request, or the child with --child FILE");
    if (path) s = evx_child_file_load(&n.file, path, &said);
    int code;
    if (s)
        code = evx_cli_fail(s, path, evx_buf_append(&said, "", 1) ? NULL : (const char *)said.p);
    else
        code = send_nil(&o, &n);
    evx_buf_free(&said);
    evx_child_file_free(&n.file);
    return code;
}
