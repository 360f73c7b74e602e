// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "agents/client/cli/grade.h"
#include "agents/inspector/cmd/cmd.h"
#include "agents/inspector/cmd/options.h"
#include "agents/inspector/cmd/out.h"
#include "agents/inspector/cmd/parts.h"
#include "agents/inspector/views/completeness.h"
#include "agents/inspector/views/matrix.h"
#include "agents/inspector/views/tally.h"

struct summary {
    struct evx_desk d;
    struct evx_store_totals totals;
    struct evx_tally *tally;
    struct evx_completeness completeness;
    struct evx_matrix matrix;
    struct evx_request_row *request;
    size_t requests;
    struct evx_grade grade;
};

static enum evx_status work_out(struct summary *m)
{
    struct evx_views *v = m->d.v;
    uint32_t *item = NULL;
    size_t n = 0;
    enum evx_status s = evx_all_evidence(&item, &n, v);
    if (!s) s = evx_views_release(v, "consultation", "summary", item, n);
    if (!s) s = evx_store_count(v->store, &m->totals);
    if (!s) s = evx_tally_work_out(&m->tally, v);
    if (!s) s = evx_completeness_work_out(&m->completeness, v);
    if (!s) s = evx_matrix_work_out(&m->matrix, v, m->d.framework_id, m->d.framework);
    if (!s) s = evx_requests_open(&m->request, &m->requests, v);
    if (!s) s = evx_grade_read(&m->grade, &m->d.config);
    return s;
}

static void print_head(struct summary *m)
{
    struct evx_views *v = m->d.v;
    evx_out_heading(&m->d, evx_out_clean(&m->d, v->inspection->name));
    printf("framework %s · closes %s · returns due %s · as of %s UTC\n", m->d.framework_id,
           evx_out_day(&m->d, v->inspection->closes_ms), evx_out_day(&m->d, v->due_ms),
           evx_out_time(&m->d, v->options.now_ms));
    printf("log %llu · %llu consignments · %llu items accepted, %llu rejected · %zu evidence stands\n",
           (unsigned long long)m->totals.log_size, (unsigned long long)m->totals.consignments,
           (unsigned long long)m->totals.accepted, (unsigned long long)m->totals.rejected,
           evx_parts_standing(v));
    char text[EVX_GRADE_TEXT];
    evx_grade_text(text, &m->grade);
    if (m->grade.level != EVX_GRADE_NONE)
        printf("the log's first %llu entries are %s\n", (unsigned long long)m->grade.checkpoint.size, text);
}

static enum evx_status print_agencies(struct summary *m)
{
    static const char *const head[] = {"AGENCY",    ">CONSIGNMENTS", ">EVIDENCE", ">NIL",
                                       ">ACCEPTED", ">REJECTED",     "FIRST",     "LAST RECEIVED"};
    struct evx_table *t = NULL;
    enum evx_status s = evx_table_new(&t, head, 8);
    for (size_t a = 0; !s && a < m->d.v->agencies; a++) {
        const struct evx_tally *k = &m->tally[a];
        const char *cell[] = {k->agency->id,
                              evx_out_number(&m->d, k->consignments),
                              evx_out_number(&m->d, k->evidence),
                              evx_out_number(&m->d, k->nils),
                              evx_out_number(&m->d, k->accepted),
                              evx_out_number(&m->d, k->rejected),
                              k->items ? evx_out_day(&m->d, k->first_ms) : "nothing yet",
                              evx_out_day(&m->d, k->last_ms)};
        s = evx_table_row(t, cell);
    }
    evx_out_heading(&m->d, "Who has sent what");
    if (!s) s = evx_out_table(&m->d, &t);
    evx_table_destroy(&t);
    return s;
}

static void print_missing(struct summary *m)
{
    const struct evx_completeness *c = &m->completeness;
    evx_out_heading(&m->d, "What is missing");
    printf("%zu of %zu returns are in (%zu evidence, %zu signed nil returns); %zu late, %zu silent: "
           "evx-inspect gaps\n",
           c->total[EVX_RETURN_EVIDENCE] + c->total[EVX_RETURN_NIL], c->children * m->d.v->agencies,
           c->total[EVX_RETURN_EVIDENCE], c->total[EVX_RETURN_NIL], c->total[EVX_RETURN_LATE],
           c->total[EVX_RETURN_SILENT]);
    printf("%zu of %zu criteria of %s have evidence: evx-inspect matrix\n", m->matrix.with_evidence,
           m->matrix.rows, m->d.framework_id);
    if (m->requests)
        printf("%zu request%s unanswered: evx-inspect gaps\n", m->requests,
               m->requests == 1 ? " is" : "s are");
    if (m->d.v->links.open)
        printf("%zu possible link%s between children wait%s for a decision: evx-inspect link\n",
               m->d.v->links.open, m->d.v->links.open == 1 ? "" : "s", m->d.v->links.open == 1 ? "s" : "");
    if (m->d.v->children.unattributed)
        printf("%zu piece%s of evidence name%s no identifiable child: evx-inspect search\n",
               m->d.v->children.unattributed, m->d.v->children.unattributed == 1 ? "" : "s",
               m->d.v->children.unattributed == 1 ? "s" : "");
}

static enum evx_status print_text(struct summary *m)
{
    print_head(m);
    enum evx_status s = print_agencies(m);
    if (!s) s = evx_parts_print_completeness(&m->d, &m->completeness);
    if (!s) print_missing(m);
    return s;
}

static enum evx_status print_json(struct summary *m)
{
    struct evx_jout j = evx_jout_schema("evx.summary/1");
    evx_parts_json_summary(&j, &m->d, &m->totals, m->tally, &m->completeness, &m->matrix);
    evx_jout_number(&j, "requests_open", m->requests);
    struct evx_jout grade = evx_parts_json_grade(&m->grade);
    evx_jout_put(&j, "witnessed", &grade);
    return evx_jout_print(stdout, &j);
}

int evx_inspect_summary(int argc, char **argv)
{
    struct summary m = {0};
    enum evx_status s = evx_desk_open(&m.d, evx_summary_options, evx_summary_options_n, argc, argv);
    if (s) {
        evx_desk_close(&m.d);
        return evx_status_exit_code(s);
    }
    s = work_out(&m);
    if (!s) s = m.d.o.json ? print_json(&m) : print_text(&m);
    return evx_desk_finish(&m.d, s, "summary");
}
