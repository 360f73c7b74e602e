// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/agencies/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/ingest/profile.h"
#include "proto/base/file.h"

struct keeper {
    struct kept *k;
    struct evx_blake2b_state state;
};

static enum evx_status keep_item(void *user, struct evx_bytes packed, const Evx__V1__Item *item)
{
    struct keeper *keeper = user;
    evx_blake2b_update(&keeper->state, packed);
    (void)item;
    if (keeper->k->items == KEPT_ITEMS) return EVX_OK;
    return evx_item_unpack(&keeper->k->item[keeper->k->items++], packed);
}

static enum evx_status keep_problem(void *user, const struct evx_problem *p)
{
    struct kept *k = ((struct keeper *)user)->k;
    if (k->problems++ >= KEPT_PROBLEMS) return EVX_OK;
    struct kept_problem *x = &k->problem[k->problems - 1];
    x->row = p->row;
    x->code = p->code;
    x->severity = p->severity;
    snprintf(x->column, sizeof x->column, "%s", p->column);
    snprintf(x->value, sizeof x->value, "%s", p->value);
    snprintf(x->message, sizeof x->message, "%s", p->message);
    return EVX_OK;
}

static void load_profiles(struct evx_profile_set *set, const struct evx_ingest_agency *agency)
{
    struct evx_buf said = {0};
    for (size_t i = 0; i < agency->profiles; i++)
        cr_assert_eq(evx_profile_set_add(set, evx_bytes_of_text(agency->profile[i].yaml),
                                         agency->profile[i].name, &said),
                     EVX_OK, "%.*s", (int)said.n, (const char *)said.p);
    set->builtin = set->n;
    evx_buf_free(&said);
}

void kept_read(struct kept *out, const struct evx_ingest_agency *agency, const char *name,
               struct evx_bytes content, const struct evx_companion *companion, size_t companions,
               bool jailed)
{
    memset(out, 0, sizeof *out);
    struct evx_profile_set set = {0};
    load_profiles(&set, agency);
    struct keeper keeper = {.k = out};
    evx_blake2b_begin(&keeper.state);
    struct evx_ingest_job job = {.agency = agency,
                                 .profiles = &set,
                                 .organisation = "northam",
                                 .inspection = {{7}},
                                 .companion = companion,
                                 .companions = companions};
    struct evx_ingest_sink sink = {keep_item, keep_problem, &keeper};
    enum evx_status s = jailed ? evx_ingest_jailed(&out->result, &job, name, content, &sink)
                               : evx_ingest_bytes(&out->result, &job, name, content, &sink);
    cr_assert_eq(s, EVX_OK, "%s: status %d", name, (int)s);
    evx_blake2b_end(&out->all, &keeper.state);
    evx_profile_set_free(&set);
}

void kept_read_text(struct kept *out, const struct evx_ingest_agency *agency, const char *name,
                    const char *text)
{
    kept_read(out, agency, name, evx_bytes_of_text(text), NULL, 0, false);
}

void kept_read_file(struct kept *out, const struct evx_ingest_agency *agency, const char *const *path,
                    size_t n)
{
    struct evx_buf content[8] = {{0}};
    struct evx_companion companion[8];
    const char *source = getenv("EVX_SOURCE");
    cr_assert(source && n <= 8);
    for (size_t i = 0; i < n; i++) {
        char *full = evx_path_join(source, path[i]);
        cr_assert_eq(evx_file_read(&content[i], full, 1u << 22), EVX_OK, "%s", path[i]);
        companion[i] = (struct evx_companion){path[i], evx_buf_bytes(&content[i])};
        free(full);
    }
    kept_read(out, agency, path[0], companion[0].content, companion, n, false);
    for (size_t i = 0; i < n; i++)
        evx_buf_free(&content[i]);
}

void kept_free(struct kept *k)
{
    for (size_t i = 0; i < k->items; i++)
        evx_item_free(k->item[i]);
    k->items = 0;
}

const struct kept_problem *kept_find(const struct kept *k, enum evx_status code)
{
    for (size_t i = 0; i < k->problems && i < KEPT_PROBLEMS; i++)
        if (k->problem[i].code == code) return &k->problem[i];
    return NULL;
}

const char *kept_field(const Evx__V1__Item *item, const char *name)
{
    const Evx__V1__Evidence *e = item->evidence;
    for (size_t i = 0; i < e->n_field; i++)
        if (strcmp(e->field[i]->name, name) == 0 && e->field[i]->value_case == EVX__V1__FIELD__VALUE_TEXT)
            return e->field[i]->text;
    return NULL;
}

const char *kept_identifier(const Evx__V1__Item *item, const char *scheme)
{
    const Evx__V1__Evidence *e = item->evidence;
    for (size_t i = 0; e->n_subject && i < e->subject[0]->n_identifier; i++)
        if (strcmp(e->subject[0]->identifier[i]->scheme, scheme) == 0)
            return e->subject[0]->identifier[i]->value;
    return NULL;
}
