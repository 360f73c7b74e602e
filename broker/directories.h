// SPDX-License-Identifier: Apache-2.0
//
// The directories a broker has accepted: one file a version in its state
// folder, so that it never goes back to an older one and can hand out those in
// between.
#ifndef EVX_BROKER_DIRECTORIES_H
#define EVX_BROKER_DIRECTORIES_H

#include "crypto/directory.h"

struct evx_directories {
    struct evx_directory *newest;
    struct evx_directory *older; // the version before it, or NULL
};

// Reads the directory file at start. It must be the newest version accepted
// before, or follow from it: DIRECTORY_VERSION. The first one ever is trusted by
// `pin` when there is one. DIRECTORY_EXPIRED is not checked here: the core then
// refuses what is sent. Makes a newly accepted version durable.
EVX_MUST_CHECK enum evx_status evx_directories_open(struct evx_directories *out, const char *file,
                                                    const char *state, const struct evx_digest *pin,
                                                    unsigned *line);
// Reads the file again: OK with *changed = false when it is the same version.
EVX_MUST_CHECK enum evx_status evx_directories_reload(struct evx_directories *d, const char *file,
                                                      const char *state, bool *changed, unsigned *line);
void evx_directories_free(struct evx_directories *d);

// An accepted version's note. NOT_FOUND.
EVX_MUST_CHECK enum evx_status evx_directories_note(struct evx_buf *out, const char *state, uint64_t version);

#endif
