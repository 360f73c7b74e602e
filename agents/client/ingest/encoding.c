// SPDX-License-Identifier: Apache-2.0
#include "agents/client/ingest/encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <uchardet/uchardet.h>

#define PRELOADED    12
#define SAMPLE_BYTES (4u << 20)

static const char *const usual[] = {"WINDOWS-1252", "ISO-8859-1",   "ISO-8859-15", "UTF-16",       "UTF-16LE",
                                    "UTF-16BE",     "WINDOWS-1250", "MACINTOSH",   "WINDOWS-1251", "IBM850"};

static struct {
    char name[32];
    iconv_t converter;
} preloaded[PRELOADED];
static size_t preloaded_n;

static void preload(const char *name)
{
    if (preloaded_n == PRELOADED) return;
    iconv_t cd = iconv_open("UTF-8", name);
    if (cd == (iconv_t)-1) return;
    snprintf(preloaded[preloaded_n].name, sizeof preloaded[0].name, "%s", name);
    preloaded[preloaded_n++].converter = cd;
}

void evx_text_preload(const char *forced)
{
    if (preloaded_n) return;
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        preload(usual[i]);
    if (forced) preload(forced);
}

static iconv_t converter(const char *name, bool *shared)
{
    for (size_t i = 0; i < preloaded_n; i++)
        if (strcasecmp(preloaded[i].name, name) == 0) {
            *shared = true;
            iconv(preloaded[i].converter, NULL, NULL, NULL, NULL);
            return preloaded[i].converter;
        }
    *shared = false;
    return iconv_open("UTF-8", name);
}

static uint64_t lines_before(const uint8_t *p, size_t n)
{
    uint64_t lines = 1;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

static enum evx_status convert_all(struct evx_text *out, iconv_t cd, struct evx_bytes in)
{
    char *from = (char *)(uintptr_t)in.p;
    size_t left = in.n;
    while (left) {
        enum evx_status s = evx_buf_reserve(&out->owned, 2 * left + 16);
        if (s) return s;
        char *to = (char *)out->owned.p + out->owned.n;
        size_t room = out->owned.cap - out->owned.n, before = room;
        size_t r = iconv(cd, &from, &left, &to, &room);
        out->owned.n += before - room;
        if (r == (size_t)-1 && errno != E2BIG) {
            out->bad_line = lines_before(out->owned.p, out->owned.n);
            return EVX_E_FILE_ENCODING;
        }
    }
    return EVX_OK;
}

static enum evx_status convert(struct evx_text *out, const char *name, struct evx_bytes in)
{
    snprintf(out->encoding, sizeof out->encoding, "%.31s", name);
    bool shared;
    iconv_t cd = converter(name, &shared);
    if (cd == (iconv_t)-1) return EVX_E_FILE_ENCODING;
    enum evx_status s = convert_all(out, cd, in);
    if (!shared) iconv_close(cd);
    if (s) return s;
    size_t mark = out->owned.n >= 3 && memcmp(out->owned.p, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    out->utf8 = evx_bytes(out->owned.p + mark, out->owned.n - mark);
    return evx_utf8_valid(out->utf8.p, out->utf8.n) ? EVX_OK : EVX_E_FILE_ENCODING;
}

static size_t sequence_length(uint8_t lead)
{
    return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
}

// Length of the valid UTF-8 character at p, or 0.
static size_t valid_character(const uint8_t *p, size_t n)
{
    size_t length = sequence_length(*p);
    return length <= n && evx_utf8_valid(p, length) ? length : 0;
}

// A file that is UTF-8 but for a damaged place would turn into nonsense under any
// other encoding; it is told by having more good multi-byte characters than bad
// bytes. *bad is the offset of the first bad byte.
static bool damaged_utf8(struct evx_bytes in, size_t *bad)
{
    size_t good = 0, wrong = 0;
    *bad = in.n;
    for (size_t i = 0; i < in.n;) {
        size_t length = valid_character(in.p + i, in.n - i);
        if (length == 0 && wrong++ == 0) *bad = i;
        good += length > 1;
        i += length ? length : 1;
    }
    return good >= wrong || memchr(in.p, 0, in.n) != NULL;
}

static bool has_wide_mark(struct evx_bytes in)
{
    return in.n >= 2 && (memcmp(in.p, "\xFF\xFE", 2) == 0 || memcmp(in.p, "\xFE\xFF", 2) == 0);
}

static enum evx_status detect(char name[32], struct evx_bytes in)
{
    name[0] = '\0';
    uchardet_t detector = uchardet_new();
    if (!detector) return EVX_E_MEMORY;
    size_t n = in.n < SAMPLE_BYTES ? in.n : SAMPLE_BYTES;
    if (uchardet_handle_data(detector, (const char *)in.p, n) == 0) {
        uchardet_data_end(detector);
        snprintf(name, 32, "%.31s", uchardet_get_charset(detector));
    }
    uchardet_delete(detector);
    return EVX_OK;
}

static enum evx_status detect_and_convert(struct evx_text *out, struct evx_bytes in)
{
    size_t bad = 0;
    if (!has_wide_mark(in) && damaged_utf8(in, &bad)) {
        snprintf(out->encoding, sizeof out->encoding, "UTF-8");
        out->bad_line = lines_before(in.p, bad);
        return EVX_E_FILE_ENCODING;
    }
    char name[32];
    enum evx_status s = detect(name, in);
    if (s) return s;
    return convert(out, name[0] ? name : "WINDOWS-1252", in);
}

enum evx_status evx_text_decode(struct evx_text *out, struct evx_bytes content, const char *forced)
{
    *out = (struct evx_text){0};
    enum evx_status s = EVX_OK;
    bool mark = content.n >= 3 && memcmp(content.p, "\xEF\xBB\xBF", 3) == 0;
    if (forced && strcasecmp(forced, "UTF-8") != 0)
        s = convert(out, forced, content);
    else if (evx_utf8_valid(content.p, content.n)) {
        out->utf8 = mark ? evx_bytes(content.p + 3, content.n - 3) : content;
        snprintf(out->encoding, sizeof out->encoding, "%s", mark ? "UTF-8 with BOM" : "UTF-8");
    } else
        s = detect_and_convert(out, content);
    if (s) evx_buf_free(&out->owned);
    return s;
}

void evx_text_free(struct evx_text *t)
{
    if (!t) return;
    evx_buf_free(&t->owned);
    *t = (struct evx_text){0};
}
