// SPDX-License-Identifier: Apache-2.0
//
// A typed field as text, the way a person reads it.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_FIELDS_H
#define EVX_AGENTS_INSPECTOR_VIEWS_FIELDS_H

#include "agents/inspector/views/slab.h"
#include "proto/msg/codec.h"

// Slab text; NULL without memory. Moments by their precision, flags as yes or no.
const char *evx_field_text(struct evx_slab *slab, const Evx__V1__Field *f);
// "found-time" -> "found time"
const char *evx_field_label(struct evx_slab *slab, const char *name);
const Evx__V1__Field *evx_field_find(const Evx__V1__Evidence *e, const char *name);

#endif
