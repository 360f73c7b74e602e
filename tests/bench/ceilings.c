// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/bench/bench.h"

int bench_compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_percentile(double *sorted, size_t n, double p)
{
    if (!n) return 0;
    size_t at = (size_t)(p * (double)(n - 1) + 0.5);
    return sorted[at];
}

// Microseconds a call, the best of five rounds of about 40 ms each.
static double cost_us(void (*f)(void *), void *user)
{
    double best = 1e9;
    for (int round = 0; round < 5; round++) {
        uint64_t begin = evx_clock_monotonic_ns(), now = begin;
        size_t n = 0;
        while (now - begin < 40000000u) {
            for (int k = 0; k < 16; k++)
                f(user);
            n += 16;
            now = evx_clock_monotonic_ns();
        }
        double us = (double)(now - begin) / 1e3 / (double)n;
        if (us < best) best = us;
    }
    return best;
}

struct work {
    uint8_t *a, *b;
    size_t n;
    uint8_t key[32], nonce[24], pk[32], sk[64], sig[64], hash[32];
};

static void do_sign(void *u)
{
    struct work *w = u;
    crypto_sign_detached(w->sig, NULL, w->a, 300, w->sk);
}
static void do_verify(void *u)
{
    struct work *w = u;
    if (crypto_sign_verify_detached(w->sig, w->a, 300, w->pk)) abort();
}
static void do_aead_seal(void *u)
{
    struct work *w = u;
    crypto_aead_chacha20poly1305_ietf_encrypt(w->b, NULL, w->a, w->n, w->key, 20, NULL, w->nonce, w->key);
}
static void do_aead_open(void *u)
{
    struct work *w = u;
    if (crypto_aead_chacha20poly1305_ietf_decrypt(w->a, NULL, NULL, w->b, w->n + 16, w->key, 20, w->nonce,
                                                  w->key))
        abort();
}
static void do_hash(void *u)
{
    struct work *w = u;
    crypto_generichash(w->hash, 32, w->a, w->n, NULL, 0);
}
static void do_log_hash(void *u)
{
    struct work *w = u;
    crypto_hash_sha256(w->hash, w->a, 440);
}
static void do_kdf(void *u)
{
    struct work *w = u;
    crypto_kdf_derive_from_key(w->hash, 32, 1, "evxbench", w->key);
}
static void do_curve(void *u)
{
    struct work *w = u;
    crypto_secretbox_easy(w->b, w->a, 1024, w->nonce, w->key);
}

static double append_us(int fd, const uint8_t *p, size_t n)
{
    uint64_t begin = evx_clock_monotonic_ns();
    if (write(fd, p, n) != (ssize_t)n || fdatasync(fd)) return -1;
    return (double)(evx_clock_monotonic_ns() - begin) / 1e3;
}

static void measure_disk(struct bench_ceilings *out, const struct bench_options *o, int fd)
{
    enum { ROUNDS = 1000, BATCHES = 40 };
    size_t batch_bytes = o->batch * (o->item_bytes + 96 + 16);
    uint8_t *bytes = calloc(1, batch_bytes < 4096 ? 4096 : batch_bytes);
    double *us = calloc(ROUNDS, sizeof *us);
    if (bytes && us) {
        for (size_t i = 0; i < ROUNDS; i++)
            us[i] = append_us(fd, bytes, 4096);
        qsort(us, ROUNDS, sizeof *us, bench_compare_double);
        out->fdatasync_p50 = bench_percentile(us, ROUNDS, 0.50);
        out->fdatasync_p99 = bench_percentile(us, ROUNDS, 0.99);
        double sum = 0;
        for (size_t i = 0; i < BATCHES; i++)
            sum += append_us(fd, bytes, batch_bytes);
        out->append_item = sum / BATCHES / (double)o->batch;
    }
    free(bytes);
    free(us);
}

enum evx_status bench_ceilings(struct bench_ceilings *out, const struct bench_options *o, const char *folder)
{
    *out = (struct bench_ceilings){0};
    size_t padded = (o->item_bytes + 255) / 256 * 256;
    struct work w = {.n = padded};
    w.a = calloc(1, padded + 2048);
    w.b = calloc(1, padded + 2048);
    if (!w.a || !w.b) return EVX_E_MEMORY;
    randombytes_buf(w.key, sizeof w.key);
    crypto_sign_keypair(w.pk, w.sk);
    out->sign = cost_us(do_sign, &w);
    out->verify = cost_us(do_verify, &w);
    out->aead_seal = cost_us(do_aead_seal, &w);
    out->aead_open = cost_us(do_aead_open, &w);
    out->content_hash = cost_us(do_hash, &w);
    out->log_hash = cost_us(do_log_hash, &w);
    out->kdf = cost_us(do_kdf, &w);
    out->curve_kib = cost_us(do_curve, &w);
    free(w.a);
    free(w.b);

    char *path = evx_path_join(folder, "ceiling.bin");
    if (!path) return EVX_E_MEMORY;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd >= 0) {
        measure_disk(out, o, fd);
        close(fd);
        unlink(path);
    }
    free(path);
    return fd >= 0 ? EVX_OK : EVX_E_IO;
}

double bench_floor_us(const struct bench_ceilings *c, const struct bench_options *o)
{
    double kib = (double)(o->item_bytes + 16 + 96) / 1024.0;
    double per_batch = c->sign * 2 + c->verify * 3 + c->log_hash * 3;
    return c->aead_seal + c->aead_open + 3 * c->content_hash + 4 * c->kdf + 4 * kib * c->curve_kib +
           3 * c->append_item + per_batch / (double)o->batch;
}
