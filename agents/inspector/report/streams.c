// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/report/sections.h"

static void row(struct evx_html *h, const struct evx_streams_agency *a, const struct evx_stream_row *r)
{
    char id[EVX_SHORT_ID_TEXT];
    evx_short_id(id, r->stream.id.b);
    h_begin(h, "tr");
    h_attr(h, "class", evx_stream_verdict_missing(r->verdict) ? "late" : "evidence");
    evx_part_row_head(h, a->agency->name);
    evx_part_cell(h, id);
    evx_part_number(h, (size_t)r->stream.head.sequence);
    h_begin(h, "td");
    if (r->stated) evx_part_time(h, (int64_t)r->statement.received_ms, true);
    h_end(h);
    h_begin(h, "td");
    if (r->beat_seen) evx_part_time(h, (int64_t)r->beat.received_ms, true);
    h_end(h);
    evx_part_cell(h, r->words);
    h_end(h);
}

static void agency(struct evx_html *h, const struct evx_streams_agency *a)
{
    for (size_t i = 0; i < a->rows; i++)
        row(h, a, &a->row[i]);
    if (a->rows) return;
    h_begin(h, "tr");
    evx_part_row_head(h, a->agency->name);
    evx_part_cell(h, "");
    evx_part_number(h, 0);
    evx_part_cell(h, "");
    evx_part_cell(h, "");
    evx_part_cell(h, a->words);
    h_end(h);
}

static void equivocation(struct evx_html *h, const struct evx_store_equivocation *e)
{
    char stream[EVX_SHORT_ID_TEXT], first[EVX_SHORT_ID_TEXT], second[EVX_SHORT_ID_TEXT];
    evx_short_id(stream, e->stream.b);
    evx_short_id(first, e->first_id.b);
    evx_short_id(second, e->second_id.b);
    h_begin(h, "p");
    h_textf(h,
            "%s signed two consignments as number %llu of stream %s: %s and %s (%s). Both headers are kept.",
            e->sender, (unsigned long long)e->sequence, stream, first, second,
            evx_error_info(EVX_E_EQUIVOCATION)->code);
    h_end(h);
}

void evx_section_streams(struct evx_html *h, struct evx_report *r)
{
    static const char *const head[] = {"Agency", "Stream",         ">In the log",
                                       "Stated", "Last heartbeat", "Verdict"};
    const struct evx_streams *s = &r->streams;
    h_begin(h, "p");
    h_textf(
        h,
        "Complete to its last item by its own signed word: %zu of %zu agencies. The log that was compared "
        "has %llu entries.",
        s->complete, s->agencies, (unsigned long long)s->log_size);
    h_end(h);
    evx_part_table(h, "What each agency says that it sent, and what the log has");
    evx_part_head(h, head, 6);
    h_begin(h, "tbody");
    for (size_t a = 0; a < s->agencies; a++)
        agency(h, &s->agency[a]);
    h_end(h);
    evx_part_table_end(h);
    for (size_t i = 0; i < s->equivocations; i++)
        equivocation(h, &s->equivocation[i]);
}
