// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agents/evx/verbs.h"
#include "proto/base/file.h"

static char *own_folder(void)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return NULL;
    path[n] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path)) : NULL;
}

char *evx_program_path(const char *name)
{
    char *folder = own_folder();
    char *path = folder ? evx_path_join(folder, name) : NULL;
    free(folder);
    if (path && access(path, X_OK) == 0) return path;
    free(path);
    return NULL;
}

enum evx_status evx_program_exec(const char *name, char **argv)
{
    char *path = evx_program_path(name);
    if (!path) return EVX_E_NOT_FOUND;
    execv(path, argv);
    free(path);
    return EVX_E_IO;
}
