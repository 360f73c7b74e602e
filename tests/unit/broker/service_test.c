// SPDX-License-Identifier: Apache-2.0
//
// A whole broker over real sockets: the way through, the way down, and peers
// that mean harm.
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "proto/base/clock.h"
#include "proto/base/file.h"
#include "tests/unit/broker/net_rig.h"

#define POLICE "northam-police"
#define CARE   "inspectorate-care"
#define MIB    (1u << 20)

struct sender {
    struct evx_sealer *sealer;
    struct evx_chain_link link;
    struct evx_buf bytes;
    struct evx_digest id;
};

static void sender_begin(struct sender *s, struct net_broker *b, uint8_t number)
{
    memset(s, 0, sizeof *s);
    struct evx_sign_public public_key;
    memcpy(public_key.b, evx_fixture_key(b->fixture, POLICE, EVX_KEY_SIG)->public_key, 32);
    cr_assert_eq(evx_sealer_new(&s->sealer, evx_fixture_sign(b->fixture, POLICE, EVX_KEY_SIG), &public_key),
                 EVX_OK);
    memset(s->link.stream.b, number, sizeof s->link.stream.b);
    s->link.sequence = 1;
}

static void sender_end(struct sender *s)
{
    evx_sealer_destroy(&s->sealer);
    evx_buf_free(&s->bytes);
}

static void seal_next(struct sender *s, struct net_broker *b, size_t item_bytes)
{
    struct evx_buf content = {0};
    cr_assert_eq(evx_fixture_evidence(&content, (unsigned)s->link.sequence, item_bytes), EVX_OK);
    struct evx_plain_item item = {.content = evx_buf_bytes(&content)};
    const struct evx_dir_key *to =
        evx_directory_key_of(b->directories.newest, CARE, EVX_KEY_ENC, (int64_t)evx_clock_wall_ms());
    struct evx_seal_context context = {.directory = b->directories.newest,
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = &to,
                                       .recipients = 1,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = evx_clock_wall_ms(),
                                       .link = s->link};
    evx_buf_clear(&s->bytes);
    cr_assert_eq(evx_seal(&s->bytes, &s->id, NULL, s->sealer, &context, &item, 1), EVX_OK);
    evx_buf_free(&content);
    s->link.sequence++;
    s->link.previous = s->id;
}

static void submit(struct net_client *c, const struct sender *s)
{
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment = (ProtobufCBinaryData){32, (uint8_t *)s->id.b};
    m.bytes = s->bytes.n;
    f.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    f.submit = &m;
    net_client_send(c, &f, evx_buf_bytes(&s->bytes));
}

static enum evx_status take_receipt(struct net_client *c, struct net_broker *b, const struct sender *s)
{
    Evx__V1__Frame *f = net_client_receive(c, NULL, 20000);
    if (!f || f->body_case != EVX__V1__FRAME__BODY_RECEIPT) {
        evx_frame_free(f);
        return EVX_E_TIMEOUT;
    }
    struct evx_receipt r = {0};
    struct evx_vkey key;
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_bytes header;
    const struct evx_signature *signature;
    cr_assert_eq(evx_directory_log_vkey(&key, b->directories.newest, &id), EVX_OK);
    cr_assert_eq(evx_consignment_peek(&header, &signature, evx_buf_bytes(&s->bytes)), EVX_OK);
    enum evx_status status = evx_receipt_from_frame(&r, f->receipt);
    if (!status) status = evx_receipt_verify(&r, &key, header, signature, NULL);
    evx_receipt_free(&r);
    evx_frame_free(f);
    return status;
}

static void ask_fetch(struct net_client *c)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Fetch m = EVX__V1__FETCH__INIT;
    m.inspection = (ProtobufCBinaryData){16, id.b};
    f.body_case = EVX__V1__FRAME__BODY_FETCH;
    f.fetch = &m;
    net_client_send(c, &f, evx_bytes(NULL, 0));
}

