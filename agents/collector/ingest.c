// SPDX-License-Identifier: Apache-2.0
#include "agents/collector/ingest_parts.h"

#include <stdlib.h>
#include <string.h>

enum evx_status evx_intake_new(struct evx_intake **out, const struct evx_intake_world *world, uint64_t next)
{
    *out = NULL;
    struct evx_intake *in = calloc(1, sizeof *in);
    if (!in) return EVX_E_MEMORY;
    in->world = *world;
    in->next = next;
    *out = in;
    return EVX_OK;
}

void evx_intake_destroy(struct evx_intake **intake)
{
    if (!intake || !*intake) return;
    struct evx_intake *in = *intake;
    free(in->stream);
    evx_idmap_free(&in->stream_of);
    free(in->note);
    if (in->plain.p) evx_wipe(in->plain.p, in->plain.cap);
    evx_buf_free(&in->plain);
    free(in);
    *intake = NULL;
}

uint64_t evx_intake_next(const struct evx_intake *in) { return in->next; }

enum evx_status evx_intake_note(struct evx_intake *in, const struct evx_store_note *note)
{
    if (in->notes == in->note_cap) {
        size_t cap = in->note_cap ? in->note_cap * 2 : 16;
        struct evx_store_note *more = realloc(in->note, cap * sizeof *more);
        if (!more) return EVX_E_MEMORY;
        in->note = more;
        in->note_cap = cap;
    }
    in->note[in->notes++] = *note;
    return EVX_OK;
}

// The header as the log has it; a body under another header or signature is no body
// of this entry. *owned must be freed by the caller.
static enum evx_status read_header(struct evx_intake_step *step, Evx__V1__Header **owned)
{
    const struct evx_fetched *f = step->fetched;
    struct evx_bytes header_bytes;
    const struct evx_signature *signature;
    enum evx_status s = evx_log_entry_parse(&step->c->received_ms, &header_bytes, &signature, f->log_entry);
    if (s) {
        evx_sha256(&step->c->id, f->log_entry);
        return s;
    }
    evx_consignment_id(&step->c->id, header_bytes);
    if (f->consignment && evx_bytes_equal(f->consignment->header_bytes, header_bytes) &&
        memcmp(f->consignment->signature, signature, sizeof *signature) == 0) {
        step->header = f->consignment->header;
        return EVX_OK;
    }
    s = evx_header_unpack(owned, header_bytes);
    step->header = *owned;
    return s || !f->consignment ? s : EVX_E_STRUCTURE;
}

static enum evx_status check_sender(const struct evx_intake *in, const struct evx_intake_step *step)
{
    const struct evx_fetched *f = step->fetched;
    if (!f->key || !f->sender || !step->sender) return EVX_E_UNKNOWN_KEY;
    if (strcmp(f->key->org, f->sender) != 0 || f->key->use != EVX_KEY_SIG) return EVX_E_IDENTITY;
    if (memcmp(f->key->fingerprint.b, step->header->sender.data, 32) != 0) return EVX_E_IDENTITY;
    if (memcmp(in->world.inspection.b, step->header->inspection.data, 16) != 0) return EVX_E_WRONG_INSPECTION;
    return EVX_OK;
}

static bool names_us(const struct evx_intake *in, const struct evx_intake_step *step)
{
    for (size_t i = 0; i < step->header->n_recipient; i++) {
        struct evx_fingerprint f;
        memcpy(f.b, step->header->recipient[i].data, sizeof f.b);
        const struct evx_dir_key *key = evx_directory_key(step->directory, &f);
        if (key && strcmp(key->org, in->world.organisation) == 0) return true;
    }
    return false;
}

// The broker serves us our own consignments too; those to others are theirs to open.
static bool addressed_to_us(const struct evx_intake *in, const struct evx_intake_step *step)
{
    if (step->header && names_us(in, step)) return true;
    const char *sender = step->fetched->sender;
    bool own = sender && strcmp(sender, in->world.organisation) == 0;
    return step->fetched->body.n && !own;
}

static void fill_identity(struct evx_store_consignment *c, const struct evx_intake_step *step)
{
    const struct evx_fetched *f = step->fetched;
    c->index = f->index;
    c->log_entry = f->log_entry;
    if (f->sender) memcpy(c->sender, f->sender, strnlen(f->sender, sizeof c->sender - 1));
    if (!step->header) return;
    memcpy(c->stream.b, step->header->stream.data, sizeof c->stream.b);
    c->sequence = step->header->sequence;
    c->claimed = step->header->item_count;
}

// Those whose key proved that they sent it. An answer to anybody else would let a
// forger settle the fate of a consignment that the true sender still holds.
static bool proven(enum evx_status code)
{
    return code != EVX_E_MALFORMED && code != EVX_E_VERSION && code != EVX_E_SIGNATURE &&
           code != EVX_E_IDENTITY && code != EVX_E_UNKNOWN_KEY;
}

// Agencies wait for an answer; inspectorates do not answer each other.
static bool owes_answer(const struct evx_intake_step *step)
{
    const struct evx_store_consignment *c = step->c;
    if (!c->addressed || !c->body.n || !step->sender || !proven(c->code)) return false;
    return step->sender->role != EVX_ROLE_INSPECTORATE;
}

