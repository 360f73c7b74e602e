// SPDX-License-Identifier: Apache-2.0
//
// Files of an export. For export*.c only.
#ifndef EVX_AGENTS_COLLECTOR_EXPORT_FILE_H
#define EVX_AGENTS_COLLECTOR_EXPORT_FILE_H

#include "proto/base/bytes.h"

// FOLDER/name, its folders made; not synced one by one, since an export can be made again.
EVX_MUST_CHECK enum evx_status evx_export_write(const char *folder, const char *name,
                                                struct evx_bytes content);
// A complete subtree's hash from the tiles that were written: an evx_node_reader, user = folder.
struct evx_digest;
EVX_MUST_CHECK enum evx_status evx_export_node(void *user, unsigned height, uint64_t number,
                                               struct evx_digest *out);

#endif
