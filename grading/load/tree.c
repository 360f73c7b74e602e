// SPDX-License-Identifier: Apache-2.0
#include "grading/load/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "grading/nearest.h"
#include "proto/limits.h"

static uint32_t line_of(const yaml_node_t *n) { return (uint32_t)n->start_mark.line + 1; }

enum evx_status evx_reader_fail(struct evx_reader *r, uint32_t line, const char *key, const char *format, ...)
{
    if (!r->explain) return EVX_E_FRAMEWORK_FORMAT;
    char text[256];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    evx_buf_clear(r->explain);
    enum evx_status s = evx_buf_printf(r->explain, "line %u, key '%s': %s", line, key, text);
    return s ? s : EVX_E_FRAMEWORK_FORMAT;
}

enum evx_status evx_reader_fail_near(struct evx_reader *r, const struct evx_text *t, const char *what,
                                     const char *suggestion)
{
    if (suggestion)
        return evx_reader_fail(r, t->line, t->key, "there is no %s '%.60s'; did you mean '%s'?", what, t->s,
                               suggestion);
    return evx_reader_fail(r, t->line, t->key, "there is no %s '%.60s'", what, t->s);
}

static void keep_key(char key[40], const char *from, size_t n)
{
    if (n > 39) n = 39;
    memcpy(key, from, n);
    key[n] = '\0';
}

// The last key that begins on or above a line, as the eye would find it: what is
// not YAML has no keys to ask for.
static void key_near(const char *yaml, size_t n, size_t line, char key[40])
{
    size_t at = 0;
    keep_key(key, "?", 1);
    for (size_t l = 0; at < n && l <= line; l++) {
        size_t from = at, length = 0;
        while (from < n && (yaml[from] == ' ' || yaml[from] == '-' || yaml[from] == '{'))
            from++;
        while (from + length < n &&
               ((yaml[from + length] >= 'a' && yaml[from + length] <= 'z') || yaml[from + length] == '-'))
            length++;
        if (length && from + length < n && yaml[from + length] == ':') keep_key(key, yaml + from, length);
        while (at < n && yaml[at] != '\n')
            at++;
        at++;
    }
}

static enum evx_status syntax(struct evx_reader *r, const yaml_parser_t *p, const char *yaml, size_t n)
{
    char key[40];
    if (p->error == YAML_MEMORY_ERROR) return EVX_E_MEMORY;
    key_near(yaml, n, p->problem_mark.line, key);
    return evx_reader_fail(r, (uint32_t)p->problem_mark.line + 1, key, "this is not YAML: %s",
                           p->problem ? p->problem : "unreadable");
}

// One document, and nothing after it.
static enum evx_status load(struct evx_reader *r, yaml_parser_t *p, const char *yaml, size_t n)
{
    if (!yaml_parser_load(p, &r->document)) return syntax(r, p, yaml, n);
    r->open = true;
    yaml_document_t more;
    if (!yaml_parser_load(p, &more)) return syntax(r, p, yaml, n);
    const yaml_node_t *second = yaml_document_get_root_node(&more);
    uint32_t line = second ? line_of(second) : 0;
    yaml_document_delete(&more);
    if (line) return evx_reader_fail(r, line, "---", "a framework is one document; a second one begins here");
    return EVX_OK;
}

enum evx_status evx_reader_open(struct evx_reader *r, const char *yaml, size_t n)
{
    if (n > EVX_LIMIT_CONFIG_BYTES)
        return evx_reader_fail(r, 1, "?", "the file is larger than %u bytes", EVX_LIMIT_CONFIG_BYTES);
    if (!evx_utf8_valid(yaml, n)) return evx_reader_fail(r, 1, "?", "the file is not UTF-8 text");
    yaml_parser_t p;
    if (!yaml_parser_initialize(&p)) return EVX_E_MEMORY;
    yaml_parser_set_input_string(&p, (const unsigned char *)yaml, n);
    enum evx_status s = load(r, &p, yaml, n);
    yaml_parser_delete(&p);
    return s;
}

void evx_reader_close(struct evx_reader *r)
{
    if (r->open) yaml_document_delete(&r->document);
    r->open = false;
}

