// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/file.h"
#include "scene.h"

static const struct scene_child marked = {"Zzgiven",    "Qqfamily", "2011-07-19", "nhs-number",
                                          "9990000018", "",         "Xxsex"};

static void put_marked(struct scene *s, int agency)
{
    struct scene_evidence e = {.kind = "note",
                               .occurred = "2026-01-10T10:00:00Z",
                               .narrative = "Vvnarrative about the child",
                               .field = "outcome",
                               .field_value = "Wwvalue",
                               .child = &marked};
    scene_evidence(s, agency, &e);
}

static bool occurs(const struct evx_buf *b, const char *text)
{
    return memmem(b->p, b->n, text, strlen(text)) != NULL;
}

Test(index, nothing_personal_stands_in_its_files, .timeout = 30)
{
    static const char *const planted[] = {"Zzgiven",     "Qqfamily", "2011-07-19",   "9990000018",    "Xxsex",
                                          "Vvnarrative", "Wwvalue",  "zebra-export", "reason of mine"};
    struct scene s;
    scene_begin(&s);
    put_marked(&s, HEALTH);
    struct scene_child misspelt = {"Zzgiven",        "Qqfamilly", "2011-07-19", "local", "L-1",
                                   "northam-police", ""};
    struct scene_evidence e = {.kind = "note", .child = &misspelt};
    scene_evidence(&s, POLICE, &e);
    struct evx_views *v = scene_view(&s);
    scene_track(&s, &marked);
    cr_assert_eq(v->links.open, 1);
    cr_assert_eq(evx_views_decide(v, &v->links.row[0], EVX_VERDICT_CONFIRMED, "reason of mine"), EVX_OK);
    DIR *folder = opendir(s.folder);
    size_t files = 0;
    for (struct dirent *f; (f = readdir(folder));) {
        if (!strstr(f->d_name, "index.db") && !strstr(f->d_name, "casebook.db")) continue;
        struct evx_buf content = {0};
        char path[600];
        snprintf(path, sizeof path, "%s/%s", s.folder, f->d_name);
        cr_assert_eq(evx_file_read(&content, path, 64u << 20), EVX_OK);
        for (size_t i = 0; i < sizeof planted / sizeof *planted; i++)
            cr_assert(!occurs(&content, planted[i]), "%s stands in %s", planted[i], f->d_name);
        files += content.n > 0;
        evx_buf_free(&content);
    }
    closedir(folder);
    cr_assert(files >= 2, "both files were looked at");
    scene_end(&s);
}

Test(index, goes_on_where_it_stopped, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put_marked(&s, HEALTH);
    put_marked(&s, CARE);
    cr_assert_eq(scene_view(&s)->indexed, 2);
    cr_assert_eq(scene_view(&s)->indexed, 0);
    put_marked(&s, SCHOOL);
    cr_assert_eq(scene_view(&s)->indexed, 1);
    cr_assert_eq(s.views->facts.items, 3);
    cr_assert_eq(s.views->facts.records, 3);
    scene_end(&s);
}

Test(index, indexing_is_recorded_once_and_only_when_something_is_opened, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put_marked(&s, HEALTH);
    put_marked(&s, CARE);
    scene_view(&s);
    cr_assert_eq(scene_audits(&s), 1);
    scene_view(&s);
    cr_assert_eq(scene_audits(&s), 1, "nothing new was opened");
    scene_end(&s);
}

Test(index, content_is_refused_before_the_record, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put_marked(&s, HEALTH);
    struct evx_views *v = scene_view(&s);
    uint64_t before = scene_audits(&s);
    Evx__V1__Item *m = NULL;
    const uint32_t item = 0;
    cr_assert_eq(evx_views_item(v, 0, &m), EVX_E_READ_UNRECORDED);
    cr_assert_null(m);
    cr_assert_eq(evx_views_release(v, "consultation", "test", &item, 1), EVX_OK);
    cr_assert_eq(scene_audits(&s), before + 1);
    cr_assert_eq(evx_views_item(v, 0, &m), EVX_OK);
    cr_assert_str_eq(m->evidence->narrative, "Vvnarrative about the child");
    evx_item_free(m);
    cr_assert_eq(evx_views_release(v, "consultation", "test", &item, 1), EVX_E_BUG, "one record a session");
    cr_assert_eq(scene_audits(&s), before + 1);
    scene_end(&s);
}

Test(index, a_release_covers_only_what_it_names, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    put_marked(&s, HEALTH);
    put_marked(&s, CARE);
    struct evx_views *v = scene_view(&s);
    Evx__V1__Item *m = NULL;
    const uint32_t item = 1;
    cr_assert_eq(evx_views_release(v, "consultation", "test", &item, 1), EVX_OK);
    cr_assert_eq(evx_views_item(v, 0, &m), EVX_E_READ_UNRECORDED, "item 0 is not in the record");
    cr_assert_eq(evx_views_item(v, 1, &m), EVX_OK);
    evx_item_free(m);
    scene_end(&s);
}

Test(index, a_rejected_item_is_counted_and_never_opened, .timeout = 30)
{
    struct scene s;
    scene_begin(&s);
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Withdrawal w = EVX__V1__WITHDRAWAL__INIT;
    uint8_t target[16] = {1};
    w.target = (ProtobufCBinaryData){.len = 16, .data = target};
    w.reason = (char *)"none";
    item.body_case = EVX__V1__ITEM__BODY_WITHDRAWAL;
    item.withdrawal = &w;
    scene_put(&s, POLICE, &item, EVX_E_ITEM_CONTENT);
    struct evx_views *v = scene_view(&s);
    cr_assert_eq(v->facts.items, 1);
    cr_assert_eq(v->facts.item[0].x.code, EVX_E_ITEM_CONTENT);
    cr_assert_eq(v->facts.item[0].x.relation, EVX_RELATION_NONE, "nothing was read from it");
    cr_assert_eq(scene_audits(&s), 0);
    scene_end(&s);
}
