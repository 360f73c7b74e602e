// SPDX-License-Identifier: Apache-2.0
//
// Who is reading while keys are destroyed or changed. An advisory lock of its own:
// readers share it for as long as they have the store open.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "agents/collector/store_parts.h"
#include "proto/base/file.h"

#define WAIT_MS  10000
#define PAUSE_MS 50

static enum evx_status open_lock(struct evx_store *s)
{
    if (s->readers >= 0) return EVX_OK;
    char *path = evx_path_join(s->folder, "readers");
    if (!path) return EVX_E_MEMORY;
    s->readers = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    free(path);
    return s->readers < 0 ? EVX_E_IO : EVX_OK;
}

static bool take(const struct evx_store *s, int how)
{
    for (int waited = 0; flock(s->readers, how | LOCK_NB) != 0; waited += PAUSE_MS) {
        if (waited >= WAIT_MS) return false;
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000l}, NULL);
    }
    return true;
}

// A folder that is not there yet has no readers to count.
enum evx_status evx_readers_join(struct evx_store *s)
{
    if (!evx_path_exists(s->folder)) return EVX_E_NOT_FOUND;
    enum evx_status status = open_lock(s);
    if (status) return status;
    return take(s, LOCK_SH) ? EVX_OK : EVX_E_STORE_READ;
}

enum evx_status evx_store_exclude_readers(struct evx_store *s)
{
    if (s->read_only) return EVX_E_BUG;
    enum evx_status status = open_lock(s);
    if (status) return status;
    return take(s, LOCK_EX) ? EVX_OK : EVX_E_STORE_READ;
}

void evx_store_admit_readers(struct evx_store *s)
{
    if (s->readers >= 0 && !s->read_only) flock(s->readers, LOCK_UN);
}
