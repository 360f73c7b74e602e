// SPDX-License-Identifier: Apache-2.0
//
// The archive itself: POSIX ustar with fixed metadata. A parsed archive is written
// again and must come out the same, so there is one spelling and no second parser.
#include "crypto/bundle.h"

#include <stdio.h>
#include <string.h>

#include "crypto/bundle_inside.h"
#include "crypto/text_inside.h"

#define BLOCK   512u
#define TITLE   "evx.bundle/v1"
#define MEMBERS 9
#define TITLE_N 128

struct member {
    const char *name;
    struct evx_bytes content;
    size_t most;
};

static size_t members_of(struct member m[MEMBERS], const struct evx_bundle *b, struct evx_bytes title)
{
    const struct member all[MEMBERS] = {
        {EVX_BUNDLE_MAGIC, title, TITLE_N},
        {"entry", b->entry, EVX_LIMIT_HEADER_BYTES + 9 + 64},
        {"proof", b->proof, EVX_LIMIT_NOTE_BYTES},
        {"record", b->record, EVX_RECORD_BYTES},
        {"record.path", b->record_path, 45 * EVX_LIMIT_PROOF_HASHES},
        {"ciphertext", b->ciphertext, EVX_LIMIT_CIPHERTEXT_BYTES},
        {"key", b->key, sizeof(struct evx_item_key)},
        {"directory", b->directory, EVX_LIMIT_NOTE_BYTES},
        {"policy", b->policy, EVX_LIMIT_NOTE_BYTES},
    };
    memcpy(m, all, sizeof all);
    return b->policy.n ? MEMBERS : MEMBERS - 1;
}

// --- writing ---

static void put_octal(uint8_t *field, size_t digits, size_t value)
{
    for (size_t i = digits; i > 0; i--, value >>= 3)
        field[i - 1] = (uint8_t)('0' + (value & 7));
}

// Only the owner may read what tar unpacks: a key is among it.
static void fill_header(uint8_t h[BLOCK], const char *name, size_t size)
{
    memset(h, 0, BLOCK);
    memcpy(h, name, strlen(name));
    put_octal(h + 100, 7, 0600);
    put_octal(h + 108, 7, 0); // uid
    put_octal(h + 116, 7, 0); // gid
    put_octal(h + 124, 11, size);
    put_octal(h + 136, 11, 0); // mtime
    h[156] = '0';              // a regular file
    memcpy(h + 257, "ustar\00000", 8);
    put_octal(h + 329, 7, 0); // device numbers
    put_octal(h + 337, 7, 0);
    unsigned sum = 8 * ' '; // the sum is over spaces in its own place
    for (size_t i = 0; i < BLOCK; i++)
        sum += h[i];
    put_octal(h + 148, 6, sum);
    h[155] = ' ';
}

static enum evx_status append_zeros(struct evx_buf *out, size_t n)
{
    static const uint8_t zero[2 * BLOCK];
    return evx_buf_append(out, zero, n);
}

static enum evx_status write_member(struct evx_buf *out, const struct member *m)
{
    uint8_t header[BLOCK];
    fill_header(header, m->name, m->content.n);
    enum evx_status s = evx_buf_append(out, header, sizeof header);
    if (!s) s = evx_buf_append(out, m->content.p, m->content.n);
    if (!s) s = append_zeros(out, (BLOCK - m->content.n % BLOCK) % BLOCK);
    return s;
}

static bool sizes_ok(const struct member *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (m[i].content.n > m[i].most) return false;
    return true;
}

static bool shape_ok(const struct evx_bundle *b)
{
    return b->entry.n && b->proof.n && b->ciphertext.n && b->directory.n && b->record.n == EVX_RECORD_BYTES &&
           b->key.n == sizeof(struct evx_item_key);
}

enum evx_status evx_bundle_write(struct evx_buf *out, const struct evx_bundle *b)
{
    char title[TITLE_N];
    struct member m[MEMBERS];
    int n = snprintf(title, sizeof title, TITLE "\nitem %u\nindex %llu\n", b->number,
                     (unsigned long long)b->index);
    size_t members = members_of(m, b, evx_bytes(title, (size_t)n));
    if (!shape_ok(b) || !sizes_ok(m, members)) return EVX_E_BUNDLE_FORMAT;
    size_t before = out->n;
    enum evx_status s = EVX_OK;
    for (size_t i = 0; !s && i < members; i++)
        s = write_member(out, &m[i]);
    if (!s) s = append_zeros(out, 2 * BLOCK);
    if (!s && out->n - before > EVX_LIMIT_BUNDLE_BYTES) s = EVX_E_TOO_LARGE;
    if (s) out->n = before;
    return s;
}

