// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/report.h"

#include <criterion/criterion.h>
#include <string.h>

#include "grading/frameworks/registry.h"
#include "scene.h"

static const struct scene_child orla = {"Orla", "<b>Whitcombe", "2012-03-04", "nhs-number", "9990000018", "",
                                        "F"};

static char *make(struct evx_buf *b, struct scene *s, struct evx_report *r)
{
    struct evx_framework *f = NULL;
    cr_assert_eq(evx_framework_builtin_load(&f, "childrens-homes-2015", NULL, NULL), EVX_OK);
    r->v = scene_view(s);
    r->framework = f;
    r->framework_id = "childrens-homes-2015";
    uint64_t before = scene_audits(s);
    cr_assert_eq(evx_report_work_out(r), EVX_OK);
    cr_assert_eq(evx_report_html(b, r), EVX_OK);
    cr_assert_eq(scene_audits(s), before + 1, "one record for the whole report");
    cr_assert_eq(evx_buf_append(b, "", 1), EVX_OK);
    evx_framework_destroy(&f);
    return (char *)b->p;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static void fill(struct scene *s)
{
    struct scene_evidence e = {.kind = "missing-<i>episode",
                               .occurred = "2026-01-10T10:00:00Z",
                               .narrative = "<script>alert(\"x\")</script>",
                               .criterion = "32c",
                               .field = "outcome",
                               .field_value = "&\"'<",
                               .child = &orla};
    scene_evidence(s, POLICE, &e);
    e.significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE;
    e.narrative = "seen";
    e.field_value = "other";
    scene_evidence(s, CARE, &e);
}

Test(report, nothing_sent_becomes_markup_and_nothing_is_fetched, .timeout = 60)
{
    struct scene s;
    struct evx_buf b = {0};
    struct evx_report r = {.names = true};
    scene_begin(&s);
    fill(&s);
    const char *html = make(&b, &s, &r);
    cr_assert_eq(count(html, "<script"), 0);
    cr_assert_eq(count(html, "<b>"), 0);
    cr_assert_eq(count(html, "<i>"), 0);
    cr_assert_neq(count(html, "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"), 0);
    cr_assert_neq(count(html, "&lt;b&gt;Whitcombe"), 0);
    cr_assert_eq(count(html, "src="), 0);
    cr_assert_eq(count(html, "http:"), 0);
    cr_assert_eq(count(html, "https:"), 0);
    cr_assert_eq(count(html, "url("), 0);
    cr_assert_neq(count(html, "default-src &#39;none&#39;"), 0);
    scene_end(&s);
    evx_buf_free(&b);
}

Test(report, has_what_a_screen_reader_needs, .timeout = 60)
{
    struct scene s;
    struct evx_buf b = {0};
    struct evx_report r = {0};
    scene_begin(&s);
    fill(&s);
    const char *html = make(&b, &s, &r);
    cr_assert_neq(count(html, "<html lang=\"en-GB\">"), 0);
    cr_assert_eq(count(html, "<h1>"), 1);
    cr_assert_eq(count(html, "<main"), 1);
    cr_assert_eq(count(html, "href=\"#main\""), 1);
    cr_assert_eq(count(html, "<table>"), count(html, "<caption>"), "every table has its caption");
    cr_assert_eq(count(html, "<table>"), count(html, "<thead>"));
    cr_assert_eq(count(html, "<th>"), 0, "every header cell says what it heads");
    cr_assert_neq(count(html, "scope=\"row\""), 0);
    cr_assert_neq(count(html, "<details>"), 0, "routine events are folded");
    scene_end(&s);
    evx_buf_free(&b);
}

Test(report, shows_initials_unless_names_are_asked_for, .timeout = 60)
{
    const struct scene_child plain = {"Orla", "Whitcombe", "2012-03-04", "nhs-number", "9990000018", "", "F"};
    struct scene s;
    struct evx_buf b = {0};
    struct evx_report r = {0};
    scene_begin(&s);
    struct scene_evidence e = {
        .kind = "note", .occurred = "2026-01-10", .narrative = "seen", .child = &plain};
    scene_evidence(&s, POLICE, &e);
    const char *html = make(&b, &s, &r);
    cr_assert_eq(count(html, "Whitcombe"), 0);
    cr_assert_neq(count(html, "O. W."), 0);
    scene_end(&s);
    evx_buf_free(&b);
}

// Every link within the page leads somewhere.
Test(report, every_citation_leads_to_the_appendix, .timeout = 60)
{
    struct scene s;
    struct evx_buf b = {0};
    struct evx_report r = {0};
    scene_begin(&s);
    fill(&s);
    const char *html = make(&b, &s, &r);
    size_t links = 0;
    for (const char *p = html; (p = strstr(p, "href=\"#")); links++) {
        char target[64] = "id=\"";
        p += strlen("href=\"#");
        size_t n = strcspn(p, "\"");
        cr_assert(n > 0 && n < 40);
        strncat(target, p, n);
        strncat(target, "\"", 2);
        cr_assert_neq(count(html, target), 0, "%s", target);
    }
    cr_assert(links > 8);
    scene_end(&s);
    evx_buf_free(&b);
}