Test(service, a_consignment_goes_in_is_proven_and_comes_out_the_same, .timeout = 120)
{
    struct net_broker b;
    struct sender s;
    struct net_client police, care;
    net_broker_start(&b, 100);
    sender_begin(&s, &b, 1);
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    net_client_open(&care, b.fixture, CARE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000));
    cr_assert(net_client_hello(&care, 10000));
    for (int i = 0; i < 5; i++) {
        seal_next(&s, &b, 150000);
        submit(&police, &s);
        cr_assert_eq(take_receipt(&police, &b, &s), EVX_OK);
    }
    ask_fetch(&care);
    struct evx_buf body = {0};
    for (int i = 0; i < 6; i++) { // the directory, then the five
        evx_buf_clear(&body);
        Evx__V1__Frame *f = net_client_receive(&care, &body, 10000);
        cr_assert(f && f->body_case == EVX__V1__FRAME__BODY_ENTRY);
        cr_assert_eq(f->entry->bytes, body.n);
        evx_frame_free(f);
    }
    cr_assert(evx_bytes_equal(evx_buf_bytes(&body), evx_buf_bytes(&s.bytes)));
    evx_buf_free(&body);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    net_broker_again(&b); // and it opens what it wrote
    net_client_close(&police);
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000));
    submit(&police, &s);
    cr_assert_eq(take_receipt(&police, &b, &s), EVX_OK);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    net_client_close(&police);
    net_client_close(&care);
    sender_end(&s);
    net_broker_free(&b);
}

Test(service, what_was_taken_before_the_stop_is_answered, .timeout = 120)
{
    enum { MANY = 40 };
    struct net_broker b;
    struct sender s;
    struct net_client police;
    net_broker_start(&b, 100);
    sender_begin(&s, &b, 1);
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000));
    for (int i = 0; i < MANY; i++) {
        seal_next(&s, &b, 300);
        submit(&police, &s);
    }
    Evx__V1__Frame *f = net_client_receive(&police, NULL, 10000);
    cr_assert(f && f->body_case == EVX__V1__FRAME__BODY_RECEIPT);
    evx_frame_free(f);
    net_broker_ask_stop(&b);
    uint64_t receipts = 1;
    while ((f = net_client_receive(&police, NULL, 1500))) {
        receipts += f->body_case == EVX__V1__FRAME__BODY_RECEIPT;
        evx_frame_free(f);
    }
    cr_assert_eq(net_broker_join(&b), EVX_OK);
    net_broker_again(&b); // whatever is in the log now had its receipt
    net_client_close(&police);
    net_client_open(&police, b.fixture, CARE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000));
    ask_fetch(&police);
    uint64_t entries = 0;
    while ((f = net_client_receive(&police, NULL, 10000)) && f->body_case == EVX__V1__FRAME__BODY_ENTRY) {
        entries++;
        evx_frame_free(f);
    }
    evx_frame_free(f);
    cr_assert_eq(entries, receipts + 1, "%lu entries, %lu receipts", (unsigned long)entries,
                 (unsigned long)receipts);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    net_client_close(&police);
    sender_end(&s);
    net_broker_free(&b);
}

static void remove_registers(const char *folder)
{
    glob_t found;
    char pattern[192];
    snprintf(pattern, sizeof pattern, "%s/*.register", folder);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "no register in %s", folder);
    for (size_t i = 0; i < found.gl_pathc; i++)
        cr_assert_eq(unlink(found.gl_pathv[i]), 0);
    globfree(&found);
}

// Without its register the signer would sign whatever an old journal holds.
Test(service, a_log_with_entries_is_not_served_without_its_register, .timeout = 120)
{
    struct net_broker b;
    struct net_client police;
    net_broker_start(&b, 100);
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000)); // the directory stands in the log
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    remove_registers(b.signer);
    cr_assert_eq(net_broker_try(&b), EVX_E_LOG_BEHIND);
    net_client_close(&police);
    net_broker_free(&b);
}

// A message of very many parts, which the socket lets go only as a whole: to the
// broker it looks like one that never ends. In a process of its own, so that
// this one's memory is the broker's.
enum { ENDLESS_PARTS = 7000, ENDLESS_PART_BYTES = 60000 };

static void keep(void *data, void *hint) { (void)data, (void)hint; }

static void attack(int endpoint_pipe)
{
    static uint8_t part[ENDLESS_PART_BYTES];
    char endpoint[256] = "";
    struct evx_fixture *f = evx_fixture_new();
    struct net_client c;
    if (!f || read(endpoint_pipe, endpoint, sizeof endpoint) <= 0) _exit(1);
    const uint8_t *server = evx_fixture_key(f, "exchange-broker", EVX_KEY_TRN)->public_key;
    net_client_open(&c, f, "westmoor-health", server, endpoint);
    if (!net_client_hello(&c, 20000)) _exit(1);
    for (int i = 0; i < ENDLESS_PARTS; i++) {
        zmq_msg_t m;
        zmq_msg_init_data(&m, part, sizeof part, keep, NULL);
        zmq_msg_send(&m, c.socket, i + 1 < ENDLESS_PARTS ? ZMQ_SNDMORE : 0);
    }
    pause();
    _exit(0);
}

