// SPDX-License-Identifier: Apache-2.0
#include "agents/inspector/views/fold.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static bool is_letter(utf8proc_int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO;
}

static bool is_digit(utf8proc_int32_t c) { return utf8proc_category(c) == UTF8PROC_CATEGORY_ND; }

static enum evx_status append_char(struct evx_buf *out, utf8proc_int32_t c)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
    return evx_buf_append(out, bytes, n > 0 ? (size_t)n : 0);
}

static enum evx_status terminate(struct evx_buf *out)
{
    enum evx_status s = evx_buf_append(out, "", 1);
    if (!s) out->n--;
    return s;
}

// One pass over the folded code points; with `spaces`, other characters part words.
static enum evx_status filter(struct evx_buf *out, const utf8proc_uint8_t *folded, bool spaces)
{
    enum evx_status s = EVX_OK;
    bool gap = false;
    for (utf8proc_int32_t c = 0; !s && *folded;) {
        utf8proc_ssize_t n = utf8proc_iterate(folded, -1, &c);
        if (n <= 0) break;
        folded += n;
        bool keep = is_letter(c) || is_digit(c);
        if (!keep) {
            gap = spaces;
            continue;
        }
        if (gap && out->n) s = evx_buf_append(out, " ", 1);
        gap = false;
        if (!s) s = append_char(out, c);
    }
    return s ? s : terminate(out);
}

static enum evx_status fold(struct evx_buf *out, const char *text, bool spaces)
{
    if (!evx_utf8_valid(text, strlen(text))) return terminate(out);
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)text, 0, &folded,
                     UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
                         UTF8PROC_CASEFOLD | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE);
    if (n < 0) return n == UTF8PROC_ERROR_NOMEM ? EVX_E_MEMORY : terminate(out);
    enum evx_status s = filter(out, folded, spaces);
    free(folded);
    return s;
}

enum evx_status evx_fold_name(struct evx_buf *out, const char *text) { return fold(out, text, false); }
enum evx_status evx_fold_text(struct evx_buf *out, const char *text) { return fold(out, text, true); }