const yaml_node_t *evx_reader_root(struct evx_reader *r) { return yaml_document_get_root_node(&r->document); }

static const yaml_node_t *node_at(struct evx_reader *r, int index)
{
    return yaml_document_get_node(&r->document, index);
}

bool evx_text_number(const char *s, int64_t *value)
{
    bool minus = *s == '-';
    s += minus;
    if (!*s || strlen(s) > 15) return false;
    int64_t v = 0;
    for (; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        v = v * 10 + (*s - '0');
    }
    *value = minus ? -v : v;
    return true;
}

static enum evx_status read_text(struct evx_reader *r, const yaml_node_t *n, const char *key,
                                 struct evx_text *out)
{
    if (n->type != YAML_SCALAR_NODE)
        return evx_reader_fail(r, line_of(n), key, "a single value belongs here");
    *out = (struct evx_text){.key = key, .line = line_of(n)};
    out->s = evx_arena_text(r->arena, (const char *)n->data.scalar.value, n->data.scalar.length);
    if (!out->s) return EVX_E_MEMORY;
    if (!*out->s) return evx_reader_fail(r, out->line, key, "the value is empty");
    if (strlen(out->s) != n->data.scalar.length)
        return evx_reader_fail(r, out->line, key, "the value holds a NUL");
    return EVX_OK;
}

