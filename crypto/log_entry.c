// SPDX-License-Identifier: Apache-2.0
//
// What a log holds: consignments' headers (0x01) and adopted directories (0x02).
#include <string.h>

#include "crypto/directory_history.h"

enum evx_status evx_log_entry(struct evx_buf *out, uint64_t received_ms, struct evx_bytes header_bytes,
                              const struct evx_signature *signature)
{
    uint8_t head[9] = {EVX_LOG_ENTRY_CONSIGNMENT};
    evx_put_be64(head + 1, received_ms);
    enum evx_status s = evx_buf_reserve(out, sizeof head + header_bytes.n + sizeof *signature);
    if (s == EVX_OK) s = evx_buf_append(out, head, sizeof head);
    if (s == EVX_OK) s = evx_buf_append(out, header_bytes.p, header_bytes.n);
    if (s == EVX_OK) s = evx_buf_append(out, signature->b, sizeof signature->b);
    return s;
}

enum evx_status evx_log_entry_parse(uint64_t *received_ms, struct evx_bytes *header_bytes,
                                    const struct evx_signature **signature, struct evx_bytes entry)
{
    const size_t around = 9 + sizeof **signature;
    *received_ms = 0;
    *header_bytes = evx_bytes(NULL, 0);
    *signature = NULL;
    if (entry.n <= around || entry.p[0] != EVX_LOG_ENTRY_CONSIGNMENT) return EVX_E_MALFORMED;
    if (entry.n - around > EVX_LIMIT_HEADER_BYTES) return EVX_E_TOO_LARGE;
    *received_ms = evx_get_be64(entry.p + 1);
    *header_bytes = evx_bytes(entry.p + 9, entry.n - around);
    *signature = (const struct evx_signature *)(entry.p + 9 + header_bytes->n);
    return EVX_OK;
}

enum evx_status evx_log_directory(struct evx_buf *out, const struct evx_log_directory *e)
{
    uint8_t entry[EVX_LOG_ENTRY_DIRECTORY_BYTES] = {EVX_LOG_ENTRY_DIRECTORY};
    evx_put_be64(entry + 1, e->received_ms);
    evx_put_be64(entry + 9, e->version);
    memcpy(entry + 17, e->hash.b, sizeof e->hash.b);
    return evx_buf_append(out, entry, sizeof entry);
}

enum evx_status evx_log_directory_parse(struct evx_log_directory *out, struct evx_bytes entry)
{
    *out = (struct evx_log_directory){0};
    if (entry.n != EVX_LOG_ENTRY_DIRECTORY_BYTES || entry.p[0] != EVX_LOG_ENTRY_DIRECTORY)
        return EVX_E_MALFORMED;
    uint64_t version = evx_get_be64(entry.p + 9);
    if (version == 0 || version > INT64_MAX) return EVX_E_MALFORMED;
    out->received_ms = evx_get_be64(entry.p + 1);
    out->version = version;
    memcpy(out->hash.b, entry.p + 17, sizeof out->hash.b);
    return EVX_OK;
}

bool evx_log_entry_is_directory(struct evx_bytes entry)
{
    return entry.n > 0 && entry.p[0] == EVX_LOG_ENTRY_DIRECTORY;
}

enum evx_status evx_log_entry_check(struct evx_bytes entry)
{
    uint64_t received;
    struct evx_bytes header;
    const struct evx_signature *signature;
    struct evx_log_directory directory;
    return evx_log_entry_is_directory(entry) ? evx_log_directory_parse(&directory, entry)
                                             : evx_log_entry_parse(&received, &header, &signature, entry);
}
