// SPDX-License-Identifier: Apache-2.0
//
// replay FOLDER: runs every file of a corpus through fuzz_one(), and of inputs
// up to 4 KiB every truncation and every single-bit flip, of those up to 16 KiB
// every seventh, which still alters each byte. Each input stands in a block of
// exactly its size, so that one byte too far is seen.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"
#include "tests/fuzz/fuzz.h"

#define ALL_UP_TO     4096
#define SEVENTH_UP_TO 16384

static unsigned long runs;

static void run_exact(const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    fuzz_demand(exact != NULL);
    if (n) memcpy(exact, p, n);
    fuzz_one(evx_bytes(exact, n));
    free(exact);
    runs++;
}

static void run_with_damage(struct evx_buf *b)
{
    run_exact(b->p, b->n);
    if (b->n > SEVENTH_UP_TO) return;
    size_t step = b->n > ALL_UP_TO ? 7 : 1;
    for (size_t n = 0; n < b->n; n += step)
        run_exact(b->p, n);
    for (size_t bit = 0; bit < b->n * 8; bit += step) {
        b->p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        run_exact(b->p, b->n);
        b->p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static bool run_file(const char *folder, const char *name)
{
    struct evx_buf b = {0};
    char *path = evx_path_join(folder, name);
    bool ok = path && evx_file_read(&b, path, 64u << 20) == EVX_OK;
    if (ok) run_with_damage(&b);
    if (!ok) fprintf(stderr, "%s cannot be read\n", name);
    evx_buf_free(&b);
    free(path);
    return ok;
}

int main(int argc, char **argv)
{
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
    if (!d) {
        fprintf(stderr, "usage: replay FOLDER\n");
        return 66;
    }
    fuzz_begin();
    unsigned files = 0;
    bool ok = true;
    for (struct dirent *e; (e = readdir(d));) {
        if (e->d_name[0] == '.') continue;
        ok = run_file(argv[1], e->d_name) && ok;
        files++;
    }
    closedir(d);
    printf("%u files, %lu inputs\n", files, runs);
    return ok && files ? 0 : 1;
}
