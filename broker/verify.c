// SPDX-License-Identifier: Apache-2.0
#include "broker/verify.h"

#include <stdlib.h>
#include <string.h>

// Steps over "tag varint" when the next field has that tag.
static bool skip_varint_field(struct evx_bytes *b, uint8_t tag)
{
    if (!b->n || b->p[0] != tag) return true;
    for (size_t i = 1; i < b->n && i <= 5; i++) {
        if (b->p[i] & 0x80) continue;
        b->p += i + 1;
        b->n -= i + 1;
        return true;
    }
    return false;
}

bool evx_verify_claimed_key(struct evx_fingerprint *out, struct evx_bytes header)
{
    enum { VERSION = 0x08, SUITE = 0x10, SENDER = 0x1a };
    memset(out, 0, sizeof *out);
    if (!skip_varint_field(&header, VERSION) || !skip_varint_field(&header, SUITE)) return false;
    if (header.n < 2 + sizeof out->b || header.p[0] != SENDER || header.p[1] != sizeof out->b) return false;
    memcpy(out->b, header.p + 2, sizeof out->b);
    return true;
}

static enum evx_status choose_key(struct evx_verify_job *job)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    enum evx_status s = evx_consignment_peek(&header, &signature, evx_buf_bytes(&job->body));
    if (s) return s;
    struct evx_fingerprint claimed;
    if (!evx_verify_claimed_key(&claimed, header)) return EVX_E_MALFORMED;
    const struct evx_dir_key *key = evx_directory_key(job->directory, &claimed);
    if (!key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    if (strcmp(key->org, job->org)) return EVX_E_IDENTITY;
    job->key = key;
    return EVX_OK;
}

static enum evx_status check(struct evx_verify_job *job)
{
    enum evx_status s = choose_key(job);
    if (!s) s = evx_consignment_open(&job->consignment, evx_buf_bytes(&job->body), job->key);
    if (s) return s;
    bool as_named = !memcmp(job->consignment.id.b, job->named.b, sizeof job->named.b);
    return as_named ? EVX_OK : EVX_E_MALFORMED;
}

void evx_verify_run(struct evx_verify_job *job) { job->status = check(job); }

void evx_verify_job_destroy(struct evx_verify_job **job)
{
    if (!job || !*job) return;
    evx_consignment_close(&(*job)->consignment);
    evx_directory_destroy(&(*job)->directory);
    evx_buf_free(&(*job)->body);
    free(*job);
    *job = NULL;
}
