// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/list_import.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/parts.h"
#include "proto/base/file.h"

// --- the list of proposals and decisions ---

static const char *born_text(struct evx_desk *d, const Evx__V1__Subject *s)
{
    char when[EVX_WHEN_TEXT];
    evx_when_text(when, s->born);
    const char *text = evx_slab_copy(&d->v->slab, when);
    return text ? text : "";
}

static const char *record_org(const struct evx_record_fact *r)
{
    return *r->organisation ? r->organisation : "the inspection's list";
}

static const char *verdict_name(enum evx_verdict v)
{
    static const char *const names[] = {"open", "confirmed", "rejected"};
    return names[v <= EVX_VERDICT_REJECTED ? v : 0];
}

static void print_side(struct evx_desk *d, uint32_t record)
{
    const struct evx_record_fact *r = &d->v->facts.record[record];
    uint32_t child = d->v->children.of_record[record];
    const char *name = evx_slab_printf(&d->v->slab, "%s %s", r->subject->given_name, r->subject->family_name);
    printf("    %-11s  %-28s  born %-11s  %s\n", child == EVX_NO_CHILD ? "" : d->v->children.child[child].id,
           evx_out_cut(d, evx_out_clean(d, name ? name : ""), 28), born_text(d, r->subject), record_org(r));
}

static void print_link(struct evx_desk *d, const struct evx_link_row *l)
{
    printf("\n%s  %s%s%s%s\n", l->id, evx_match_name(l->rule), *l->against ? "; against: " : "", l->against,
           l->verdict == EVX_VERDICT_OPEN        ? ""
           : l->verdict == EVX_VERDICT_CONFIRMED ? "; CONFIRMED"
                                                 : "; REJECTED");
    print_side(d, l->a);
    print_side(d, l->b);
    if (l->decision)
        printf("    %s by %s on %s%s%s\n", verdict_name(l->verdict), evx_out_clean(d, l->decision->who),
               evx_out_day(d, (int64_t)l->decision->time_ms), *l->decision->why ? ": " : "",
               evx_out_clean(d, l->decision->why));
}

static enum evx_status print_text(struct evx_desk *d)
{
    const struct evx_links *l = &d->v->links;
    evx_out_heading(d, "Possibly the same child");
    printf(
        "%zu open, %zu decided. Nothing is joined until you confirm it, and every decision can be undone:\n"
        "evx-inspect link confirm|reject|undo ID [--reason TEXT]\n",
        l->open, l->n - l->open);
    for (size_t i = 0; i < l->n; i++)
        print_link(d, &l->row[i]);
    if (l->cut) printf("\nmore than %d candidates: only the first are shown\n", EVX_LINKS_MAX);
    return EVX_OK;
}

static struct evx_jout json_side(struct evx_desk *d, uint32_t record)
{
    const struct evx_record_fact *r = &d->v->facts.record[record];
    uint32_t child = d->v->children.of_record[record];
    struct evx_jout o = evx_jout_object();
    evx_jout_text(&o, "child", child == EVX_NO_CHILD ? "" : d->v->children.child[child].id);
    evx_jout_text(&o, "organisation", r->organisation);
    evx_jout_text(&o, "given", r->subject->given_name);
    evx_jout_text(&o, "family", r->subject->family_name);
    evx_jout_moment(&o, "born", r->subject->born);
    return o;
}

static enum evx_status print_json(struct evx_desk *d)
{
    const struct evx_links *l = &d->v->links;
    struct evx_jout j = evx_jout_schema("evx.links/1"), rows = evx_jout_array();
    evx_jout_number(&j, "open", l->open);
    for (size_t i = 0; i < l->n; i++) {
        struct evx_jout o = evx_jout_object(), a = json_side(d, l->row[i].a), b = json_side(d, l->row[i].b);
        evx_jout_text(&o, "id", l->row[i].id);
        evx_jout_text(&o, "rule", evx_match_name(l->row[i].rule));
        evx_jout_text(&o, "against", l->row[i].against);
        evx_jout_text(&o, "state", verdict_name(l->row[i].verdict));
        if (l->row[i].decision) evx_jout_text(&o, "by", l->row[i].decision->who);
        if (l->row[i].decision) evx_jout_text(&o, "reason", l->row[i].decision->why);
        if (l->row[i].decision) evx_jout_time(&o, "decided", (int64_t)l->row[i].decision->time_ms);
        evx_jout_put(&o, "a", &a);
        evx_jout_put(&o, "b", &b);
        evx_jout_add(&rows, &o);
    }
    evx_jout_put(&j, "links", &rows);
    return evx_jout_print(stdout, &j);
}