static enum evx_status note_absent(struct evx_intake *in, const struct evx_store_consignment *c)
{
    struct evx_store_note note = {.index = c->index,
                                  .number = EVX_STORE_NO_ITEM,
                                  .code = EVX_E_NOT_FOUND,
                                  .stream = c->stream,
                                  .said = c->sequence,
                                  .text = "addressed to us, but the broker served no content"};
    return evx_intake_note(in, &note);
}

// A copy brings nothing but itself.
static void reduce_to_copy(struct evx_store_consignment *c)
{
    c->addressed = false;
    c->claimed = 0;
    c->body = (struct evx_bytes){0};
}

// Once every item has its own key at rest, the wraps would only bring back what is erased
// later. They stay with what was refused: there they are the proof of why.
static void leave_wraps(const struct evx_intake *in, const struct evx_intake_step *step)
{
    struct evx_store_consignment *c = step->c;
    const struct evx_consignment *opened = step->fetched->consignment;
    bool all = c->code == EVX_OK;
    for (size_t i = 0; all && i < in->items; i++)
        all = in->item[i].code == EVX_OK;
    if (!all) return;
    c->wraps_at = (uint32_t)(opened->wraps.p - opened->whole.p);
    c->wraps_n = (uint32_t)opened->wraps.n;
}

static enum evx_status judge(struct evx_intake *in, struct evx_intake_step *step,
                             struct evx_intake_result *out)
{
    struct evx_store_consignment *c = step->c;
    if (!c->code) c->code = step->fetched->fault;
    if (!c->code) c->code = check_sender(in, step);
    c->addressed = addressed_to_us(in, step);
    if (c->addressed) c->body = step->fetched->body;
    enum evx_status s = proven(c->code) && step->header ? evx_intake_chain(in, step, out) : EVX_OK;
    if (s) return s;
    if (c->code == EVX_E_DUPLICATE) reduce_to_copy(c);
    if (c->addressed && !c->body.n) {
        if (!c->code) c->code = EVX_E_NOT_FOUND;
        return note_absent(in, c);
    }
    bool whole = step->fetched->consignment && step->header == step->fetched->consignment->header;
    if (c->body.n && whole && c->code != EVX_E_STRUCTURE) {
        c->vouched = (uint32_t)step->fetched->consignment->ciphertexts.n;
        s = evx_intake_items(in, step);
        if (!s) leave_wraps(in, step);
    }
    evx_intake_tally_close(in, step, out);
    c->owed = owes_answer(step);
    return s;
}

// A directory that the log adopts is a row without a sender; one that is not ours, or not
// newer, is remarked: either the broker or a keeper of the directory has two tongues.
static enum evx_status take_adoption(struct evx_intake *in, struct evx_store_consignment *c,
                                     const struct evx_fetched *f)
{
    c->index = f->index;
    c->received_ms = f->adopted->received_ms;
    c->sequence = f->adopted->version;
    c->log_entry = f->log_entry;
    c->code = f->fault;
    evx_sha256(&c->id, f->log_entry);
    if (!f->fault) return EVX_OK;
    struct evx_store_note note = {.index = f->index,
                                  .number = EVX_STORE_NO_ITEM,
                                  .code = f->fault,
                                  .said = f->adopted->version,
                                  .text = "the log adopts a directory that is not the verified one"};
    return evx_intake_note(in, &note);
}

static void begin_step(struct evx_intake *in)
{
    in->items = in->notes = in->parts = 0;
    in->roots = 0;
    in->beats = false;
}

enum evx_status evx_intake_take(struct evx_intake *in, const struct evx_directory *directory,
                                const struct evx_fetched *f, struct evx_intake_result *out)
{
    *out = (struct evx_intake_result){0};
    out->known = f->index < in->next;
    if (out->known) return EVX_OK;
    if (f->index > in->next) return EVX_E_PROTOCOL;
    begin_step(in);
    if (f->adopted) {
        enum evx_status taken = take_adoption(in, &out->consignment, f);
        out->note = in->note;
        out->notes = in->notes;
        if (!taken) in->next = f->index + 1;
        return taken;
    }
    Evx__V1__Header *owned = NULL;
    struct evx_intake_step step = {.directory = directory, .fetched = f, .c = &out->consignment};
    step.sender = f->sender ? evx_directory_org(directory, f->sender) : NULL;
    out->consignment.code = read_header(&step, &owned);
    fill_identity(&out->consignment, &step);
    enum evx_status s =
        evx_intake_trouble(out->consignment.code) ? out->consignment.code : judge(in, &step, out);
    out->item = in->item;
    out->items = in->items;
    out->note = in->note;
    out->notes = in->notes;
    out->part = in->part;
    out->parts = in->parts;
    out->statement = in->roots ? &in->statement : NULL;
    out->beat = in->beats ? &in->beat : NULL;
    evx_header_free(owned);
    if (!s) in->next = f->index + 1;
    return s;
}
