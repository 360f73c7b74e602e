// SPDX-License-Identifier: Apache-2.0
//
// Many connected agents that do nothing: each its own organisation and key, all
// in one process, greeted by the broker and then silent.
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include "crypto/directory.h"
#include "crypto/keyfile.h"
#include "proto/base/file.h"
#include "proto/msg/codec.h"
#include "tests/bench/bench.h"

static enum evx_status load_directory(struct evx_directory **d, const char *folder)
{
    struct evx_buf note = {0};
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/directory.note", folder);
    enum evx_status s = evx_file_read(&note, path, EVX_LIMIT_NOTE_BYTES);
    if (!s) s = evx_directory_load(d, evx_buf_bytes(&note), NULL, NULL, NULL);
    evx_buf_free(&note);
    return s;
}

static enum evx_status greet(void *socket)
{
    struct evx_buf packed = {0};
    Evx__V1__Hello hello;
    Evx__V1__Frame frame;
    evx__v1__hello__init(&hello);
    evx__v1__frame__init(&frame);
    hello.version = 1;
    hello.directory_version = 1;
    hello.program = (char *)"evx-bench";
    frame.body_case = EVX__V1__FRAME__BODY_HELLO;
    frame.hello = &hello;
    enum evx_status s = evx_frame_pack(&packed, &frame);
    if (!s && zmq_send(socket, packed.p, packed.n, 0) < 0) s = EVX_E_UNREACHABLE;
    evx_buf_free(&packed);
    char answer[4096];
    if (!s && zmq_recv(socket, answer, sizeof answer, 0) < 0) s = EVX_E_TIMEOUT;
    return s;
}

static enum evx_status connect_one(void *context, const struct evx_directory *d, const char *folder, size_t i,
                                   const char *endpoint)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/keys/bench-crowd-%zu/trn.key", folder, i);
    struct evx_box_secret *secret = NULL;
    struct evx_box_public public_key;
    uint8_t raw[32];
    enum evx_status s = evx_keyfile_load_box(&secret, &public_key, path, EVX_KEY_TRN, NULL);
    if (s) return s;
    evx_box_secret_export(raw, secret);
    evx_box_secret_destroy(&secret);
    const struct evx_dir_key *server = NULL;
    for (size_t k = 0; !server && k < evx_directory_keys(d); k++) {
        const struct evx_dir_key *key = evx_directory_key_at(d, k);
        if (key->use == EVX_KEY_TRN && !strcmp(key->org, "bench-broker")) server = key;
    }
    void *socket = zmq_socket(context, ZMQ_DEALER);
    int limit = 15000, zero = 0;
    if (!socket || !server) return EVX_E_MEMORY;
    zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof zero);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &limit, sizeof limit);
    zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server->public_key, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, public_key.b, 32);
    zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, raw, 32);
    evx_wipe(raw, sizeof raw);
    if (zmq_connect(socket, endpoint)) return EVX_E_UNREACHABLE;
    return greet(socket);
}

// argv: FOLDER COUNT ENDPOINT; writes one byte to stdout when all are greeted,
// then sleeps until it is ended.
int bench_crowd_main(int argc, char **argv)
{
    if (argc != 3) return 64;
    struct evx_directory *d = NULL;
    enum evx_status s = evx_crypto_init();
    if (!s) s = load_directory(&d, argv[0]);
    void *context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 2048);
    size_t n = strtoul(argv[1], NULL, 10);
    for (size_t i = 0; !s && i < n; i++)
        s = connect_one(context, d, argv[0], i, argv[2]);
    if (s) {
        fprintf(stderr, "evx-bench crowd: %s %s\n", evx_error_info(s)->code, evx_error_info(s)->what);
        return evx_status_exit_code(s);
    }
    if (write(1, "+", 1) != 1) return 74;
    for (;;)
        pause();
}

enum evx_status bench_crowd_start(struct bench_fleet *f, const struct bench_options *o)
{
    int pipe_fd[2];
    if (pipe(pipe_fd)) return EVX_E_IO;
    char count[32], endpoint[64];
    snprintf(count, sizeof count, "%zu", o->crowd);
    snprintf(endpoint, sizeof endpoint, "tcp://127.0.0.1:%u", f->port);
    f->crowd = fork();
    if (f->crowd == 0) {
        dup2(pipe_fd[1], 1);
        execl("/proc/self/exe", "evx-bench", "crowd", f->folder, count, endpoint, (char *)NULL);
        _exit(127);
    }
    close(pipe_fd[1]);
    char sign = 0;
    ssize_t n = read(pipe_fd[0], &sign, 1);
    close(pipe_fd[0]);
    return n == 1 && sign == '+' ? EVX_OK : EVX_E_UNREACHABLE;
}
