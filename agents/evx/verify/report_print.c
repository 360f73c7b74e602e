// SPDX-License-Identifier: Apache-2.0
//
// Reports as text and as JSON. Names from files are shown with their control
// characters replaced: a terminal obeys nothing that a proof contains.
#include <stdio.h>

#include "agents/evx/verify/report.h"

static const char *text_of(const struct evx_buf *b) { return b->n ? (const char *)b->p : ""; }

static enum evx_status put_visible(struct evx_buf *out, const char *text)
{
    enum evx_status s = EVX_OK;
    for (const unsigned char *c = (const unsigned char *)text; *c && !s; c++) {
        // C1 controls begin with 0xc2 in UTF-8; nothing below needs them
        bool control = *c < 0x20 || *c == 0x7f || (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0);
        s = control ? evx_buf_append_text(out, "?") : evx_buf_append(out, c, 1);
        if (control && *c == 0xc2) c++;
    }
    return s;
}

static enum evx_status put_claim(struct evx_buf *out, const struct evx_claim *c)
{
    static const char *const word[] = {"proved", "assumed", "not proved", "FAILED"};
    enum evx_status s = evx_buf_printf(out, "  %s: ", word[c->kind]);
    if (!s) s = put_visible(out, text_of(&c->text));
    if (!s && *text_of(&c->witness)) {
        s = evx_buf_append_text(out, "\n      by ");
        if (!s) s = put_visible(out, text_of(&c->witness));
    }
    if (!s && c->kind == EVX_CLAIM_FAILED) {
        const struct evx_error_info *e = evx_error_info(c->status);
        s = evx_buf_printf(out, "\n      %s: %s\n      what mends it: %s", e->code, e->what, e->remedy);
    }
    return s ? s : evx_buf_append_text(out, "\n");
}

static enum evx_status print_one(struct evx_buf *out, const struct evx_report *r)
{
    enum evx_status s = put_visible(out, r->path);
    if (!s) s = evx_buf_printf(out, ": %s (%s)\n", r->s ? "DOES NOT HOLD" : "holds", r->what);
    for (size_t i = 0; i < r->claims && !s; i++)
        s = put_claim(out, &r->claim[i]);
    return s;
}

enum evx_status evx_report_print(struct evx_buf *out, const struct evx_report *r, size_t n)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; i < n && !s; i++)
        s = print_one(out, &r[i]);
    return s;
}

static enum evx_status put_json(struct evx_buf *out, const char *text)
{
    enum evx_status s = evx_buf_append_text(out, "\"");
    bool valid = evx_utf8_valid(text, __builtin_strlen(text));
    for (const unsigned char *c = (const unsigned char *)text; *c && !s; c++) {
        if (*c == '"' || *c == '\\')
            s = evx_buf_printf(out, "\\%c", *c);
        else if (*c < 0x20)
            s = evx_buf_printf(out, "\\u%04x", *c);
        else
            s = *c >= 0x80 && !valid ? evx_buf_append_text(out, "?") : evx_buf_append(out, c, 1);
    }
    return s ? s : evx_buf_append_text(out, "\"");
}

static enum evx_status json_fact(struct evx_buf *out, const struct evx_fact *f)
{
    enum evx_status s = evx_buf_printf(out, ",\"%s\":", f->key);
    if (!s && f->is_number) return evx_buf_printf(out, "%llu", (unsigned long long)f->number);
    return s ? s : put_json(out, text_of(&f->text));
}

static enum evx_status json_claim(struct evx_buf *out, const struct evx_claim *c, const char *before)
{
    static const char *const word[] = {"proved", "assumed", "not-proved", "failed"};
    enum evx_status s = evx_buf_printf(out, "%s{\"claim\":\"%s\",\"text\":", before, word[c->kind]);
    if (!s) s = put_json(out, text_of(&c->text));
    if (!s) s = evx_buf_append_text(out, ",\"by\":");
    if (!s) s = put_json(out, text_of(&c->witness));
    if (!s && c->kind == EVX_CLAIM_FAILED)
        s = evx_buf_printf(out, ",\"code\":\"%s\"", evx_error_info(c->status)->code);
    return s ? s : evx_buf_append_text(out, "}");
}

static enum evx_status json_one(struct evx_buf *out, const struct evx_report *r, const char *before)
{
    enum evx_status s = evx_buf_printf(out, "%s{\"file\":", before);
    if (!s) s = put_json(out, r->path);
    if (!s)
        s = evx_buf_printf(out, ",\"kind\":\"%s\",\"holds\":%s,\"code\":\"%s\"", r->what,
                           r->s ? "false" : "true", evx_error_info(r->s)->code);
    for (size_t i = 0; i < r->facts && !s; i++)
        s = json_fact(out, &r->fact[i]);
    if (!s) s = evx_buf_append_text(out, ",\"claims\":[");
    for (size_t i = 0; i < r->claims && !s; i++)
        s = json_claim(out, &r->claim[i], i ? "," : "");
    return s ? s : evx_buf_append_text(out, "]}");
}

enum evx_status evx_report_json(struct evx_buf *out, const struct evx_report *r, size_t n)
{
    enum evx_status s = evx_buf_printf(out, "{\"schema\":\"evx.verify/1\",\"holds\":%s,\"files\":[",
                                       evx_report_worst(r, n) ? "false" : "true");
    for (size_t i = 0; i < n && !s; i++)
        s = json_one(out, &r[i], i ? "," : "");
    return s ? s : evx_buf_append_text(out, "]}\n");
}
