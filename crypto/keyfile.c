// SPDX-License-Identifier: Apache-2.0
#include "crypto/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "proto/base/file.h"

#define MAGIC            "EVXK"
#define VERSION          1
#define KDF_NONE         0
#define KDF_ARGON2ID     1
#define AT_USE           5
#define AT_KDF           6
#define AT_OPERATIONS    8
#define AT_MEMORY_KIB    12
#define AT_SALT          16
#define AT_NONCE         32
#define AT_SEALED        56
#define FILE_BYTES       (AT_SEALED + 32 + 16)
#define MAX_OPERATIONS   8u
#define MAX_MEMORY_KIB   (1024u * 1024u)
#define PASSPHRASE_BYTES 1024u

_Static_assert(crypto_pwhash_argon2id_SALTBYTES == AT_NONCE - AT_SALT, "salt");
_Static_assert(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == AT_SEALED - AT_NONCE, "nonce");

// Asks for the passphrase and stretches it to a key with the file's parameters.
static enum evx_status stretch(uint8_t key[32], const uint8_t file[FILE_BYTES],
                               const struct evx_passphrase *ask)
{
    size_t n = 0;
    if (!ask || !ask->ask) return EVX_E_KEY_PASSPHRASE;
    char *text = evx_secret_alloc(PASSPHRASE_BYTES);
    if (!text) return EVX_E_MEMORY;
    enum evx_status s = ask->ask(ask->user, "key file", text, PASSPHRASE_BYTES, &n);
    if (s == EVX_OK && (n == 0 || n > PASSPHRASE_BYTES)) s = EVX_E_KEY_PASSPHRASE;
    if (s == EVX_OK &&
        crypto_pwhash_argon2id(key, 32, text, n, file + AT_SALT, evx_get_be32(file + AT_OPERATIONS),
                               (size_t)evx_get_be32(file + AT_MEMORY_KIB) * 1024,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0)
        s = EVX_E_MEMORY;
    evx_secret_free(text);
    return s;
}

// Detects damage of an unprotected file; secrecy is the file's permissions.
static void checksum(uint8_t out[16], const uint8_t *file)
{
    crypto_generichash(out, 16, file, AT_SEALED + 32, NULL, 0);
}

static enum evx_status open_plain(uint8_t secret[32], const uint8_t *file)
{
    static const uint8_t zero[AT_SEALED - AT_OPERATIONS];
    uint8_t expected[16];
    checksum(expected, file);
    if (memcmp(file + AT_OPERATIONS, zero, sizeof zero) != 0) return EVX_E_KEY_FILE;
    if (sodium_memcmp(expected, file + AT_SEALED + 32, sizeof expected) != 0) return EVX_E_KEY_FILE;
    memcpy(secret, file + AT_SEALED, 32);
    return EVX_OK;
}

static enum evx_status open_protected(uint8_t secret[32], const uint8_t *file,
                                      const struct evx_passphrase *ask)
{
    uint32_t operations = evx_get_be32(file + AT_OPERATIONS), memory = evx_get_be32(file + AT_MEMORY_KIB);
    if (operations > MAX_OPERATIONS || memory > MAX_MEMORY_KIB) return EVX_E_KEY_COST;
    if (operations < crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE ||
        memory < crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024)
        return EVX_E_KEY_FILE;
    uint8_t key[32];
    enum evx_status s = stretch(key, file, ask);
    if (s == EVX_OK && crypto_aead_xchacha20poly1305_ietf_decrypt(secret, NULL, NULL, file + AT_SEALED, 48,
                                                                  file, AT_SEALED, file + AT_NONCE, key) != 0)
        s = EVX_E_KEY_PASSPHRASE;
    evx_wipe(key, sizeof key);
    return s;
}

enum evx_status evx_keyfile_parse(uint8_t secret[32], enum evx_key_use *use, struct evx_bytes file,
                                  const struct evx_passphrase *ask)
{
    memset(secret, 0, 32);
    *use = EVX_KEY_SIG;
    if (file.n != FILE_BYTES || memcmp(file.p, MAGIC, 4) != 0 || file.p[4] != VERSION) return EVX_E_KEY_FILE;
    if (file.p[AT_USE] < EVX_KEY_SIG || file.p[AT_USE] > EVX_KEY_ROOT || file.p[AT_KDF + 1] != 0)
        return EVX_E_KEY_FILE;
    enum evx_status s = EVX_E_KEY_FILE;
    if (file.p[AT_KDF] == KDF_NONE) s = open_plain(secret, file.p);
    if (file.p[AT_KDF] == KDF_ARGON2ID) s = open_protected(secret, file.p, ask);
    if (s)
        evx_wipe(secret, 32);
    else
        *use = (enum evx_key_use)file.p[AT_USE];
    return s;
}

static enum evx_status protect(uint8_t file[FILE_BYTES], const uint8_t secret[32], enum evx_keyfile_cost cost,
                               const struct evx_passphrase *ask)
{
    static const struct {
        uint32_t operations, memory;
    } costs[] = {
        [EVX_KEYFILE_INTERACTIVE] = {crypto_pwhash_argon2id_OPSLIMIT_INTERACTIVE,
                                     crypto_pwhash_argon2id_MEMLIMIT_INTERACTIVE / 1024},
        [EVX_KEYFILE_MODERATE] = {crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
                                  crypto_pwhash_argon2id_MEMLIMIT_MODERATE / 1024},
        [EVX_KEYFILE_SENSITIVE] = {crypto_pwhash_argon2id_OPSLIMIT_SENSITIVE,
                                   crypto_pwhash_argon2id_MEMLIMIT_SENSITIVE / 1024},
    };
    uint8_t key[32];
    file[AT_KDF] = KDF_ARGON2ID;
    evx_put_be32(file + AT_OPERATIONS, costs[cost].operations);
    evx_put_be32(file + AT_MEMORY_KIB, costs[cost].memory);
    evx_random(file + AT_SALT, AT_SEALED - AT_SALT);
    enum evx_status s = stretch(key, file, ask);
    if (s == EVX_OK)
        crypto_aead_xchacha20poly1305_ietf_encrypt(file + AT_SEALED, NULL, secret, 32, file, AT_SEALED, NULL,
                                                   file + AT_NONCE, key);
    evx_wipe(key, sizeof key);
    return s;
}

static enum evx_status save(const char *path, enum evx_key_use use, const uint8_t secret[32],
                            enum evx_keyfile_cost cost, const struct evx_passphrase *ask)
{
    uint8_t file[FILE_BYTES] = {'E', 'V', 'X', 'K', VERSION, (uint8_t)use};
    enum evx_status s = EVX_OK;
    if (cost == EVX_KEYFILE_PLAIN) {
        memcpy(file + AT_SEALED, secret, 32);
        checksum(file + AT_SEALED + 32, file);
    } else {
        s = protect(file, secret, cost, ask);
    }
    if (s == EVX_OK) s = evx_file_create(path, evx_bytes(file, sizeof file), 0600);
    evx_wipe(file, sizeof file);
    return s;
}

enum evx_status evx_keyfile_save_sign(const char *path, enum evx_key_use use, const struct evx_sign_secret *k,
                                      enum evx_keyfile_cost cost, const struct evx_passphrase *ask)
{
    return save(path, use, k->b, cost, ask);
}

enum evx_status evx_keyfile_save_box(const char *path, enum evx_key_use use, const struct evx_box_secret *k,
                                     enum evx_keyfile_cost cost, const struct evx_passphrase *ask)
{
    return save(path, use, k->b, cost, ask);
}

// Permissions are those of the file that is then read, not of the name.
static enum evx_status read_guarded(uint8_t file[FILE_BYTES], int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return EVX_E_FILE_UNREADABLE;
    if (!S_ISREG(st.st_mode) || st.st_size != FILE_BYTES) return EVX_E_KEY_FILE;
    if (st.st_mode & 077) return EVX_E_KEY_PERMISSIONS;
    ssize_t n;
    do
        n = read(fd, file, FILE_BYTES);
    while (n < 0 && errno == EINTR);
    return n == FILE_BYTES ? EVX_OK : EVX_E_KEY_FILE;
}

static enum evx_status load(uint8_t secret[32], const char *path, enum evx_key_use use,
                            const struct evx_passphrase *ask)
{
    uint8_t file[FILE_BYTES];
    enum evx_key_use found = use;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return EVX_E_FILE_UNREADABLE;
    enum evx_status s = read_guarded(file, fd);
    close(fd);
    if (s == EVX_OK) s = evx_keyfile_parse(secret, &found, evx_bytes(file, sizeof file), ask);
    if (s == EVX_OK && found != use) s = EVX_E_KEY_FILE;
    evx_wipe(file, sizeof file);
    return s;
}

enum evx_status evx_keyfile_load_sign(struct evx_sign_secret **out, struct evx_sign_public *public_out,
                                      const char *path, enum evx_key_use use,
                                      const struct evx_passphrase *ask)
{
    uint8_t secret[32];
    *out = NULL;
    *public_out = (struct evx_sign_public){{0}};
    enum evx_status s = load(secret, path, use, ask);
    if (s == EVX_OK) s = evx_sign_from_seed(out, public_out, secret);
    evx_wipe(secret, sizeof secret);
    return s;
}

enum evx_status evx_keyfile_load_box(struct evx_box_secret **out, struct evx_box_public *public_out,
                                     const char *path, enum evx_key_use use, const struct evx_passphrase *ask)
{
    uint8_t secret[32];
    *out = NULL;
    *public_out = (struct evx_box_public){{0}};
    enum evx_status s = load(secret, path, use, ask);
    if (s == EVX_OK) s = evx_box_from_seed(out, public_out, secret);
    evx_wipe(secret, sizeof secret);
    return s;
}
