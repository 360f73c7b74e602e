// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/draft.h"

#include <string.h>

// protobuf-c declares texts without const; they are only read.
static char *borrow(const char *text) { return (char *)(uintptr_t)(text ? text : ""); }

static void fail(struct evx_draft *d, enum evx_status s)
{
    if (!d->status) d->status = s;
}

static void *take(struct evx_draft *d, size_t n)
{
    void *p = d->status ? NULL : evx_pool_take(d->pool, n);
    if (!p) fail(d, EVX_E_MEMORY);
    return p;
}

void evx_draft_begin(struct evx_draft *d, struct evx_pool *pool, const struct evx_inspection_id *inspection,
                     const char *agency, const char *kind)
{
    d->pool = pool;
    d->status = EVX_OK;
    evx__v1__item__init(&d->item);
    evx__v1__evidence__init(&d->evidence);
    d->item.body_case = EVX__V1__ITEM__BODY_EVIDENCE;
    d->item.evidence = &d->evidence;
    d->evidence.inspection = (ProtobufCBinaryData){sizeof inspection->b, (uint8_t *)(uintptr_t)inspection->b};
    d->evidence.kind = borrow(kind);
    d->evidence.origin_agency = borrow(agency);
    d->evidence.criterion = d->criterion;
    d->evidence.subject = d->subject;
    d->evidence.field = d->field;
    d->evidence.attachment = d->attachment;
    d->evidence.source_type = EVX__V1__SOURCE_TYPE__SOURCE_RECORD;
    d->evidence.direction = EVX__V1__DIRECTION__DIRECTION_NEUTRAL;
    d->evidence.significance = EVX__V1__SIGNIFICANCE__SIGNIFICANCE_ROUTINE;
}

void evx_draft_reply(struct evx_draft *d, const struct evx_item_id *request)
{
    d->evidence.in_reply_to = (ProtobufCBinaryData){sizeof request->b, (uint8_t *)(uintptr_t)request->b};
}

void evx_draft_origin(struct evx_draft *d, const struct evx_digest *file, const char *file_name, uint64_t row,
                      const char *profile)
{
    evx__v1__origin__init(&d->origin);
    d->origin.file_digest = (ProtobufCBinaryData){sizeof file->b, (uint8_t *)(uintptr_t)file->b};
    d->origin.file_name = borrow(file_name);
    d->origin.row = row;
    d->origin.profile = borrow(profile);
    d->evidence.origin = &d->origin;
}

static bool has_criterion(const struct evx_draft *d, const Evx__V1__CriterionRef *c)
{
    for (size_t i = 0; i < d->evidence.n_criterion; i++)
        if (strcmp(d->criterion[i]->framework, c->framework) == 0 &&
            strcmp(d->criterion[i]->criterion, c->criterion) == 0)
            return true;
    return false;
}

void evx_draft_criterion(struct evx_draft *d, const char *reference)
{
    const char *slash = strchr(reference, '/');
    Evx__V1__CriterionRef *c = take(d, sizeof *c);
    if (!c || !slash) return;
    evx__v1__criterion_ref__init(c);
    c->framework = evx_pool_text(d->pool, reference, (size_t)(slash - reference));
    c->criterion = borrow(slash + 1);
    if (!c->framework)
        fail(d, EVX_E_MEMORY);
    else if (has_criterion(d, c))
        return;
    else if (d->evidence.n_criterion == EVX_LIMIT_CRITERIA)
        fail(d, EVX_E_TOO_LARGE);
    else
        d->criterion[d->evidence.n_criterion++] = c;
}

void evx_draft_criteria(struct evx_draft *d, char *const *reference, size_t n)
{
    for (size_t i = 0; i < n; i++)
        evx_draft_criterion(d, reference[i]);
}

static int weight(Evx__V1__Direction direction)
{
    switch (direction) {
    case EVX__V1__DIRECTION__DIRECTION_CONCERN: return 3;
    case EVX__V1__DIRECTION__DIRECTION_STRENGTH: return 2;
    default: return 1;
    }
}

void evx_draft_direction(struct evx_draft *d, Evx__V1__Direction direction)
{
    if (direction && weight(direction) > weight(d->evidence.direction)) d->evidence.direction = direction;
}

void evx_draft_significance(struct evx_draft *d, Evx__V1__Significance significance)
{
    if (significance > d->evidence.significance) d->evidence.significance = significance;
}

