// SPDX-License-Identifier: Apache-2.0
#include "broker/signer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/directory_history.h"

#define ORIGIN "exchange.example/0001"

// A log in memory that the test can spoil.
#define ENTRY EVX_LOG_ENTRY_DIRECTORY_BYTES

struct memory_log {
    uint64_t size;
    uint64_t spoiled; // this entry reads differently; UINT64_MAX: none
    uint64_t unknown; // this one is of no known type
    uint64_t twice;   // this one is handed out under the number of the next; 0: none
};

static enum evx_status memory_size(void *user, uint64_t *size)
{
    *size = ((struct memory_log *)user)->size;
    return EVX_OK;
}

static struct evx_bytes entry_at(const struct memory_log *l, uint64_t i, uint8_t out[ENTRY])
{
    memset(out, 0, ENTRY);
    out[0] = EVX_LOG_ENTRY_DIRECTORY;
    evx_put_be64(out + 9, i + 1);
    out[48] = i == l->spoiled;
    if (i == l->unknown) out[0] = 0x03;
    return evx_bytes(out, ENTRY);
}

static enum evx_status memory_entries(void *user, uint64_t from, uint64_t to, evx_journal_visit visit,
                                      void *visitor)
{
    const struct memory_log *l = user;
    for (uint64_t i = from; i < to; i++) {
        uint8_t e[ENTRY];
        if (i >= l->size) return EVX_E_NOT_FOUND;
        enum evx_status s = visit(visitor, i, entry_at(l, i, e));
        if (!s && l->twice == i + 1) s = visit(visitor, i, entry_at(l, i, e));
        if (s) return s;
    }
    return EVX_OK;
}

static struct evx_digest root_at(uint64_t size)
{
    struct memory_log good = {.size = size, .spoiled = UINT64_MAX, .unknown = UINT64_MAX};
    struct evx_frontier f = {0};
    struct evx_digest leaf, root;
    for (uint64_t i = 0; i < size; i++) {
        uint8_t e[ENTRY];
        evx_log_leaf(&leaf, entry_at(&good, i, e));
        evx_frontier_append(&f, &leaf, NULL, NULL);
    }
    evx_frontier_root(&root, &f);
    return root;
}

struct scene {
    char folder[64], path[100];
    struct memory_log log;
    struct evx_sign_secret *key;
    struct evx_sign_public public_key;
    struct evx_signer *signer;
    struct evx_inspection_id id;
};

static enum evx_status start(struct scene *s)
{
    struct evx_journal_view view = {.size = memory_size, .entries = memory_entries, .user = &s->log};
    struct evx_register reg;
    evx_signer_destroy(&s->signer);
    cr_assert_eq(evx_signer_new(&s->signer, s->key, &s->public_key), EVX_OK);
    enum evx_status status = evx_register_open(&reg, s->path, ORIGIN);
    if (!status) status = evx_signer_add(s->signer, &s->id, ORIGIN, &view, NULL, &reg);
    evx_register_close(&reg);
    return status;
}

static void begin(struct scene *s)
{
    static const uint8_t seed[32] = {5};
    memset(s, 0, sizeof *s);
    s->log = (struct memory_log){.size = 10, .spoiled = UINT64_MAX, .unknown = UINT64_MAX};
    snprintf(s->folder, sizeof s->folder, "/tmp/evx-signer-XXXXXX");
    cr_assert(mkdtemp(s->folder));
    snprintf(s->path, sizeof s->path, "%s/register", s->folder);
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_eq(evx_sign_from_seed(&s->key, &s->public_key, seed), EVX_OK);
    cr_assert_eq(evx_register_create(s->path, ORIGIN), EVX_OK);
    cr_assert_eq(start(s), EVX_OK);
}

static void end(struct scene *s)
{
    evx_signer_destroy(&s->signer);
    evx_sign_secret_destroy(&s->key);
    unlink(s->path);
    rmdir(s->folder);
}