// Names and dates of birth are shown side by side: that is what is decided on.
static enum evx_status list(struct evx_desk *d)
{
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_all_evidence(&item, &n, d->v);
    if (!s) s = evx_views_release(d->v, "consultation", "link", item, n);
    if (s) return s;
    return d->o.json ? print_json(d) : print_text(d);
}

// --- deciding ---

static enum evx_status decide(struct evx_desk *d, enum evx_verdict verdict, const char *id)
{
    const struct evx_link_row *row = NULL;
    const char *why = evx_cli_value(&d->o, "reason");
    enum evx_status s = evx_links_find(&row, &d->v->links, id);
    if (s) return s;
    char link[EVX_CITED_TEXT];
    memcpy(link, row->id, sizeof link);
    if (d->o.dry_run) return printf("%s would be %s\n", link, verdict_name(verdict)) < 0 ? EVX_E_IO : EVX_OK;
    s = evx_views_decide(d->v, row, verdict, why ? why : "");
    if (!s) printf("%s is %s; undo it with: evx-inspect link undo %s\n", link, verdict_name(verdict), link);
    return s;
}

static enum evx_status import(struct evx_desk *d, const char *path)
{
    struct evx_list list = {0};
    struct evx_buf explain = {0};
    size_t fresh = 0;
    enum evx_status s = evx_list_read(&list, d->v, path, &explain);
    if (s && !evx_buf_append(&explain, "", 1)) evx_cli_error(s, path, (const char *)explain.p);
    evx_buf_free(&explain);
    if (s) return s;
    if (d->o.dry_run) return printf("%zu children would be tracked\n", list.n) < 0 ? EVX_E_IO : EVX_OK;
    s = evx_views_track(d->v, list.child, list.n, &fresh);
    if (!s && d->v->options.due_ms) s = evx_casebook_set_due(d->v->book, d->v->options.due_ms);
    if (!s)
        printf("%zu children in the file, %zu of them new; %zu are tracked now\n", list.n, fresh,
               d->v->children.tracked);
    if (s) evx_cli_error(s, path, NULL);
    return s;
}

static int usage(struct evx_desk *d)
{
    evx_desk_close(d);
    return evx_cli_fail(EVX_E_USAGE, "link", "link [list] | confirm ID | reject ID | undo ID | import FILE");
}

int evx_inspect_link(int argc, char **argv)
{
    static const struct {
        const char *word;
        enum evx_verdict verdict;
    } verbs[] = {
        {"confirm", EVX_VERDICT_CONFIRMED}, {"reject", EVX_VERDICT_REJECTED}, {"undo", EVX_VERDICT_OPEN}};
    struct evx_desk d = {0};
    enum evx_status s = evx_desk_open(&d, evx_link_options, evx_link_options_n, argc, argv);
    if (s) {
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    const char *verb = d.o.argc ? d.o.argv[0] : "list", *operand = d.o.argc == 2 ? d.o.argv[1] : NULL;
    if (strcmp(verb, "list") == 0 && d.o.argc <= 1) return evx_desk_finish(&d, list(&d), "link");
    if (operand && strcmp(verb, "import") == 0) {
        s = import(&d, operand);
        evx_desk_close(&d);
        return evx_status_exit_code(s);
    }
    for (size_t i = 0; operand && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verb, verbs[i].word) == 0)
            return evx_desk_finish(&d, decide(&d, verbs[i].verdict, operand), operand);
    return usage(&d);
}
