// SPDX-License-Identifier: Apache-2.0
// A proof of a fork has one spelling. Which note comes first changes no verdict,
// and no proof whatever convicts a log of two checkpoints of one honest tree.
#include <string.h>

#include "crypto/fork.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scene.h"

static bool honest(const struct evx_checkpoint *c)
{
    return c->size <= SCENE_ENTRIES && memcmp(&c->root, &scene()->honest.root[c->size], sizeof c->root) == 0;
}

static void judge(struct evx_fork *f)
{
    enum evx_fork_verdict one, two;
    struct evx_checkpoint first, second, again[2];
    if (evx_fork_check(&one, f, &scene()->log.key, &first, &second)) return;
    if (honest(&first) && honest(&second)) fuzz_demand(one != EVX_FORK_PROVED);
    struct evx_buf swap = f->first;
    f->first = f->second;
    f->second = swap;
    fuzz_demand(evx_fork_check(&two, f, &scene()->log.key, &again[0], &again[1]) == EVX_OK);
    fuzz_demand(one == two && first.size == again[1].size && second.size == again[0].size);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_fork f;
    struct evx_buf again = {0};
    if (evx_fork_parse(&f, input)) {
        fuzz_demand(!f.first.p && !f.second.p);
        return;
    }
    fuzz_demand(evx_fork_text(&again, &f) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    judge(&f);
    evx_buf_free(&again);
    evx_fork_free(&f);
}
