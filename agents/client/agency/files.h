// SPDX-License-Identifier: Apache-2.0
//
// The files that a command names: folders read recursively, in a fixed order,
// each read once, so that what is checked is what is sent.
#ifndef EVX_AGENTS_CLIENT_AGENCY_FILES_H
#define EVX_AGENTS_CLIENT_AGENCY_FILES_H

#include "agents/client/ingest/ingest.h"

struct evx_file {
    char *path;
    struct evx_buf content;
    enum evx_status status; // of reading it
    struct evx_digest digest;
};
struct evx_files {
    struct evx_file *file;
    size_t n;
    struct evx_companion *companion; // of all that could be read
    size_t companions;
};
// Hidden files are passed over. A path that cannot be read is listed with its
// status. MEMORY, IO.
EVX_MUST_CHECK enum evx_status evx_files_open(struct evx_files *out, char *const *path, size_t n);
void evx_files_close(struct evx_files *f);

#endif