// --- reading ---

static bool get_octal(size_t *out, const uint8_t *field, size_t digits)
{
    *out = 0;
    for (size_t i = 0; i < digits; i++) {
        if (field[i] < '0' || field[i] > '7') return false;
        *out = *out << 3 | (size_t)(field[i] - '0');
    }
    return true;
}

// Cuts the next member off if it has this name; only size and place are looked at,
// since everything is compared with what the writer makes.
static bool cut_member(struct evx_bytes *content, struct evx_bytes *rest, const char *name)
{
    size_t size, n = strlen(name) + 1;
    *content = evx_bytes(NULL, 0);
    if (rest->n < BLOCK || memcmp(rest->p, name, n) != 0 || !get_octal(&size, rest->p + 124, 11))
        return false;
    size_t room = rest->n - BLOCK, padded = (size + BLOCK - 1) / BLOCK * BLOCK;
    if (size > room || padded > room) return false;
    *content = evx_bytes(rest->p + BLOCK, size);
    *rest = evx_bytes(rest->p + BLOCK + padded, room - padded);
    return true;
}

static bool read_number(uint64_t *out, struct evx_bytes *text, const char *word, uint64_t most)
{
    struct evx_bytes line, first;
    return evx_text_line(&line, text) && evx_text_word(&first, &line) && evx_text_is(first, word) &&
           evx_text_number(out, line, most);
}

static bool read_title(struct evx_bundle *b, struct evx_bytes text)
{
    struct evx_bytes line;
    uint64_t number = 0;
    if (!evx_text_line(&line, &text) || !evx_text_is(line, TITLE)) return false;
    if (!read_number(&number, &text, "item", EVX_LIMIT_ITEMS - 1)) return false;
    b->number = (uint32_t)number;
    return read_number(&b->index, &text, "index", INT64_MAX) && text.n == 0;
}

static bool cut_all(struct evx_bundle *b, struct evx_bytes rest)
{
    struct evx_bytes title;
    if (!cut_member(&title, &rest, EVX_BUNDLE_MAGIC) || !read_title(b, title)) return false;
    if (!cut_member(&b->entry, &rest, "entry") || !cut_member(&b->proof, &rest, "proof")) return false;
    if (!cut_member(&b->record, &rest, "record") || !cut_member(&b->record_path, &rest, "record.path"))
        return false;
    if (!cut_member(&b->ciphertext, &rest, "ciphertext") || !cut_member(&b->key, &rest, "key")) return false;
    if (!cut_member(&b->directory, &rest, "directory")) return false;
    return rest.n == 2 * BLOCK || cut_member(&b->policy, &rest, "policy");
}

// Numbers stand in their members as well and must be the same.
static enum evx_status check_numbers(const struct evx_bundle *b)
{
    struct evx_receipt r = {0};
    enum evx_status s = evx_tlog_proof_parse(&r, b->proof);
    struct evx_buf again = {0};
    if (!s) s = evx_tlog_proof_text(&again, &r);
    if (!s && !evx_bytes_equal(evx_buf_bytes(&again), b->proof)) s = EVX_E_BUNDLE_FORMAT;
    if (!s && r.index != b->index) s = EVX_E_BUNDLE_FORMAT;
    if (!s && evx_get_be32(b->record.p) != b->number) s = EVX_E_BUNDLE_FORMAT;
    struct evx_proof path;
    if (!s) s = evx_bundle_path_parse(&path, b->record_path);
    evx_buf_free(&again);
    evx_receipt_free(&r);
    return s && s != EVX_E_MEMORY ? EVX_E_BUNDLE_FORMAT : s;
}

enum evx_status evx_bundle_parse(struct evx_bundle *out, struct evx_bytes file)
{
    memset(out, 0, sizeof *out);
    struct evx_bundle b = {0};
    struct evx_buf again = {0};
    if (file.n > EVX_LIMIT_BUNDLE_BYTES) return EVX_E_TOO_LARGE;
    if (!cut_all(&b, file)) return EVX_E_BUNDLE_FORMAT;
    enum evx_status s = evx_bundle_write(&again, &b);
    if (!s && !evx_bytes_equal(evx_buf_bytes(&again), file)) s = EVX_E_BUNDLE_FORMAT;
    if (!s) s = check_numbers(&b);
    if (again.p) evx_wipe(again.p, again.n);
    evx_buf_free(&again);
    if (!s) *out = b;
    return s;
}
