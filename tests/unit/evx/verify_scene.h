// SPDX-License-Identifier: Apache-2.0
//
// A folder of its own for every test, and the verifier upon it.
#ifndef EVX_TESTS_VERIFY_SCENE_H
#define EVX_TESTS_VERIFY_SCENE_H

#include "agents/evx/verify/verify.h"
#include "tests/interop/world.h"

void scene_open(void);
void scene_close(void);
// A world of nine entries.
struct world *small(void);
// Verifies one path; *text (may be NULL) receives what people read.
enum evx_status verify(const struct evx_verify_given *given, const char *path, char **text);
// … the folder "i".
enum evx_status verify_folder(void);
// Flips a bit of the byte at `at`, or of the last one.
void change(const char *path, size_t at);
// A proof and its entry.
void put_receipt(const struct world *w, const char *where, const char *name, uint64_t index, uint64_t size,
                 unsigned witnesses);

#endif
