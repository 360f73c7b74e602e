// SPDX-License-Identifier: Apache-2.0
#include "tests/testlib/fixture_directory.h"

#include <stdlib.h>
#include <string.h>

#include "tests/testlib/fixture.h"

#define USE(u)     (1u << EVX_KEY_##u)
#define AGENCY     (USE(SIG) | USE(ENC) | USE(TRN))
#define INSPECTOR  (AGENCY | USE(WIT))
#define BROKER     (USE(SIG) | USE(TRN) | USE(LOG))
#define ALL_RIGHTS "send,receive,witness"
#define LINES      64
#define TIMES      EVX_FIXTURE_FROM " " EVX_FIXTURE_UNTIL

const struct evx_fixture_org evx_fixture_orgs[EVX_FIXTURE_ORGS] = {
    {"eastcliff-school", EVX_ROLE_SCHOOL, "Eastcliff School", "send", AGENCY},
    {"exchange-broker", EVX_ROLE_BROKER, "Exchange operator", "", BROKER},
    {"inspectorate-care", EVX_ROLE_INSPECTORATE, "Inspectorate of care", ALL_RIGHTS, INSPECTOR},
    {"inspectorate-health", EVX_ROLE_INSPECTORATE, "Inspectorate of health", ALL_RIGHTS, INSPECTOR},
    {"inspectorate-policing", EVX_ROLE_INSPECTORATE, "Inspectorate of policing", ALL_RIGHTS, INSPECTOR},
    {"northam-council", EVX_ROLE_SOCIAL_CARE, "Northam Council", "send", AGENCY},
    {"northam-police", EVX_ROLE_POLICE, "Northam Police", "send", AGENCY},
    {"westmoor-health", EVX_ROLE_HEALTH, "Westmoor Health", "send", AGENCY},
};

// Lines of one section, sorted before they are written.
struct lines {
    struct evx_buf line[LINES];
    size_t n;
};

static int compare_lines(const void *a, const void *b)
{
    const struct evx_buf *x = a, *y = b;
    int order = memcmp(x->p, y->p, x->n < y->n ? x->n : y->n);
    return order ? order : (x->n > y->n) - (x->n < y->n);
}

static enum evx_status write_sorted(struct evx_buf *out, struct lines *lines, enum evx_status s)
{
    qsort(lines->line, lines->n, sizeof lines->line[0], compare_lines);
    for (size_t i = 0; i < lines->n; i++) {
        if (s == EVX_OK) s = evx_buf_append(out, lines->line[i].p, lines->line[i].n);
        evx_buf_free(&lines->line[i]);
    }
    return s;
}

static enum evx_status write_roots(struct evx_buf *out, const struct evx_vkey *root, size_t roots)
{
    struct lines lines = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < roots && s == EVX_OK; i++) {
        struct evx_buf *line = &lines.line[lines.n++];
        s = evx_buf_append_text(line, "root ");
        if (s == EVX_OK) s = evx_vkey_text(line, &root[i]);
        if (s == EVX_OK) s = evx_buf_append_text(line, "\n");
    }
    return write_sorted(out, &lines, s);
}

static enum evx_status write_orgs(struct evx_buf *out)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < EVX_FIXTURE_ORGS && s == EVX_OK; i++) {
        const struct evx_fixture_org *o = &evx_fixture_orgs[i];
        s = evx_buf_printf(out, "org %s %s active %s\n", o->id, evx_role_name(o->role), o->name);
    }
    return s;
}

static enum evx_status write_keys(struct evx_buf *out, const struct evx_fixture_public *keys)
{
    static const char *const uses[] = {"", "sig", "enc", "trn", "wit", "log"};
    struct lines lines = {0};
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < EVX_FIXTURE_ORGS; i++) {
        for (unsigned use = EVX_KEY_SIG; use <= EVX_KEY_LOG && s == EVX_OK; use++) {
            if (!(evx_fixture_orgs[i].uses >> use & 1)) continue;
            char hex[65];
            evx_hex(hex, keys[i].key[use - 1], 32);
            s = evx_buf_printf(&lines.line[lines.n++], "key %s %s 1 %s " TIMES "\n", evx_fixture_orgs[i].id,
                               uses[use], hex);
        }
    }
    return write_sorted(out, &lines, s);
}

static enum evx_status write_members(struct evx_buf *out)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < EVX_FIXTURE_ORGS && s == EVX_OK; i++) {
        const struct evx_fixture_org *o = &evx_fixture_orgs[i];
        if (o->rights[0])
            s = evx_buf_printf(out, "member " EVX_FIXTURE_INSPECTION " %s %s\n", o->id, o->rights);
    }
    return s;
}

enum evx_status evx_fixture_write_text(struct evx_buf *out, const struct evx_vkey *root, size_t roots,
                                       const struct evx_fixture_public *keys)
{
    enum evx_status s = evx_buf_append_text(out, "evx.directory/v1\n"
                                                 "exchange " EVX_FIXTURE_EXCHANGE "\n"
                                                 "version 1\n"
                                                 "previous -\n"
                                                 "issued " EVX_FIXTURE_FROM "\n"
                                                 "expires " EVX_FIXTURE_UNTIL "\n"
                                                 "min-suite 1\n"
                                                 "threshold 2\n"
                                                 "quorum 0\n");
    if (s == EVX_OK) s = write_roots(out, root, roots);
    if (s == EVX_OK) s = write_orgs(out);
    if (s == EVX_OK) s = write_keys(out, keys);
    if (s == EVX_OK)
        s = evx_buf_append_text(out, "inspection " EVX_FIXTURE_INSPECTION " jtai open " TIMES
                                     " Joint inspection of Northam\n");
    if (s == EVX_OK) s = write_members(out);
    return s;
}
