// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyfile.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/file.h"

#define FILE_BYTES 104

static char folder[] = "/tmp/evx-keyfile-XXXXXX";
static char path[64];
static struct evx_sign_secret *sign;
static struct evx_sign_public sign_public;
static struct evx_box_secret *box;
static struct evx_box_public box_public;

static void setup(void)
{
    uint8_t seed[32] = {7};
    cr_assert_eq(evx_crypto_init(), EVX_OK);
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.key", folder);
    cr_assert_eq(evx_sign_from_seed(&sign, &sign_public, seed), EVX_OK);
    cr_assert_eq(evx_box_from_seed(&box, &box_public, seed), EVX_OK);
}

static void teardown(void)
{
    evx_sign_secret_destroy(&sign);
    evx_box_secret_destroy(&box);
    unlink(path);
    rmdir(folder);
}

static enum evx_status say(void *user, const char *what, char *out, size_t cap, size_t *n)
{
    (void)what;
    *n = strlen(user);
    cr_assert_leq(*n, cap);
    memcpy(out, user, *n);
    return EVX_OK;
}

static struct evx_passphrase speaker(char *text) { return (struct evx_passphrase){say, text}; }

static enum evx_status load_sig(const struct evx_passphrase *ask)
{
    struct evx_sign_secret *k;
    struct evx_sign_public p;
    enum evx_status s = evx_keyfile_load_sign(&k, &p, path, EVX_KEY_SIG, ask);
    cr_assert_eq(k == NULL, s != EVX_OK);
    if (s == EVX_OK) cr_assert_eq(memcmp(p.b, sign_public.b, 32), 0);
    evx_sign_secret_destroy(&k);
    return s;
}

Test(keyfile, plain_file_comes_back, .init = setup, .fini = teardown, .timeout = 20)
{
    struct stat st;
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    cr_assert_eq(stat(path, &st), 0);
    cr_assert_eq(st.st_mode & 0777, 0600);
    cr_assert_eq(st.st_size, FILE_BYTES);
    cr_assert_eq(load_sig(NULL), EVX_OK);
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_E_FILE_EXISTS);
}

Test(keyfile, passphrase_opens_and_another_does_not, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_passphrase right = speaker("correct horse"), wrong = speaker("correct horsf"),
                          mute = speaker("");
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_INTERACTIVE, &mute),
                 EVX_E_KEY_PASSPHRASE);
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_INTERACTIVE, NULL),
                 EVX_E_KEY_PASSPHRASE);
    cr_assert_not(evx_path_exists(path));
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_INTERACTIVE, &right), EVX_OK);
    cr_assert_eq(load_sig(&right), EVX_OK);
    cr_assert_eq(load_sig(&wrong), EVX_E_KEY_PASSPHRASE);
    cr_assert_eq(load_sig(&mute), EVX_E_KEY_PASSPHRASE);
    cr_assert_eq(load_sig(NULL), EVX_E_KEY_PASSPHRASE);
}

Test(keyfile, secret_is_not_in_a_protected_file, .init = setup, .fini = teardown, .timeout = 60)
{
    struct evx_passphrase right = speaker("correct horse");
    struct evx_buf file = {0};
    uint8_t secret[32] = {7};
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_INTERACTIVE, &right), EVX_OK);
    cr_assert_eq(evx_file_read(&file, path, 4096), EVX_OK);
    cr_assert_null(memmem(file.p, file.n, secret, sizeof secret));
    evx_buf_free(&file);
}

