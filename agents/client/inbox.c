// SPDX-License-Identifier: Apache-2.0
//
// Reading the inbox: nothing in the file is believed that the sender's signature, our
// directory and the seal do not say again.
#include "agents/client/inbox.h"

#include <string.h>

#include "agents/client/agent_state.h"
#include "proto/base/log.h"

// The consignment that the walk stands in; its items follow each other.
struct letter {
    bool any;
    uint64_t index;
    enum evx_status state; // of everything in it
    struct evx_buf whole;
    struct evx_consignment consignment;
    struct evx_consignment_key kek;
};

static void letter_close(struct letter *l)
{
    evx_consignment_close(&l->consignment);
    evx_wipe(&l->kek, sizeof l->kek);
    l->any = false;
}

static const struct evx_directory *directory_for(struct evx_agent *a, const Evx__V1__Header *h)
{
    const struct evx_directory *d = evx_agent_directories_at(&a->directories, h->directory_version);
    return d ? d : evx_agent_directory(a);
}

// The header's key, if it is an inspectorate's, the one the row names, and good at its place in the log.
static enum evx_status find_signer(struct evx_agent *a, const struct evx_inbox_row *row,
                                   const Evx__V1__Header *h, const struct evx_dir_key **out)
{
    struct evx_fingerprint f;
    const struct evx_directory *d = directory_for(a, h);
    const struct evx_dir_inspection *i = evx_directory_inspection(evx_agent_directory(a), &a->inspection);
    memcpy(f.b, h->sender.data, sizeof f.b);
    const struct evx_dir_key *key = evx_directory_key(d, &f);
    const struct evx_dir_org *org = key ? evx_directory_org(d, key->org) : NULL;
    if (!i || !key || key->use != EVX_KEY_SIG) return EVX_E_UNKNOWN_KEY;
    if (!org || org->role != EVX_ROLE_INSPECTORATE || strcmp(org->id, row->sender) != 0)
        return EVX_E_IDENTITY;
    if (evx_directory_revoked(evx_agent_directory(a), &f, i->origin, row->index)) return EVX_E_REVOKED;
    *out = key;
    return EVX_OK;
}

static enum evx_status signer_of(struct evx_agent *a, const struct evx_inbox_row *row, struct evx_bytes whole,
                                 const struct evx_dir_key **out)
{
    struct evx_bytes bytes;
    const struct evx_signature *signature;
    Evx__V1__Header *h = NULL;
    enum evx_status s = evx_consignment_peek(&bytes, &signature, whole);
    if (!s) s = evx_header_unpack(&h, bytes);
    if (s) return s;
    bool ours = memcmp(h->inspection.data, a->inspection.b, sizeof a->inspection.b) == 0;
    s = ours ? find_signer(a, row, h, out) : EVX_E_WRONG_INSPECTION;
    evx_header_free(h);
    return s;
}

static enum evx_status open_letter(struct evx_agent *a, struct letter *l, const struct evx_inbox_row *row)
{
    const struct evx_dir_key *key = NULL;
    enum evx_status s = evx_outbox_letter_bytes(a->outbox, row->index, &l->whole);
    if (!s) s = signer_of(a, row, evx_buf_bytes(&l->whole), &key);
    if (!s) s = evx_consignment_open(&l->consignment, evx_buf_bytes(&l->whole), key);
    return s ? s : evx_open_wrap(&l->kek, a->opener, &l->consignment);
}

static enum evx_status open_item(struct evx_buf *plain, const struct letter *l,
                                 const struct evx_inbox_row *row)
{
    struct evx_record record;
    struct evx_bytes ciphertext;
    struct evx_item_key ik;
    if (row->number >= l->consignment.header->item_count) return EVX_E_STORE_DAMAGED;
    evx_consignment_record(&record, &ciphertext, &l->consignment, row->number);
    if (memcmp(record.item_id.b, row->id.b, sizeof row->id.b) != 0) return EVX_E_STORE_DAMAGED;
    evx_item_key_of(&ik, &l->kek, record.number);
    enum evx_status s =
        evx_open_item_checked(plain, &record, ciphertext, l->consignment.header->nonce.data, &ik);
    evx_wipe(&ik, sizeof ik);
    return s;
}