static pid_t start_attacker(int *endpoint_pipe)
{
    int ends[2];
    cr_assert_eq(pipe(ends), 0);
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) attack(ends[0]);
    close(ends[0]);
    *endpoint_pipe = ends[1];
    return child;
}

static bool metric_is(const struct net_broker *b, const char *line)
{
    struct evx_buf text = {0};
    bool yes = !evx_file_read(&text, b->metrics, MIB) && !evx_buf_append(&text, "", 1) &&
               strstr((char *)text.p, line) != NULL;
    evx_buf_free(&text);
    return yes;
}

Test(service, a_message_without_end_is_cut_off_and_others_are_served, .timeout = 120)
{
    int endpoint_pipe;
    pid_t child = start_attacker(&endpoint_pipe); // before this process has threads
    struct net_broker b;
    struct sender s;
    struct net_client police;
    net_broker_start(&b, 100);
    sender_begin(&s, &b, 1);
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 10000));
    uint64_t before = net_resident_bytes(), most = before;
    cr_assert_eq(write(endpoint_pipe, b.endpoint, sizeof b.endpoint), (ssize_t)sizeof b.endpoint);
    bool cut = false;
    for (int i = 0; i < 300 && !cut; i++) {
        seal_next(&s, &b, 300);
        submit(&police, &s);
        cr_assert_eq(take_receipt(&police, &b, &s), EVX_OK);
        if (net_resident_bytes() > most) most = net_resident_bytes();
        cut = metric_is(&b, "\nevx_broker_connections_cut_total 1\n");
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_assert(cut);
    // Without the gauge it would hold all 400 MiB.
    cr_assert_lt(most - before, 128ull * MIB, "grew by %lu MiB", (unsigned long)((most - before) / MIB));
    close(endpoint_pipe);
    net_client_close(&police);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    sender_end(&s);
    net_broker_free(&b);
}

static int raw_connection(const char *endpoint)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    a.sin_port = htons((uint16_t)strtoul(strrchr(endpoint, ':') + 1, NULL, 10));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a)) {
        close(fd);
        return -1;
    }
    return fd;
}

Test(service, idle_strangers_and_noise_do_not_keep_an_agency_out, .timeout = 120)
{
    enum { STRANGERS = 300 };
    struct net_broker b;
    struct sender s;
    struct net_client police;
    int fd[STRANGERS];
    net_broker_start(&b, 400);
    sender_begin(&s, &b, 1);
    for (int i = 0; i < STRANGERS; i++) {
        fd[i] = raw_connection(b.endpoint);
        if (fd[i] >= 0 && i % 2)
            EVX_IGNORE(send(fd[i], "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL) < 0, "noise");
    }
    net_client_open(&police, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&police, 20000));
    seal_next(&s, &b, 300);
    submit(&police, &s);
    cr_assert_eq(take_receipt(&police, &b, &s), EVX_OK);
    for (int i = 0; i < STRANGERS; i++)
        if (fd[i] >= 0) close(fd[i]);
    net_client_close(&police);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    sender_end(&s);
    net_broker_free(&b);
}

Test(service, over_the_cap_the_newest_connection_is_the_one_to_go, .timeout = 120)
{
    struct net_broker b;
    struct net_client first, second, third;
    net_broker_start(&b, 2);
    net_client_open(&first, b.fixture, POLICE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&first, 10000));
    net_client_open(&second, b.fixture, CARE, b.server_key, b.endpoint);
    cr_assert(net_client_hello(&second, 10000));
    net_client_open(&third, b.fixture, "westmoor-health", b.server_key, b.endpoint);
    cr_assert_not(net_client_hello(&third, 1500));
    cr_assert(net_client_hello(&first, 10000));
    cr_assert(net_client_hello(&second, 10000));
    net_client_close(&second);
    cr_assert(net_client_hello(&third, 15000)); // it keeps trying and gets the free place
    net_client_close(&first);
    net_client_close(&third);
    cr_assert_eq(net_broker_stop(&b), EVX_OK);
    net_broker_free(&b);
}