Evx__V1__Subject *evx_draft_subject(struct evx_draft *d, Evx__V1__SubjectRole role)
{
    Evx__V1__Subject *s = take(d, sizeof *s);
    if (!s) return NULL;
    evx__v1__subject__init(s);
    s->role = role;
    s->identifier = take(d, EVX_LIMIT_IDENTIFIERS * sizeof(void *));
    if (d->evidence.n_subject == EVX_LIMIT_SUBJECTS) fail(d, EVX_E_TOO_LARGE);
    if (d->status) return NULL;
    d->subject[d->evidence.n_subject++] = s;
    return s;
}

bool evx_draft_has_identifier(const Evx__V1__Subject *subject, const char *scheme)
{
    for (size_t i = 0; i < subject->n_identifier; i++)
        if (strcmp(subject->identifier[i]->scheme, scheme) == 0) return true;
    return false;
}

void evx_draft_identifier(struct evx_draft *d, Evx__V1__Subject *subject, const char *scheme,
                          const char *value, const char *issuer)
{
    Evx__V1__Identifier *id = take(d, sizeof *id);
    if (!id || !subject) return;
    if (subject->n_identifier == EVX_LIMIT_IDENTIFIERS) {
        fail(d, EVX_E_TOO_LARGE);
        return;
    }
    evx__v1__identifier__init(id);
    id->scheme = borrow(scheme);
    id->value = borrow(value);
    id->issuer = borrow(issuer);
    subject->identifier[subject->n_identifier++] = id;
}

Evx__V1__Moment *evx_draft_moment(struct evx_draft *d, const struct evx_moment *m, const char *text)
{
    Evx__V1__Moment *out = take(d, sizeof *out);
    if (!out) return NULL;
    evx__v1__moment__init(out);
    out->precision = m->precision;
    out->utc_ms = m->utc_ms;
    out->offset_min = m->offset_min;
    out->zone = borrow(m->zone);
    out->zone_source = m->zone_source;
    out->text = borrow(text);
    return out;
}

static Evx__V1__Field *field(struct evx_draft *d, const char *name, Evx__V1__Field__ValueCase kind)
{
    Evx__V1__Field *f = take(d, sizeof *f);
    if (f && d->evidence.n_field == EVX_LIMIT_FIELDS) {
        fail(d, EVX_E_TOO_LARGE);
        f = NULL;
    }
    if (!f) return NULL;
    evx__v1__field__init(f);
    f->name = borrow(name);
    f->value_case = kind;
    d->field[d->evidence.n_field++] = f;
    return f;
}

void evx_draft_text(struct evx_draft *d, const char *name, const char *value)
{
    if (!value || !*value) return;
    Evx__V1__Field *f = field(d, name, EVX__V1__FIELD__VALUE_TEXT);
    if (f) f->text = borrow(value);
}

void evx_draft_integer(struct evx_draft *d, const char *name, int64_t value)
{
    Evx__V1__Field *f = field(d, name, EVX__V1__FIELD__VALUE_INTEGER);
    if (f) f->integer = value;
}

void evx_draft_flag(struct evx_draft *d, const char *name, bool value)
{
    Evx__V1__Field *f = field(d, name, EVX__V1__FIELD__VALUE_FLAG);
    if (f) f->flag = value;
}

void evx_draft_decimal(struct evx_draft *d, const char *name, int64_t unscaled, uint32_t scale)
{
    Evx__V1__Decimal *value = take(d, sizeof *value);
    Evx__V1__Field *f = value ? field(d, name, EVX__V1__FIELD__VALUE_DECIMAL) : NULL;
    if (!f) return;
    evx__v1__decimal__init(value);
    value->unscaled = unscaled;
    value->scale = scale;
    f->decimal = value;
}

void evx_draft_date(struct evx_draft *d, const char *name, Evx__V1__Moment *value)
{
    Evx__V1__Field *f = value ? field(d, name, EVX__V1__FIELD__VALUE_MOMENT) : NULL;
    if (f) f->moment = value;
}

void evx_draft_attach(struct evx_draft *d, const Evx__V1__AttachmentRef *ref)
{
    Evx__V1__AttachmentRef *copy = take(d, sizeof *copy);
    if (!copy) return;
    *copy = *ref;
    if (d->evidence.n_attachment == EVX_LIMIT_ATTACHMENT_REFS)
        fail(d, EVX_E_TOO_LARGE);
    else
        d->attachment[d->evidence.n_attachment++] = copy;
}

enum evx_status evx_draft_pack(struct evx_buf *out, struct evx_draft *d)
{
    return d->status ? d->status : evx_item_pack(out, &d->item);
}
