// SPDX-License-Identifier: Apache-2.0
// A policy that parses has a text, that text parses to itself, and both grade a
// checkpoint alike: nothing counts that the policy does not name.
#include <string.h>

#include "crypto/policy.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/scene.h"

static bool names_log(const struct evx_policy *p)
{
    for (size_t i = 0; i < evx_policy_logs(p); i++)
        if (memcmp(&evx_policy_log_at(p, i)->key, &scene()->log.public_key, sizeof(struct evx_sign_public)) ==
            0)
            return true;
    return false;
}

// Two of the three have cosigned.
static bool cosigned(const struct evx_vkey *k)
{
    return memcmp(&k->key, &scene()->witness[0].public_key, sizeof k->key) == 0 ||
           memcmp(&k->key, &scene()->witness[1].public_key, sizeof k->key) == 0;
}

static void demand_sound(const struct evx_grade *g, const struct evx_policy *p)
{
    fuzz_demand(names_log(p) && g->level >= EVX_GRADE_OPERATOR && !g->forged[0]);
    fuzz_demand(g->cosigned <= g->witnesses && g->reached == (g->cosigned >= g->needed));
    fuzz_demand((g->level == EVX_GRADE_WITNESSED) == (g->cosigned && g->reached));
    fuzz_demand(g->lines <= 2 && g->cosigned <= g->lines && (g->time_s != 0) == (g->cosigned != 0));
    for (size_t i = 0; i < g->lines; i++) {
        fuzz_demand(g->line[i].witness < evx_policy_witnesses(p));
        fuzz_demand(cosigned(&evx_policy_witness_at(p, g->line[i].witness)->key));
    }
}

static void grade_both(const struct evx_policy *one, const struct evx_policy *two)
{
    static struct evx_buf note;
    static struct evx_grade a, b;
    if (!note.n) scene_checkpoint(&note, &scene()->honest, 5, 2);
    enum evx_status s = evx_policy_grade(&a, one, evx_buf_bytes(&note));
    fuzz_demand(evx_policy_grade(&b, two, evx_buf_bytes(&note)) == s);
    fuzz_demand(a.level == b.level && a.cosigned == b.cosigned && a.witnesses == b.witnesses);
    fuzz_demand(a.needed == b.needed && a.time_s == b.time_s && a.lines == b.lines);
    if (s)
        fuzz_demand(a.level == EVX_GRADE_NONE);
    else
        demand_sound(&a, one);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_policy *one = NULL, *two = NULL;
    struct evx_buf text = {0}, again = {0};
    unsigned line = 0;
    if (evx_policy_parse(&one, input, &line)) {
        fuzz_demand(one == NULL && line <= input.n + 1);
        return;
    }
    fuzz_demand(evx_policy_text(&text, one) == EVX_OK);
    fuzz_demand(evx_policy_parse(&two, evx_buf_bytes(&text), &line) == EVX_OK);
    fuzz_demand(evx_policy_text(&again, two) == EVX_OK);
    fuzz_demand(evx_bytes_equal(evx_buf_bytes(&text), evx_buf_bytes(&again)));
    fuzz_demand(evx_policy_logs(one) == evx_policy_logs(two));
    fuzz_demand(evx_policy_witnesses(one) == evx_policy_witnesses(two));
    grade_both(one, two);
    evx_buf_free(&text);
    evx_buf_free(&again);
    evx_policy_destroy(&one);
    evx_policy_destroy(&two);
}
