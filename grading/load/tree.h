// SPDX-License-Identifier: Apache-2.0
//
// Reads YAML into plain structs by table, remembering where each value was
// written, so that every complaint can name line and key. Text is not
// interpreted: "no" stays "no". Anything that no table asks for is an error.
#ifndef EVX_GRADING_LOAD_TREE_H
#define EVX_GRADING_LOAD_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <yaml.h>

#include "grading/arena.h"
#include "proto/base/bytes.h"

struct evx_reader {
    yaml_document_t document;
    bool open;
    struct evx_arena *arena; // what is read lives here
    struct evx_buf *explain; // the complaint; may be NULL
};

struct evx_text {
    const char *s; // "" when the key is absent
    const char *key;
    uint32_t line; // 0 when the key is absent
};
struct evx_texts {
    struct evx_text *at;
    size_t n;
    uint32_t line;
};
struct evx_number {
    int64_t value;
    uint32_t line; // 0 when the key is absent
};
struct evx_node {
    const yaml_node_t *node; // NULL when the key is absent
    uint32_t line;
};

enum evx_field_kind { EVX_FIELD_TEXT, EVX_FIELD_TEXTS, EVX_FIELD_NUMBER, EVX_FIELD_NODE };
struct evx_field {
    const char *key;
    enum evx_field_kind kind; // of the member at `offset`: evx_text, evx_texts, evx_number, evx_node
    bool required;
    size_t offset;
};
struct evx_shape {    // one kind of mapping
    const char *name; // "rule", for messages
    const struct evx_field *field;
    size_t fields;
    size_t size; // of the struct that is filled
};
// Rows of such tables: the member of `type` that the key fills.
#define EVX_KEY(type, key, member, kind, required)                                                           \
    {                                                                                                        \
        key, EVX_FIELD_##kind, required, offsetof(struct type, member)                                       \
    }
#define EVX_SHAPE(name, type, fields)                                                                        \
    {                                                                                                        \
        name, fields, sizeof fields / sizeof *fields, sizeof(struct type)                                    \
    }

// FRAMEWORK_FORMAT with "line L, key 'K': …" in r->explain.
EVX_MUST_CHECK enum evx_status evx_reader_fail(struct evx_reader *r, uint32_t line, const char *key,
                                               const char *format, ...) __attribute__((format(printf, 4, 5)));
// The same, with a suggestion when there is one.
EVX_MUST_CHECK enum evx_status evx_reader_fail_near(struct evx_reader *r, const struct evx_text *t,
                                                    const char *what, const char *suggestion);

EVX_MUST_CHECK enum evx_status evx_reader_open(struct evx_reader *r, const char *yaml, size_t n);
void evx_reader_close(struct evx_reader *r);
const yaml_node_t *evx_reader_root(struct evx_reader *r);

// Fills *out (shape->size bytes, zeroed first).
EVX_MUST_CHECK enum evx_status evx_read_mapping(struct evx_reader *r, const yaml_node_t *node,
                                                const struct evx_shape *shape, void *out);
// A sequence of mappings; *rows is an array in the arena. At most `limit` rows.
EVX_MUST_CHECK enum evx_status evx_read_rows(struct evx_reader *r, const struct evx_node *list,
                                             const struct evx_shape *shape, size_t limit, void **rows,
                                             size_t *n);
// A mapping with keys of the file's own choice: pairs of key and list of texts.
struct evx_pair {
    struct evx_text key;
    struct evx_texts value;
};
EVX_MUST_CHECK enum evx_status evx_read_pairs(struct evx_reader *r, const struct evx_node *map, size_t limit,
                                              struct evx_pair **pairs, size_t *n);
// Whole decimal number, optional sign; nothing before or after it.
bool evx_text_number(const char *s, int64_t *value);

#endif