static enum evx_status sign(struct scene *s, uint64_t size, const struct evx_digest *root,
                            struct evx_buf *note)
{
    struct evx_buf unused = {0};
    enum evx_status status = evx_signer_sign(s->signer, note ? note : &unused, &s->id, size, root);
    evx_buf_free(&unused);
    return status;
}

static enum evx_status sign_right(struct scene *s, uint64_t size)
{
    struct evx_digest root = root_at(size);
    return sign(s, size, &root, NULL);
}

Test(signer, signs_what_the_bytes_give_and_the_note_verifies, .timeout = 30)
{
    struct scene s;
    struct evx_buf note = {0}, again = {0};
    struct evx_vkey key;
    struct evx_checkpoint c;
    begin(&s);
    for (uint64_t size = 0; size <= 10; size += 5) {
        struct evx_digest root = root_at(size);
        evx_buf_clear(&note);
        cr_assert_eq(sign(&s, size, &root, &note), EVX_OK);
        cr_assert_eq(evx_vkey_make(&key, ORIGIN, EVX_NOTE_ED25519, &s.public_key), EVX_OK);
        cr_assert_eq(evx_checkpoint_open(&c, evx_buf_bytes(&note), &key), EVX_OK);
        cr_assert(c.size == size && !memcmp(c.root.b, root.b, 32));
    }
    struct evx_digest root = root_at(10);
    cr_assert_eq(sign(&s, 10, &root, &again), EVX_OK);
    cr_assert(evx_bytes_equal(evx_buf_bytes(&note), evx_buf_bytes(&again)));
    evx_buf_free(&note);
    evx_buf_free(&again);
    end(&s);
}

Test(signer, refuses_a_root_that_the_bytes_do_not_give, .timeout = 30)
{
    struct scene s;
    begin(&s);
    struct evx_digest root = root_at(5);
    root.b[0] ^= 1;
    cr_assert_eq(sign(&s, 5, &root, NULL), EVX_E_CONSISTENCY);
    s.log.spoiled = 7;
    cr_assert_eq(sign_right(&s, 5), EVX_OK);
    cr_assert_eq(sign_right(&s, 10), EVX_E_CONSISTENCY);
    s.log.spoiled = UINT64_MAX; // nothing was changed by the refusal
    cr_assert_eq(sign_right(&s, 10), EVX_OK);
    end(&s);
}

Test(signer, refuses_a_reader_that_gives_one_entry_twice, .timeout = 30)
{
    struct scene s;
    begin(&s);
    s.log.twice = 4;
    cr_assert_eq(sign_right(&s, 3), EVX_OK);
    cr_assert_eq(sign_right(&s, 5), EVX_E_LOG_BEHIND);
    end(&s);
}

Test(signer, refuses_more_than_there_is, .timeout = 30)
{
    struct scene s;
    begin(&s);
    cr_assert_eq(sign_right(&s, 11), EVX_E_LOG_BEHIND);
    end(&s);
}

Test(signer, does_not_start_on_a_log_that_is_behind_or_leads_elsewhere, .timeout = 30)
{
    struct scene s;
    begin(&s);
    cr_assert_eq(sign_right(&s, 10), EVX_OK);
    s.log.size = 9;
    cr_assert_eq(start(&s), EVX_E_LOG_BEHIND);
    s.log.size = 12;
    s.log.spoiled = 3;
    cr_assert_eq(start(&s), EVX_E_LOG_BEHIND);
    s.log.spoiled = 11; // above what was signed
    cr_assert_eq(start(&s), EVX_OK);
    cr_assert_eq(sign_right(&s, 12), EVX_E_CONSISTENCY);
    end(&s);
}

Test(signer, an_earlier_size_is_signed_again_only_with_its_own_root, .timeout = 30)
{
    struct scene s;
    begin(&s);
    cr_assert_eq(sign_right(&s, 10), EVX_OK);
    cr_assert_eq(start(&s), EVX_OK);
    cr_assert_eq(sign_right(&s, 6), EVX_OK);
    struct evx_digest other = root_at(7);
    cr_assert_eq(sign(&s, 6, &other, NULL), EVX_E_CONSISTENCY);
    cr_assert_eq(sign_right(&s, 10), EVX_OK);
    end(&s);
}

