// SPDX-License-Identifier: Apache-2.0
//
// The inside of a policy. For the files of this folder only.
#ifndef EVX_CRYPTO_POLICY_INSIDE_H
#define EVX_CRYPTO_POLICY_INSIDE_H

#include "crypto/policy.h"

#define EVX_POLICY_NONE SIZE_MAX // "quorum none"

// A name that a quorum can be made of: a witness or a group.
struct evx_policy_name {
    bool group;
    char *own;      // a group's name; owned
    bool listed;    // member of a group: it has one place only
    size_t witness; // position, when it is no group
    size_t *member; // positions of names, all of them before this one
    size_t members;
    size_t needed;
};

// A key that signs for a log, up to a size: beyond, it is revoked.
struct evx_policy_log {
    struct evx_vkey key;
    uint64_t limit;
};

struct evx_policy {
    struct evx_policy_log *log;
    size_t logs, logs_cap;
    struct evx_policy_witness *witness;
    size_t witnesses, witnesses_cap;
    struct evx_policy_name *name;
    size_t names, names_cap;
    size_t quorum; // position of a name, or EVX_POLICY_NONE
    // What the directory asks for when its witnesses are too few for a group to say it.
    size_t beyond;
};

EVX_MUST_CHECK enum evx_status evx_policy_new(struct evx_policy **out);
// Each refuses a name, or a key of its kind, that is there already: POLICY.
// TOO_LARGE beyond limits.h.
EVX_MUST_CHECK enum evx_status evx_policy_add_log(struct evx_policy *p, const struct evx_vkey *log,
                                                  uint64_t limit);
EVX_MUST_CHECK enum evx_status evx_policy_add_witness(struct evx_policy *p,
                                                      const struct evx_policy_witness *w);
// Copies `member`; marks each as listed, POLICY if one is already.
EVX_MUST_CHECK enum evx_status evx_policy_add_group(struct evx_policy *p, struct evx_bytes name,
                                                    const size_t *member, size_t members, size_t needed);
// Position of a name, SIZE_MAX if there is none.
size_t evx_policy_find(const struct evx_policy *p, struct evx_bytes name);

#endif
