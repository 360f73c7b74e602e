// SPDX-License-Identifier: Apache-2.0
#include "proto/msg/rules.h"

#include <string.h>

#include "proto/base/bytes.h"

struct walk {
    const struct evx_rule *rule;
    const ProtobufCFieldDescriptor *field;
    const char **where;
};

static enum evx_status fault(const char **where, const char *at, enum evx_status s)
{
    *where = at;
    return s;
}

static enum evx_status check_length(const struct walk *w, size_t n)
{
    if (n == 0) return w->rule->required ? fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT) : EVX_OK;
    bool fits = n >= w->rule->min && n <= w->rule->max;
    return fits ? EVX_OK : fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT);
}

static bool plain_ascii(const char *p, size_t n)
{
    uint64_t seen = 0, word;
    for (; n >= sizeof word; p += sizeof word, n -= sizeof word) {
        memcpy(&word, p, sizeof word);
        seen |= word;
    }
    for (; n; p++, n--)
        seen |= (uint8_t)*p;
    return (seen & 0x8080808080808080u) == 0;
}

static enum evx_status check_text(const struct walk *w, const char *text)
{
    if (!text || text == protobuf_c_empty_string) return check_length(w, 0);
    size_t n = strlen(text);
    if (!plain_ascii(text, n) && !evx_utf8_valid(text, n))
        return fault(w->where, w->rule->where, EVX_E_MALFORMED);
    return check_length(w, n);
}

static enum evx_status check_enum(const struct walk *w, int32_t value)
{
    const ProtobufCEnumDescriptor *known = w->field->descriptor;
    if (value < 0 || (unsigned)value >= known->n_values)
        return fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT);
    bool missing = value == 0 && w->rule->required;
    return missing ? fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT) : EVX_OK;
}

static enum evx_status check_message(const struct walk *w, const ProtobufCMessage *m)
{
    if (!m) return w->rule->required ? fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT) : EVX_OK;
    return evx_rules_check(w->rule->sub, m, w->where);
}

static enum evx_status check_value(const struct walk *w, const void *at)
{
    switch (w->field->type) {
    case PROTOBUF_C_TYPE_STRING: return check_text(w, *(char *const *)at);
    case PROTOBUF_C_TYPE_BYTES: return check_length(w, ((const ProtobufCBinaryData *)at)->len);
    case PROTOBUF_C_TYPE_ENUM: return check_enum(w, *(const int32_t *)at);
    case PROTOBUF_C_TYPE_MESSAGE: return check_message(w, *(ProtobufCMessage *const *)at);
    default: return EVX_OK;
    }
}

static size_t element_size(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *);
}

// The schema repeats only texts, bytes and messages; an element is never empty.
static enum evx_status check_repeated(const struct walk *w, size_t n, const uint8_t *elements)
{
    if (n > w->rule->count || (n == 0 && w->rule->required))
        return fault(w->where, w->rule->where, EVX_E_ITEM_CONTENT);
    struct evx_rule each = *w->rule;
    each.required = true;
    struct walk one = {&each, w->field, w->where};
    size_t step = element_size(w->field->type);
    for (size_t i = 0; i < n; i++) {
        enum evx_status s = check_value(&one, elements + i * step);
        if (s) return s;
    }
    return EVX_OK;
}

static enum evx_status check_field(const struct walk *w, const ProtobufCMessage *m)
{
    const uint8_t *base = (const uint8_t *)m;
    const void *at = base + w->field->offset;
    const void *quantifier = base + w->field->quantifier_offset;
    if (w->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
        uint32_t chosen;
        memcpy(&chosen, quantifier, sizeof chosen);
        return chosen == w->field->id ? check_value(w, at) : EVX_OK;
    }
    if (w->field->label == PROTOBUF_C_LABEL_REPEATED)
        return check_repeated(w, *(const size_t *)quantifier, *(const uint8_t *const *)at);
    return check_value(w, at);
}

enum evx_status evx_rules_check(const struct evx_ruleset *rules, const ProtobufCMessage *m,
                                const char **where)
{
    if (m->descriptor != rules->descriptor || m->n_unknown_fields != 0)
        return fault(where, rules->descriptor->short_name, EVX_E_MALFORMED);
    for (size_t i = 0; i < rules->rules; i++) {
        struct walk w = {&rules->rule[i], &rules->descriptor->fields[i], where};
        enum evx_status s = check_field(&w, m);
        if (s) return s;
    }
    const char *at = rules->more ? rules->more(m) : NULL;
    return at ? fault(where, at, EVX_E_ITEM_CONTENT) : EVX_OK;
}
