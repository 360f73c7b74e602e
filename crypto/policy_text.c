// SPDX-License-Identifier: Apache-2.0
//
// The text of a policy, as c2sp.org/tlog-policy defines it. URLs are read and
// left out: nobody is visited from here.
#include <string.h>

#include "crypto/policy_inside.h"
#include "crypto/text_inside.h"

struct reader {
    struct evx_policy *p;
    bool quorum; // its line was seen
};

static bool is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

// The next word of a line; empty at its end.
static struct evx_bytes next_word(struct evx_bytes *rest)
{
    size_t from = 0;
    while (from < rest->n && is_blank(rest->p[from]))
        from++;
    size_t to = from;
    while (to < rest->n && !is_blank(rest->p[to]))
        to++;
    struct evx_bytes word = {rest->p + from, to - from};
    *rest = evx_bytes(rest->p + to, rest->n - to);
    return word;
}

static bool octets_ok(struct evx_bytes text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] < 0x20 && text.p[i] != '\t' && text.p[i] != '\n') || text.p[i] == 0x7f) return false;
    return true;
}

static bool read_key(struct evx_vkey *out, struct evx_bytes word)
{
    char text[EVX_NOTE_NAME_BYTES + 64];
    if (word.n == 0 || word.n >= sizeof text) return false;
    memcpy(text, word.p, word.n);
    text[word.n] = '\0';
    return evx_vkey_parse(out, text) == EVX_OK;
}

// One URL may follow, and nothing after it.
static bool at_end(struct evx_bytes rest)
{
    next_word(&rest);
    return next_word(&rest).n == 0;
}

static enum evx_status read_log(struct reader *r, struct evx_bytes rest)
{
    struct evx_vkey key;
    if (!read_key(&key, next_word(&rest)) || !at_end(rest)) return EVX_E_POLICY;
    return evx_policy_add_log(r->p, &key, UINT64_MAX);
}

static enum evx_status read_witness(struct reader *r, struct evx_bytes rest)
{
    struct evx_policy_witness w = {.from_ms = INT64_MIN, .until_ms = INT64_MAX};
    struct evx_bytes name = next_word(&rest);
    if (name.n >= sizeof w.name) return EVX_E_POLICY;
    memcpy(w.name, name.p, name.n);
    if (!read_key(&w.key, next_word(&rest)) || !at_end(rest)) return EVX_E_POLICY;
    return evx_policy_add_witness(r->p, &w);
}

static bool read_needed(size_t *needed, struct evx_bytes word, size_t members)
{
    uint64_t k = 0;
    if (evx_text_is(word, "any"))
        k = 1;
    else if (evx_text_is(word, "all"))
        k = members;
    else if (!evx_text_number(&k, word, members))
        return false;
    *needed = (size_t)k;
    return k >= 1 && members >= 1;
}

static enum evx_status read_group(struct reader *r, struct evx_bytes rest)
{
    size_t member[EVX_LIMIT_POLICY_WITNESSES], members = 0, needed;
    struct evx_bytes name = next_word(&rest), rule = next_word(&rest);
    for (struct evx_bytes word; (word = next_word(&rest)).n;) {
        if (members == EVX_LIMIT_POLICY_WITNESSES) return EVX_E_TOO_LARGE;
        member[members] = evx_policy_find(r->p, word);
        if (member[members++] == SIZE_MAX) return EVX_E_POLICY;
    }
    if (!read_needed(&needed, rule, members)) return EVX_E_POLICY;
    return evx_policy_add_group(r->p, name, member, members, needed);
}

static enum evx_status read_quorum(struct reader *r, struct evx_bytes rest)
{
    struct evx_bytes name = next_word(&rest);
    if (r->quorum || next_word(&rest).n) return EVX_E_POLICY;
    r->quorum = true;
    if (evx_text_is(name, "none")) return EVX_OK;
    r->p->quorum = evx_policy_find(r->p, name);
    return r->p->quorum == SIZE_MAX ? EVX_E_POLICY : EVX_OK;
}

static enum evx_status read_line(struct reader *r, struct evx_bytes line)
{
    static const struct {
        const char *word;
        enum evx_status (*read)(struct reader *r, struct evx_bytes rest);
    } kinds[] = {
        {"log", read_log}, {"witness", read_witness}, {"group", read_group}, {"quorum", read_quorum}};
    struct evx_bytes word = next_word(&line);
    if (word.n == 0 || word.p[0] == '#') return EVX_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (evx_text_is(word, kinds[i].word)) return kinds[i].read(r, line);
    return EVX_E_POLICY;
}

static enum evx_status read_lines(struct reader *r, struct evx_bytes text, unsigned *number)
{
    struct evx_bytes line;
    while (evx_text_line(&line, &text)) {
        ++*number;
        enum evx_status s = octets_ok(line) ? read_line(r, line) : EVX_E_POLICY;
        if (s) return s;
    }
    if (text.n)
        ++*number; // a last line without its newline
    else if (!r->quorum)
        *number = 0;
    return text.n || !r->quorum ? EVX_E_POLICY : EVX_OK;
}

enum evx_status evx_policy_parse(struct evx_policy **out, struct evx_bytes text, unsigned *line)
{
    unsigned number = 0;
    struct reader r = {0};
    *out = NULL;
    if (line) *line = 0;
    if (text.n > EVX_LIMIT_NOTE_BYTES) return EVX_E_TOO_LARGE;
    enum evx_status s = evx_policy_new(&r.p);
    if (!s) s = read_lines(&r, text, &number);
    if (s && line) *line = number;
    if (s)
        evx_policy_destroy(&r.p);
    else
        *out = r.p;
    return s;
}

static enum evx_status write_key(struct evx_buf *out, const struct evx_vkey *key)
{
    enum evx_status s = evx_vkey_text(out, key);
    return s ? s : evx_buf_append_text(out, "\n");
}

static const char *name_of(const struct evx_policy *p, size_t i)
{
    return p->name[i].group ? p->name[i].own : p->witness[p->name[i].witness].name;
}

static enum evx_status write_group(struct evx_buf *out, const struct evx_policy *p,
                                   const struct evx_policy_name *group)
{
    enum evx_status s = evx_buf_printf(out, "group %s %zu", group->own, group->needed);
    for (size_t i = 0; i < group->members && !s; i++)
        s = evx_buf_printf(out, " %s", name_of(p, group->member[i]));
    return s ? s : evx_buf_append_text(out, "\n");
}

static enum evx_status write_lines(struct evx_buf *out, const struct evx_policy *p)
{
    enum evx_status s = p->beyond ? EVX_E_POLICY : EVX_OK;
    for (size_t i = 0; i < p->logs && !s; i++) {
        s = evx_buf_append_text(out, "log ");
        if (!s) s = write_key(out, &p->log[i].key);
    }
    for (size_t i = 0; i < p->witnesses && !s; i++) {
        s = evx_buf_printf(out, "witness %s ", p->witness[i].name);
        if (!s) s = write_key(out, &p->witness[i].key);
    }
    for (size_t i = 0; i < p->names && !s; i++)
        if (p->name[i].group) s = write_group(out, p, &p->name[i]);
    if (s) return s;
    return evx_buf_printf(out, "quorum %s\n", p->quorum == EVX_POLICY_NONE ? "none" : name_of(p, p->quorum));
}

enum evx_status evx_policy_text(struct evx_buf *out, const struct evx_policy *p)
{
    size_t before = out->n;
    enum evx_status s = write_lines(out, p);
    if (s) out->n = before;
    return s;
}
