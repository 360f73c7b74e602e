// SPDX-License-Identifier: Apache-2.0
//
// Folding of names and text so that spelling variants meet: compatibility
// decomposition, case folded, accents dropped. Pure.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_FOLD_H
#define EVX_AGENTS_INSPECTOR_VIEWS_FOLD_H

#include "proto/base/bytes.h"

// Letters and digits only: "O'Brien-Łukasz" -> "obrienłukasz". Everything else is
// dropped. Appends to *out, NUL kept after the end. MEMORY; text that is not
// UTF-8 folds to nothing.
EVX_MUST_CHECK enum evx_status evx_fold_name(struct evx_buf *out, const char *text);
// The same, but what stands between becomes one space: for searching.
EVX_MUST_CHECK enum evx_status evx_fold_text(struct evx_buf *out, const char *text);

#endif
