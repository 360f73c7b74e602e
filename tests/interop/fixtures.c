// SPDX-License-Identifier: Apache-2.0
//
// Writes a made-up inspection with everything that can be verified into a folder:
//   interop_fixtures FOLDER [ENTRIES]
// for the tests in other languages and for trying the commands of docs/verify.md.
#include <stdio.h>
#include <stdlib.h>

#include "tests/interop/world.h"

static void write_receipt(const struct world *w, const char *folder, uint64_t index, const char *name)
{
    struct evx_buf proof = {0};
    char entry[64];
    world_proof(&proof, w, index, w->n, 7);
    world_write(folder, name, evx_buf_bytes(&proof));
    snprintf(entry, sizeof entry, "%s.entry", name);
    world_write(folder, entry, evx_buf_bytes(&w->at[index].entry));
    evx_buf_free(&proof);
}

static void write_bundle(const struct world *w, const char *folder, uint64_t index, uint32_t number,
                         const char *name)
{
    struct evx_buf bundle = {0};
    world_bundle(&bundle, w, index, number, w->n, 3);
    world_write(folder, name, evx_buf_bytes(&bundle));
    evx_buf_free(&bundle);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 64;
    long entries = argc > 2 ? strtol(argv[2], NULL, 10) : 300;
    struct world_wish wish = {.filler = entries > WORLD_FIXED ? (size_t)entries - WORLD_FIXED : 0};
    struct world *w = world_new(&wish);
    char inspection[4096];
    snprintf(inspection, sizeof inspection, "%s/inspection", argv[1]);
    world_export(w, inspection, 7, true);
    write_receipt(w, argv[1], 3, "my.receipt");
    write_receipt(w, inspection, 1, "receipts/1.receipt");
    write_bundle(w, argv[1], 1, 2, "my.bundle");
    world_write(argv[1], "directory.note", evx_directory_note(w->directory[0]));
    world_write(argv[1], "directory-2.note", evx_directory_note(w->directory[1]));
    world_write(argv[1], "my.consignment", evx_buf_bytes(&w->at[1].whole));
    world_free(w);
    return 0;
}