static enum evx_status read_item(Evx__V1__Item **out, const struct letter *l, const struct evx_inbox_row *row)
{
    struct evx_buf plain = {0};
    enum evx_status s = open_item(&plain, l, row);
    if (!s) s = evx_item_unpack(out, evx_buf_bytes(&plain));
    if (!s && (*out)->body_case != row->kind) s = EVX_E_STORE_DAMAGED;
    if (plain.p) evx_wipe(plain.p, plain.cap);
    evx_buf_free(&plain);
    return s;
}

static enum evx_status turn_to(struct evx_agent *a, struct letter *l, const struct evx_inbox_row *row)
{
    if (l->any && l->index == row->index) return l->state;
    letter_close(l);
    l->any = true;
    l->index = row->index;
    l->state = open_letter(a, l, row);
    return l->state;
}

static bool is_local(enum evx_status s)
{
    return s == EVX_E_MEMORY || s == EVX_E_IO || s == EVX_E_DISK_FULL || s == EVX_E_BUG;
}

// *item stays NULL when the row does not verify.
static enum evx_status next_item(struct evx_agent *a, struct letter *l, const struct evx_inbox_row *row,
                                 Evx__V1__Item **item)
{
    enum evx_status s = turn_to(a, l, row);
    if (!s) s = read_item(item, l, row);
    if (!s) return EVX_OK;
    evx_item_free(*item);
    *item = NULL;
    if (is_local(s)) return s;
    evx_log(EVX_LOG_ERROR, "INBOX-DAMAGED", "index=%llu number=%u code=%s", (unsigned long long)row->index,
            row->number, evx_error_info(s)->code);
    return EVX_OK;
}

struct walk {
    struct evx_agent *a;
    evx_inbox_visit visit;
    void *user;
    struct letter letter;
    bool damaged;
};

static enum evx_status show(struct walk *w, const struct evx_inbox_row *row)
{
    Evx__V1__Item *item = NULL;
    enum evx_status s = next_item(w->a, &w->letter, row, &item);
    if (!s && item) s = w->visit(w->user, row, item);
    w->damaged = w->damaged || !item;
    evx_item_free(item);
    return s;
}

static enum evx_status show_all(struct walk *w, uint32_t kind)
{
    struct evx_inbox_row row, before;
    enum evx_status found = evx_outbox_letter_next(w->a->outbox, kind, NULL, &row);
    while (!found) {
        enum evx_status s = show(w, &row);
        if (s) return s;
        before = row;
        found = evx_outbox_letter_next(w->a->outbox, kind, &before, &row);
    }
    return found == EVX_E_NOT_FOUND ? EVX_OK : found;
}

enum evx_status evx_agent_inbox(struct evx_agent *a, uint32_t kind, evx_inbox_visit visit, void *user)
{
    if (!a->opener) return EVX_E_NOT_ALLOWED;
    struct walk w = {.a = a, .visit = visit, .user = user};
    enum evx_status s = show_all(&w, kind);
    letter_close(&w.letter);
    evx_buf_free(&w.letter.whole);
    return !s && w.damaged ? EVX_E_STORE_DAMAGED : s;
}

enum evx_status evx_agent_inbox_any(struct evx_agent *a, uint32_t kind, bool *any)
{
    struct evx_inbox_row row;
    enum evx_status s = evx_outbox_letter_next(a->outbox, kind, NULL, &row);
    *any = !s;
    return s == EVX_E_NOT_FOUND ? EVX_OK : s;
}

enum evx_status evx_agent_inbox_state(struct evx_agent *a, struct evx_inbox_state *out)
{
    return evx_outbox_inbox_state(a->outbox, out);
}

enum evx_status evx_agent_unlock(struct evx_agent *a, const struct evx_agent_config *config,
                                 const struct evx_passphrase *ask, struct evx_buf *explain)
{
    if (a->opener) return EVX_OK;
    enum evx_status s = evx_agent_keys_load_enc(&a->keys, config->keys, ask, explain);
    if (!s) s = evx_opener_new(&a->opener);
    for (size_t i = 0; i < a->keys.enc_n && !s; i++)
        s = evx_opener_add_key(a->opener, a->keys.enc[i].secret, &a->keys.enc[i].public_key);
    return s;
}