Test(keyfile, use_is_part_of_the_file, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_sign_secret *k;
    struct evx_sign_public p;
    struct evx_box_secret *b;
    struct evx_box_public bp;
    cr_assert_eq(evx_keyfile_save_box(path, EVX_KEY_ENC, box, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    cr_assert_eq(evx_keyfile_load_box(&b, &bp, path, EVX_KEY_TRN, NULL), EVX_E_KEY_FILE);
    cr_assert_eq(evx_keyfile_load_sign(&k, &p, path, EVX_KEY_SIG, NULL), EVX_E_KEY_FILE);
    cr_assert_null(k);
    cr_assert_eq(evx_keyfile_load_box(&b, &bp, path, EVX_KEY_ENC, NULL), EVX_OK);
    cr_assert_eq(memcmp(bp.b, box_public.b, 32), 0);
    evx_box_secret_destroy(&b);
}

Test(keyfile, others_must_not_be_able_to_read_it, .init = setup, .fini = teardown, .timeout = 20)
{
    static const mode_t open_modes[] = {0640, 0620, 0604, 0602, 0610, 0666, 0601};
    static const mode_t closed_modes[] = {0600, 0400, 0700};
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        cr_assert_eq(chmod(path, open_modes[i]), 0);
        cr_assert_eq(load_sig(NULL), EVX_E_KEY_PERMISSIONS, "%o", (unsigned)open_modes[i]);
    }
    for (size_t i = 0; i < sizeof closed_modes / sizeof closed_modes[0]; i++) {
        cr_assert_eq(chmod(path, closed_modes[i]), 0);
        cr_assert_eq(load_sig(NULL), EVX_OK, "%o", (unsigned)closed_modes[i]);
    }
}

Test(keyfile, what_is_not_a_file_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    cr_assert_eq(load_sig(NULL), EVX_E_FILE_UNREADABLE);
    cr_assert_eq(mkfifo(path, 0600), 0);
    cr_assert_eq(load_sig(NULL), EVX_E_KEY_FILE);
}

Test(keyfile, a_longer_file_is_refused, .init = setup, .fini = teardown, .timeout = 20)
{
    struct evx_buf file = {0};
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    cr_assert_eq(load_sig(NULL), EVX_OK);
    cr_assert_eq(evx_file_read(&file, path, 4096), EVX_OK);
    cr_assert_eq(evx_buf_append(&file, "", 1), EVX_OK);
    cr_assert_eq(evx_file_replace(path, evx_buf_bytes(&file), 0600), EVX_OK);
    cr_assert_eq(load_sig(NULL), EVX_E_KEY_FILE);
    evx_buf_free(&file);
}

static void read_image(uint8_t image[FILE_BYTES])
{
    struct evx_buf file = {0};
    cr_assert_eq(evx_file_read(&file, path, 4096), EVX_OK);
    cr_assert_eq(file.n, FILE_BYTES);
    memcpy(image, file.p, FILE_BYTES);
    evx_buf_free(&file);
}

Test(keyfile, every_flipped_bit_and_truncation_of_a_plain_file_is_noticed, .init = setup, .fini = teardown,
     .timeout = 60)
{
    uint8_t image[FILE_BYTES + 1] = {0}, secret[32];
    static const uint8_t zero[32];
    enum evx_key_use use;
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    read_image(image);
    cr_assert_eq(evx_keyfile_parse(secret, &use, evx_bytes(image, FILE_BYTES), NULL), EVX_OK);
    for (size_t bit = 0; bit < FILE_BYTES * 8; bit++) {
        image[bit / 8] ^= (uint8_t)(1u << bit % 8);
        cr_assert_neq(evx_keyfile_parse(secret, &use, evx_bytes(image, FILE_BYTES), NULL), EVX_OK, "bit %zu",
                      bit);
        cr_assert_eq(memcmp(secret, zero, 32), 0);
        image[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t n = 0; n <= FILE_BYTES + 1; n++)
        if (n != FILE_BYTES)
            cr_assert_eq(evx_keyfile_parse(secret, &use, evx_bytes(image, n), NULL), EVX_E_KEY_FILE);
    printf("%d bits flipped, %d lengths\n", FILE_BYTES * 8, FILE_BYTES + 1);
}

// Cost, salt and nonce say something only in a protected file; elsewhere they are zero.
Test(keyfile, plain_file_has_one_form, .init = setup, .fini = teardown, .timeout = 20)
{
    uint8_t image[FILE_BYTES], secret[32];
    enum evx_key_use use;
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_PLAIN, NULL), EVX_OK);
    read_image(image);
    for (size_t at = 8; at < 56; at += 8) {
        image[at] = 1;
        crypto_generichash(image + FILE_BYTES - 16, 16, image, FILE_BYTES - 16, NULL, 0);
        cr_assert_eq(evx_keyfile_parse(secret, &use, evx_bytes(image, FILE_BYTES), NULL), EVX_E_KEY_FILE);
        image[at] = 0;
    }
    crypto_generichash(image + FILE_BYTES - 16, 16, image, FILE_BYTES - 16, NULL, 0);
    cr_assert_eq(evx_keyfile_parse(secret, &use, evx_bytes(image, FILE_BYTES), NULL), EVX_OK);
}

Test(keyfile, protected_file_binds_its_parameters, .init = setup, .fini = teardown, .timeout = 120)
{
    uint8_t image[FILE_BYTES], secret[32];
    enum evx_key_use use;
    struct evx_passphrase right = speaker("correct horse");
    static const struct {
        size_t at;
        uint8_t value;
        enum evx_status status;
    } cases[] = {
        {5, EVX_KEY_LOG, EVX_E_KEY_PASSPHRASE}, // another use
        {5, 0, EVX_E_KEY_FILE},
        {5, 7, EVX_E_KEY_FILE},
        {4, 2, EVX_E_KEY_FILE},
        {6, 0, EVX_E_KEY_FILE},
        {6, 2, EVX_E_KEY_FILE},
        {7, 1, EVX_E_KEY_FILE},
        {8, 1, EVX_E_KEY_COST}, // operations: 16 million and more
        {11, 9, EVX_E_KEY_COST},
        {11, 1, EVX_E_KEY_FILE},
        {12, 1, EVX_E_KEY_COST}, // memory: 16 GiB
        {13, 0x11, EVX_E_KEY_COST},
        {13, 0, EVX_E_KEY_FILE},
        {11, 3, EVX_E_KEY_PASSPHRASE},
        {16, 0, EVX_E_KEY_PASSPHRASE},
        {32, 0, EVX_E_KEY_PASSPHRASE},
        {56, 0, EVX_E_KEY_PASSPHRASE},
        {103, 0, EVX_E_KEY_PASSPHRASE},
    };
    cr_assert_eq(evx_keyfile_save_sign(path, EVX_KEY_SIG, sign, EVX_KEYFILE_INTERACTIVE, &right), EVX_OK);
    read_image(image);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t was = image[cases[i].at];
        image[cases[i].at] = was == cases[i].value ? (uint8_t)(was ^ 1) : cases[i].value;
        cr_assert_eq(evx_keyfile_parse(secret, &use, evx_bytes(image, FILE_BYTES), &right), cases[i].status,
                     "byte %zu", cases[i].at);
        image[cases[i].at] = was;
    }
}
