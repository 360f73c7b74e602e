// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/fields.h"

#include <inttypes.h>
#include <string.h>

#include "agents/inspector/views/when.h"

static const char *decimal_text(struct evx_slab *slab, const Evx__V1__Decimal *d)
{
    uint64_t whole = d->unscaled < 0 ? 0 - (uint64_t)d->unscaled : (uint64_t)d->unscaled, power = 1;
    if (d->scale > 18) return evx_slab_printf(slab, "%" PRId64 "e-%" PRIu32, d->unscaled, d->scale);
    for (uint32_t i = 0; i < d->scale; i++)
        power *= 10;
    const char *sign = d->unscaled < 0 ? "-" : "";
    if (!d->scale) return evx_slab_printf(slab, "%s%" PRIu64, sign, whole);
    return evx_slab_printf(slab, "%s%" PRIu64 ".%0*" PRIu64, sign, whole / power, (int)d->scale,
                           whole % power);
}

const char *evx_field_text(struct evx_slab *slab, const Evx__V1__Field *f)
{
    char when[EVX_WHEN_TEXT];
    switch (f->value_case) {
    case EVX__V1__FIELD__VALUE_TEXT: return evx_slab_copy(slab, f->text);
    case EVX__V1__FIELD__VALUE_INTEGER: return evx_slab_printf(slab, "%" PRId64, f->integer);
    case EVX__V1__FIELD__VALUE_MOMENT: evx_when_text(when, f->moment); return evx_slab_copy(slab, when);
    case EVX__V1__FIELD__VALUE_FLAG: return f->flag ? "yes" : "no";
    case EVX__V1__FIELD__VALUE_DECIMAL: return decimal_text(slab, f->decimal);
    default: return "";
    }
}

const char *evx_field_label(struct evx_slab *slab, const char *name)
{
    char *label = evx_slab_copy(slab, name);
    for (char *p = label; p && *p; p++)
        if (*p == '-') *p = ' ';
    return label;
}

const Evx__V1__Field *evx_field_find(const Evx__V1__Evidence *e, const char *name)
{
    for (size_t i = 0; i < e->n_field; i++)
        if (strcmp(e->field[i]->name, name) == 0) return e->field[i];
    return NULL;
}
