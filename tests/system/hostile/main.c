// SPDX-License-Identifier: Apache-2.0
//
// hostile CLASS ENDPOINT DIRECTORY INSPECTION KEYS OTHER-KEYS ATTEMPTS SEED
// Runs one class of attack against a broker on loopback and prints one line of
// JSON. Exit 0: the broker did only what it may.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/system/hostile/classes.h"

static const struct {
    const char *name;
    void (*run)(struct setting *, struct tally *);
} class[] = {
    {"no-key", run_no_key},
    {"unknown-key", run_unknown_key},
    {"refused-key", run_refused_key},
    {"routing-id", run_routing_id},
    {"stolen", run_stolen},
    {"outsider", run_outsider},
    {"replay", run_replay},
    {"reordered", run_reordered},
    {"fork", run_fork},
    {"equivocation", run_equivocation},
    {"bit-flips", run_bit_flips},
    {"truncations", run_truncations},
    {"oversize", run_oversize},
    {"garbage", run_garbage},
    {"amplifying", run_amplifying},
    {"before-hello", run_before_hello},
    {"endless", run_endless},
    {"idle", run_idle},
    {"lawful", run_lawful},
};

static void print_tally(const char *name, const struct tally *t)
{
    printf("{\"class\":\"%s\",\"attempts\":%llu,\"refused\":%llu,\"silent\":%llu,\"accepted\":%llu,"
           "\"lawful\":%llu,\"codes\":{",
           name, (unsigned long long)t->attempts, (unsigned long long)t->refused,
           (unsigned long long)t->silent, (unsigned long long)t->accepted, (unsigned long long)t->lawful);
    const char *comma = "";
    for (size_t i = 0; i < 10000; i++) {
        if (!t->code[i]) continue;
        printf("%s\"%zu\":%llu", comma, i, (unsigned long long)t->code[i]);
        comma = ",";
    }
    printf("},\"failure\":\"%s\"}\n", t->failure);
}

static int run(const char *name, struct setting *s)
{
    static struct tally t;
    for (size_t i = 0; i < sizeof class / sizeof class[0]; i++) {
        if (strcmp(class[i].name, name)) continue;
        class[i].run(s, &t);
        if (!t.attempts) fail(&t, "nothing was attempted");
        print_tally(name, &t);
        return t.failure[0] || t.accepted ? 1 : 0;
    }
    fprintf(stderr, "no class %s\n", name);
    return 64;
}

int main(int argc, char **argv)
{
    if (argc != 9) {
        fprintf(stderr, "usage: hostile CLASS ENDPOINT DIRECTORY INSPECTION KEYS OTHER-KEYS ATTEMPTS SEED\n");
        return 64;
    }
    struct setting s = {
        .endpoint = argv[2], .attempts = strtoull(argv[7], NULL, 10), .seed = strtoull(argv[8], NULL, 10)};
    if (evx_crypto_init() != EVX_OK || !agency_open(&s.us, argv[2], argv[3], argv[5], argv[4]) ||
        !agency_open(&s.other, argv[2], argv[3], argv[6], argv[4])) {
        fprintf(stderr, "keys or directory cannot be read\n");
        return 66;
    }
    int code = run(argv[1], &s);
    agency_close(&s.us);
    agency_close(&s.other);
    return code;
}
