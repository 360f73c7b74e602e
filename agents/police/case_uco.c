// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/ingest/attach.h"
#include "agents/client/ingest/document.h"
#include "agents/police/police.h"

#define TYPES_MAX 64

struct count {
    const char *type;
    uint64_t n;
};
struct census {
    struct count count[TYPES_MAX];
    size_t types;
    uint64_t objects, more; // `more`: objects of types beyond the table
};

static const char *type_of(const json_t *object)
{
    const json_t *type = json_object_get(object, "@type");
    if (json_is_array(type)) type = json_array_get(type, 0);
    return json_string_value(type);
}

static void count_type(struct census *c, const char *type)
{
    for (size_t i = 0; i < c->types; i++)
        if (strcmp(c->count[i].type, type) == 0) {
            c->count[i].n++;
            return;
        }
    if (c->types == TYPES_MAX || strlen(type) > EVX_LIMIT_NAME_BYTES)
        c->more++;
    else
        c->count[c->types++] = (struct count){type, 1};
}

static void take_census(struct census *c, const json_t *graph)
{
    size_t i;
    json_t *object;
    json_array_foreach(graph, i, object)
    {
        const char *type = type_of(object);
        c->objects++;
        if (type)
            count_type(c, type);
        else
            c->more++;
    }
}

// A CASE document names the UCO vocabulary in its context.
static bool names_uco(const json_t *document)
{
    const char *key;
    json_t *value;
    json_t *context = json_object_get(document, "@context");
    json_object_foreach(context, key, value)
    {
        const char *url = json_string_value(value);
        if (url && (strstr(url, "unifiedcyberontology.org") || strstr(url, "caseontology.org"))) return true;
    }
    return false;
}

static enum evx_status describe(struct evx_reading *r, const struct census *c,
                                const Evx__V1__AttachmentRef *ref)
{
    struct evx_draft *d = evx_reading_draft(r, "digital-forensics", 0, "case-uco");
    char *said = evx_pool_take(r->pool, 160);
    if (!said) return EVX_E_MEMORY;
    snprintf(said, 160,
             "Digital forensics record (CASE/UCO), %llu objects of %zu types; the file is attached.",
             (unsigned long long)c->objects, c->types + (c->more > 0));
    d->evidence.narrative = said;
    d->evidence.purpose = "joint inspection";
    d->evidence.lawful_basis = "Police Act 1996 and Data Protection Act 2018 part 3";
    d->evidence.marking = "OFFICIAL-SENSITIVE";
    d->evidence.retention_class = "inspection-record";
    evx_draft_criterion(d, "jtai/investigation");
    evx_draft_integer(d, "objects", (int64_t)c->objects);
    for (size_t i = 0; i < c->types; i++) {
        char *line = evx_pool_take(r->pool, strlen(c->count[i].type) + 32);
        if (!line) return EVX_E_MEMORY;
        snprintf(line, strlen(c->count[i].type) + 32, "%s %llu", c->count[i].type,
                 (unsigned long long)c->count[i].n);
        evx_draft_text(d, "object-type", line);
    }
    evx_draft_attach(d, ref);
    return evx_reading_emit(r, d, 0);
}

static enum evx_status read_graph(struct evx_reading *r, const json_t *graph)
{
    struct census c = {.types = 0};
    take_census(&c, graph);
    r->result->rows = c.objects;
    snprintf(r->result->detected.format, sizeof r->result->detected.format, "case-uco-json");
    struct evx_place at = {0, "@graph", ""};
    if (c.objects == 0)
        return evx_reading_problem(r, &at, EVX_E_FILE_EMPTY, EVX_SEVERITY_ERROR, "the graph has no objects");
    Evx__V1__AttachmentRef ref;
    enum evx_status s = evx_attach_parts(&ref, r, "application/ld+json");
    return s ? s : describe(r, &c, &ref);
}

enum evx_status evx_police_read_case(struct evx_reading *r)
{
    json_t *document;
    enum evx_status s = evx_document_open(&document, r);
    if (s || !document) return s;
    const json_t *graph = json_object_get(document, "@graph");
    if (json_is_array(graph) && names_uco(document))
        s = read_graph(r, graph);
    else {
        struct evx_place at = {0, "@context", ""};
        s = evx_reading_problem(r, &at, EVX_E_FILE_FORMAT, EVX_SEVERITY_ERROR,
                                "JSON, but not a CASE/UCO graph: it names no such vocabulary");
    }
    json_decref(document);
    return s;
}
