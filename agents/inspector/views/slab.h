// SPDX-License-Identifier: Apache-2.0
//
// Memory of one view: everything that a view computes lives until the view is
// dropped, then goes at once and is wiped, because names and narratives are in
// it. Not thread safe.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_SLAB_H
#define EVX_AGENTS_INSPECTOR_VIEWS_SLAB_H

#include "proto/base/bytes.h"

struct evx_slab_block;
// Zero-initialise; evx_slab_free() returns it to zero.
struct evx_slab {
    struct evx_slab_block *last;
};

// Zeroed memory for n objects of `size` bytes, aligned for any type. NULL when
// there is no memory or the product overflows; n = 0 gives a valid pointer.
void *evx_slab_array(struct evx_slab *a, size_t n, size_t size);
// A copy with a NUL after it. NULL without memory.
char *evx_slab_text(struct evx_slab *a, const void *p, size_t n);
char *evx_slab_copy(struct evx_slab *a, const char *text);
char *evx_slab_printf(struct evx_slab *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void evx_slab_free(struct evx_slab *a);

#endif
