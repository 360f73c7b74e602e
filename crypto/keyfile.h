// SPDX-License-Identifier: Apache-2.0
//
// Key files "EVXK": one secret, encrypted under a passphrase (argon2id,
// XChaCha20-Poly1305) or, for unattended hosts whose service manager guards
// the file (systemd credentials, 0600), without one. Parameters are stored and
// capped before they are used. docs/protocol.md section "Key files".
//
// A key folder holds: sig.key enc-<epoch>.key trn.key wit.key (and log.key for
// the broker) with the public halves beside them as `keys.pub`, a text file that
// `evx directory add` reads.
#ifndef EVX_CRYPTO_KEYFILE_H
#define EVX_CRYPTO_KEYFILE_H

#include "crypto/directory.h"

// How to ask for a passphrase. Writes at most cap bytes to out (locked memory)
// and its length to *n. NULL callback: only unprotected files open.
struct evx_passphrase {
    enum evx_status (*ask)(void *user, const char *what, char *out, size_t cap, size_t *n);
    void *user;
};

enum evx_keyfile_cost {
    EVX_KEYFILE_PLAIN,
    EVX_KEYFILE_INTERACTIVE,
    EVX_KEYFILE_MODERATE,
    EVX_KEYFILE_SENSITIVE
};

EVX_MUST_CHECK enum evx_status evx_keyfile_save_sign(const char *path, enum evx_key_use use,
                                                     const struct evx_sign_secret *k,
                                                     enum evx_keyfile_cost cost,
                                                     const struct evx_passphrase *ask);
EVX_MUST_CHECK enum evx_status evx_keyfile_save_box(const char *path, enum evx_key_use use,
                                                    const struct evx_box_secret *k,
                                                    enum evx_keyfile_cost cost,
                                                    const struct evx_passphrase *ask);
// KEY_FILE, KEY_PASSPHRASE, KEY_PERMISSIONS (group or others may read), KEY_COST.
EVX_MUST_CHECK enum evx_status evx_keyfile_load_sign(struct evx_sign_secret **out,
                                                     struct evx_sign_public *public_out, const char *path,
                                                     enum evx_key_use use, const struct evx_passphrase *ask);
EVX_MUST_CHECK enum evx_status evx_keyfile_load_box(struct evx_box_secret **out,
                                                    struct evx_box_public *public_out, const char *path,
                                                    enum evx_key_use use, const struct evx_passphrase *ask);
// Parses a key file image; for the fuzzer and the functions above.
EVX_MUST_CHECK enum evx_status evx_keyfile_parse(uint8_t secret[32], enum evx_key_use *use,
                                                 struct evx_bytes file, const struct evx_passphrase *ask);

// --- several keys of one use, in a folder ---
// "sig.key" and "sig-2.key", "enc-1.key" and "enc-2.key": epoch 1 of every use but enc
// has no number.
#define EVX_KEYFILE_NAME   32
#define EVX_KEYFILE_EPOCHS 64
void evx_keyfile_name(char out[EVX_KEYFILE_NAME], enum evx_key_use use, uint32_t epoch);
// The epochs that lie in the folder, ascending; returns their number, at most cap.
size_t evx_keyfile_epochs(uint32_t *epoch, size_t cap, const char *folder, enum evx_key_use use);
// Path of the newest epoch that this directory lists for the organisation, valid now and
// not revoked everywhere; when it lists none, of the oldest that is there. malloc'd; NULL
// without memory.
char *evx_keyfile_current(const char *folder, enum evx_key_use use, const struct evx_directory *d,
                          const char *org, int64_t now_ms);

#endif