Test(signer, knows_only_the_logs_it_was_given, .timeout = 30)
{
    struct scene s;
    begin(&s);
    s.id.b[0] ^= 1;
    cr_assert_eq(sign_right(&s, 5), EVX_E_WRONG_INSPECTION);
    end(&s);
}

static void spoil_file(const struct scene *s, off_t at)
{
    uint8_t b;
    int fd = open(s->path, O_RDWR);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pread(fd, &b, 1, at), 1);
    b ^= 1;
    cr_assert_eq(pwrite(fd, &b, 1, at), 1);
    close(fd);
}

Test(signer, a_torn_register_falls_back_to_the_slot_before, .timeout = 30)
{
    struct scene s;
    begin(&s);
    cr_assert_eq(sign_right(&s, 4), EVX_OK); // turn 2: slot 0
    cr_assert_eq(sign_right(&s, 8), EVX_OK); // turn 3: slot 1
    spoil_file(&s, 4096 + 20);
    struct evx_register reg;
    cr_assert_eq(evx_register_open(&reg, s.path, ORIGIN), EVX_OK);
    cr_assert_eq(reg.size, 4);
    evx_register_close(&reg);
    spoil_file(&s, 20);
    cr_assert_eq(evx_register_open(&reg, s.path, ORIGIN), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(signer, a_register_of_another_log_is_refused, .timeout = 30)
{
    struct scene s;
    begin(&s);
    struct evx_register reg;
    cr_assert_eq(evx_register_open(&reg, s.path, ORIGIN "2"), EVX_E_CHECKPOINT);
    cr_assert_eq(evx_register_create(s.path, ORIGIN), EVX_E_FILE_EXISTS);
    end(&s);
}

// Links to the real one except while a test says that the disk fails.
static bool disk_fails;
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
    if (!disk_fails) return __real_fdatasync(fd);
    errno = EIO;
    return -1;
}

Test(signer, signs_nothing_that_its_register_could_not_keep, .timeout = 30)
{
    struct scene s;
    struct evx_buf note = {0};
    struct evx_digest root = root_at(5);
    begin(&s);
    disk_fails = true;
    cr_assert_eq(sign(&s, 5, &root, &note), EVX_E_IO);
    cr_assert_eq(note.n, 0);
    disk_fails = false;
    evx_buf_free(&note);
    end(&s);
}

Test(signer, a_register_of_another_version_is_not_read, .timeout = 30)
{
    struct scene s;
    struct evx_register reg;
    struct evx_digest hash;
    uint8_t slot[120];
    begin(&s);
    int fd = open(s.path, O_RDWR);
    cr_assert_geq(fd, 0);
    cr_assert_eq(pread(fd, slot, sizeof slot, 4096), (ssize_t)sizeof slot);
    slot[7] = 2;
    evx_sha256_2(&hash, "evx/register/v1\n", evx_bytes(slot, 88));
    memcpy(slot + 88, hash.b, 32);
    cr_assert_eq(pwrite(fd, slot, sizeof slot, 4096), (ssize_t)sizeof slot);
    close(fd);
    cr_assert_eq(evx_register_open(&reg, s.path, ORIGIN), EVX_E_STORE_DAMAGED);
    end(&s);
}

Test(signer, refuses_an_entry_of_no_known_type, .timeout = 30)
{
    struct scene s;
    begin(&s);
    s.log.unknown = 6;
    cr_assert_eq(sign_right(&s, 6), EVX_OK);
    cr_assert_eq(sign_right(&s, 7), EVX_E_STORE_DAMAGED);
    s.log.unknown = UINT64_MAX;
    cr_assert_eq(sign_right(&s, 7), EVX_OK);
    end(&s);
}