static enum evx_status read_texts(struct evx_reader *r, const yaml_node_t *n, const char *key,
                                  struct evx_texts *out)
{
    if (n->type != YAML_SEQUENCE_NODE)
        return evx_reader_fail(r, line_of(n), key, "a list belongs here: [a, b]");
    const yaml_node_item_t *at = n->data.sequence.items.start;
    size_t count = (size_t)(n->data.sequence.items.top - at);
    *out = (struct evx_texts){.line = line_of(n), .n = count};
    if (count > EVX_LIMIT_GRADING_LIST) return evx_reader_fail(r, out->line, key, "the list is too long");
    out->at = evx_arena_take(r->arena, (count + 1) * sizeof *out->at);
    if (!out->at) return EVX_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        enum evx_status s = read_text(r, node_at(r, at[i]), key, &out->at[i]);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status read_number(struct evx_reader *r, const yaml_node_t *n, const char *key,
                                   struct evx_number *out)
{
    struct evx_text t;
    enum evx_status s = read_text(r, n, key, &t);
    if (s) return s;
    out->line = t.line;
    if (!evx_text_number(t.s, &out->value))
        return evx_reader_fail(r, t.line, key, "'%.60s' is not a whole number", t.s);
    return EVX_OK;
}

static enum evx_status read_field(struct evx_reader *r, const struct evx_field *f, const yaml_node_t *value,
                                  void *out)
{
    void *member = (char *)out + f->offset;
    switch (f->kind) {
    case EVX_FIELD_TEXT: return read_text(r, value, f->key, member);
    case EVX_FIELD_TEXTS: return read_texts(r, value, f->key, member);
    case EVX_FIELD_NUMBER: return read_number(r, value, f->key, member);
    case EVX_FIELD_NODE: *(struct evx_node *)member = (struct evx_node){value, line_of(value)}; return EVX_OK;
    }
    return EVX_E_BUG;
}

static const struct evx_field *field_by_key(const struct evx_shape *shape, const char *key)
{
    for (size_t i = 0; i < shape->fields; i++)
        if (!strcmp(shape->field[i].key, key)) return &shape->field[i];
    return NULL;
}

static enum evx_status unknown_key(struct evx_reader *r, const struct evx_shape *shape,
                                   const struct evx_text *key)
{
    struct evx_nearest near = evx_nearest_begin(key->s);
    for (size_t i = 0; i < shape->fields; i++)
        evx_nearest_offer(&near, shape->field[i].key);
    if (near.best)
        return evx_reader_fail(r, key->line, key->s, "a %s has no such key; did you mean '%s'?", shape->name,
                               near.best);
    return evx_reader_fail(r, key->line, key->s, "a %s has no such key", shape->name);
}

static enum evx_status read_pair(struct evx_reader *r, const yaml_node_pair_t *pair,
                                 const struct evx_shape *shape, uint64_t *seen, void *out)
{
    struct evx_text key;
    enum evx_status s = read_text(r, node_at(r, pair->key), "?", &key);
    if (s) return s;
    const struct evx_field *f = field_by_key(shape, key.s);
    if (!f) return unknown_key(r, shape, &key);
    uint64_t bit = 1ull << (f - shape->field);
    if (*seen & bit) return evx_reader_fail(r, key.line, key.s, "the key is there twice");
    *seen |= bit;
    return read_field(r, f, node_at(r, pair->value), out);
}

static void absent_texts(const struct evx_shape *shape, void *out)
{
    for (size_t i = 0; i < shape->fields; i++) {
        const struct evx_field *f = &shape->field[i];
        if (f->kind == EVX_FIELD_TEXT)
            *(struct evx_text *)((char *)out + f->offset) = (struct evx_text){.s = "", .key = f->key};
    }
}

enum evx_status evx_read_mapping(struct evx_reader *r, const yaml_node_t *node, const struct evx_shape *shape,
                                 void *out)
{
    memset(out, 0, shape->size);
    absent_texts(shape, out);
    if (!node || node->type != YAML_MAPPING_NODE)
        return evx_reader_fail(r, node ? line_of(node) : 1, shape->name,
                               "a %s is written as 'key: value' pairs", shape->name);
    uint64_t seen = 0;
    const yaml_node_pair_t *p = node->data.mapping.pairs.start;
    for (; p < node->data.mapping.pairs.top; p++) {
        enum evx_status s = read_pair(r, p, shape, &seen, out);
        if (s) return s;
    }
    for (size_t i = 0; i < shape->fields; i++)
        if (shape->field[i].required && !(seen >> i & 1))
            return evx_reader_fail(r, line_of(node), shape->field[i].key,
                                   "the %s that begins here lacks this key", shape->name);
    return EVX_OK;
}

enum evx_status evx_read_rows(struct evx_reader *r, const struct evx_node *list,
                              const struct evx_shape *shape, size_t limit, void **rows, size_t *n)
{
    *rows = NULL;
    *n = 0;
    if (!list->node) return EVX_OK;
    if (list->node->type != YAML_SEQUENCE_NODE)
        return evx_reader_fail(r, list->line, shape->name, "a list of '- …' entries belongs here");
    const yaml_node_item_t *at = list->node->data.sequence.items.start;
    size_t count = (size_t)(list->node->data.sequence.items.top - at);
    if (count > limit) return evx_reader_fail(r, list->line, shape->name, "more than %zu entries", limit);
    char *out = evx_arena_take(r->arena, (count + 1) * shape->size);
    if (!out) return EVX_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        enum evx_status s = evx_read_mapping(r, node_at(r, at[i]), shape, out + i * shape->size);
        if (s) return s;
    }
    *rows = out;
    *n = count;
    return EVX_OK;
}

enum evx_status evx_read_pairs(struct evx_reader *r, const struct evx_node *map, size_t limit,
                               struct evx_pair **pairs, size_t *n)
{
    *pairs = NULL;
    *n = 0;
    if (!map->node) return EVX_OK;
    if (map->node->type != YAML_MAPPING_NODE)
        return evx_reader_fail(r, map->line, "?", "'key: [values]' belongs here");
    const yaml_node_pair_t *at = map->node->data.mapping.pairs.start;
    size_t count = (size_t)(map->node->data.mapping.pairs.top - at);
    if (count > limit) return evx_reader_fail(r, map->line, "?", "more than %zu entries", limit);
    struct evx_pair *out = evx_arena_take(r->arena, (count + 1) * sizeof *out);
    if (!out) return EVX_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        enum evx_status s = read_text(r, node_at(r, at[i].key), "?", &out[i].key);
        if (!s) {
            out[i].key.key = out[i].key.s;
            s = read_texts(r, node_at(r, at[i].value), out[i].key.s, &out[i].value);
        }
        if (s) return s;
    }
    *pairs = out;
    *n = count;
    return EVX_OK;
}
