// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/client/broker_double.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static struct evx_inspection_id inspection;

// --- the port ---

static enum evx_status port_send(void *user, struct evx_bytes frame, struct evx_parcel *body)
{
    struct broker_double *b = user;
    cr_assert(b->sent_n < DOUBLE_SENT);
    struct sent *s = &b->sent[b->sent_n++];
    *s = (struct sent){0};
    cr_assert_eq(evx_frame_unpack(&s->frame, frame), EVX_OK);
    if (body) s->body = body->id;
    return EVX_OK;
}

static uint32_t port_random(void *user)
{
    (void)user;
    return 0;
}

static enum evx_status port_accepted(void *user, const struct evx_parcel *p, const struct evx_receipt *r,
                                     struct evx_bytes log_entry)
{
    (void)p;
    (void)r;
    (void)log_entry;
    ((struct broker_double *)user)->accepted++;
    return EVX_OK;
}

static enum evx_status port_refused(void *user, const struct evx_parcel *p, enum evx_status code, bool final)
{
    struct broker_double *b = user;
    (void)p;
    b->refused++;
    b->refused_final += final;
    b->refused_code = code;
    return EVX_OK;
}

static enum evx_status port_renew(void *user, const struct evx_stream_id *old, const struct evx_digest *known)
{
    struct broker_double *b = user;
    (void)old;
    b->renewed++;
    b->renew_known = known != NULL;
    b->stream = (struct evx_outbox_stream){.id = {{0xee, (uint8_t)b->renewed}}, .reset = true};
    evx_courier_set_stream(b->courier, &b->stream);
    return EVX_OK;
}

static enum evx_status port_directory(void *user, const struct evx_directory *d)
{
    struct broker_double *b = user;
    b->directories++;
    b->directory_version = evx_directory_version(d);
    return EVX_OK;
}

static enum evx_status port_seen(void *user, struct evx_bytes note)
{
    struct broker_double *b = user;
    struct evx_vkey log;
    struct evx_checkpoint c;
    cr_assert_eq(evx_directory_log_vkey(&log, evx_fixture_directory(b->fixture), &inspection), EVX_OK);
    cr_assert_eq(evx_checkpoint_open(&c, note, &log), EVX_OK);
    b->seen++;
    b->seen_size = c.size - DOUBLE_FIRST;
    return EVX_OK;
}

static enum evx_status port_forked(void *user, const struct evx_fork *f)
{
    cr_assert(f->first.n > 0 && f->second.n > 0);
    ((struct broker_double *)user)->forked++;
    return EVX_OK;
}

static enum evx_status port_verdict(void *user, const struct evx_outbox_verdict *v)
{
    struct broker_double *b = user;
    b->verdicts++;
    b->verdict = *v;
    return b->verdict_answer;
}

static enum evx_status port_cursor(void *user, uint64_t next_index)
{
    struct broker_double *b = user;
    b->cursors++;
    b->cursor = next_index ? next_index - DOUBLE_FIRST : 0;
    return EVX_OK;
}

static enum evx_status port_letter(void *user, const struct evx_inbox_letter *l)
{
    struct broker_double *b = user;
    cr_assert(l->items <= 8);
    b->letters++;
    b->letter_items = (unsigned)l->items;
    for (size_t i = 0; i < l->items; i++)
        b->letter_item[i] = l->item[i];
    if (!b->inbox) return EVX_OK;
    cr_assert_eq(evx_outbox_begin(b->inbox), EVX_OK);
    struct evx_inbox_letter counted = *l;
    counted.index -= DOUBLE_FIRST;
    cr_assert_eq(evx_outbox_letter(b->inbox, &counted), EVX_OK);
    return evx_outbox_commit(b->inbox);
}

static enum evx_status port_adopted(void *user, uint64_t index, const struct evx_log_directory *e)
{
    struct broker_double *b = user;
    b->adopted++;
    b->adopted_index = index - DOUBLE_FIRST;
    b->adopted_version = e->version;
    return EVX_OK;
}

static enum evx_status port_id_at(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                  struct evx_digest *id)
{
    struct broker_double *b = user;
    (void)stream;
    if (sequence == 0 || sequence > b->stream.sequence) return EVX_E_NOT_FOUND;
    *id = b->id[sequence];
    return EVX_OK;
}

static void copy_parcel(struct evx_parcel **out, struct broker_double *b, uint64_t sequence)
{
    struct evx_buf copy = {0};
    cr_assert_eq(evx_buf_append(&copy, b->whole[sequence].p, b->whole[sequence].n), EVX_OK);
    cr_assert_eq(evx_parcel_new(out, &copy, sequence, &b->stream.id, sequence), EVX_OK);
}

static enum evx_status port_parcel_at(void *user, const struct evx_stream_id *stream, uint64_t sequence,
                                      struct evx_parcel **out)
{
    struct broker_double *b = user;
    (void)stream;
    *out = NULL;
    if (b->whole[sequence].n == 0) return EVX_E_NOT_FOUND;
    copy_parcel(out, b, sequence);
    return EVX_OK;
}

static const struct evx_directory *port_directory_at(void *user, uint64_t version)
{
    struct broker_double *b = user;
    const struct evx_directory *d = b->begun_with ? b->begun_with : evx_fixture_directory(b->fixture);
    return version == evx_directory_version(d) ? d : NULL;
}

static enum evx_status port_entry(void *user, const struct evx_fetched *f)
{
    struct broker_double *b = user;
    b->entry = *f;
    if (f->adopted) {
        b->adoptions++;
        return EVX_OK;
    }
    b->entries++;
    b->entry_had_body = f->consignment != NULL && f->body.n > 0;
    return EVX_OK;
}

static enum evx_status port_checkpoint(void *user, const struct evx_checkpoint *c, struct evx_bytes note)
{
    (void)c;
    (void)note;
    ((struct broker_double *)user)->checkpoints++;
    return EVX_OK;
}

// --- opening ---

static enum evx_status port_equivocation(void *user, uint64_t number, struct evx_bytes first,
                                         struct evx_bytes second)
{
    cr_assert(number && first.n && second.n);
    ((struct broker_double *)user)->equivocations++;
    return EVX_OK;
}

bool double_takes_equivocations;

static struct evx_courier_port ports(struct broker_double *b)
{
    return (struct evx_courier_port){
        .user = b,
        .send = port_send,
        .random = port_random,
        .accepted = port_accepted,
        .refused = port_refused,
        .renew = port_renew,
        .directory = port_directory,
        .seen = port_seen,
        .forked = port_forked,
        .verdict = port_verdict,
        .cursor = port_cursor,
        .adopted = port_adopted,
        .letter = port_letter,
        .id_at = port_id_at,
        .parcel_at = port_parcel_at,
        .directory_at = port_directory_at,
        .entry = port_entry,
        .checkpoint = port_checkpoint,
        .equivocation = double_takes_equivocations ? port_equivocation : NULL,
    };
}

void (*double_adjust)(struct broker_double *b, struct evx_courier_setup *setup);

static void start_courier(struct broker_double *b, const char *org)
{
    struct evx_courier_setup setup = {
        .inspection = inspection,
        .organisation = org,
        .program = "test",
        .directory =
            (struct evx_directory *)(b->begun_with ? b->begun_with : evx_fixture_directory(b->fixture)),
        .opener = b->opener,
        .own = b->own,
        .own_n = 1,
        .port = ports(b)};
    if (double_adjust) double_adjust(b, &setup);
    cr_assert_eq(evx_courier_new(&b->courier, &setup), EVX_OK);
    evx_courier_set_stream(b->courier, &b->stream);
    cr_assert_eq(evx_courier_connected(b->courier, b->now), EVX_OK);
}

void double_restart(struct broker_double *b, const char *org)
{
    evx_courier_destroy(&b->courier);
    double_forget(b);
    start_courier(b, org);
}

void double_open(struct broker_double *b, const char *org)
{
    *b = (struct broker_double){.now = EVX_FIXTURE_NOW_MS, .stream = {.id = {{1, 2, 3}}}};
    inspection = evx_fixture_inspection();
    b->sealed_for = inspection;
    b->fixture = evx_fixture_new();
    cr_assert(b->fixture);
    cr_assert_eq(evx_fixture_opener(&b->opener, b->fixture, org), EVX_OK);
    b->own[0] = evx_fixture_key(b->fixture, org, EVX_KEY_ENC)->fingerprint;
    start_courier(b, org);
    double_log_directory(b, evx_fixture_directory(b->fixture));
}

void double_greet(struct broker_double *b, uint64_t credit_bytes, uint64_t directory_version)
{
    Evx__V1__Welcome m = EVX__V1__WELCOME__INIT;
    m.version = 1;
    m.credit_bytes = credit_bytes;
    m.directory_version = directory_version;
    m.now_ms = b->now;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_WELCOME;
    f.welcome = &m;
    cr_assert_eq(double_send(b, &f, evx_bytes(NULL, 0)), EVX_OK);
}

void double_forget(struct broker_double *b)
{
    for (size_t i = 0; i < b->sent_n; i++)
        evx_frame_free(b->sent[i].frame);
    b->sent_n = 0;
}

void double_close(struct broker_double *b)
{
    double_forget(b);
    evx_courier_destroy(&b->courier);
    evx_opener_destroy(&b->opener);
    for (size_t i = 0; i < DOUBLE_LOG; i++) {
        evx_buf_free(&b->log.entry[i]);
        evx_buf_free(&b->log.body[i]);
        evx_buf_free(&b->whole[i]);
    }
    evx_fixture_free(b->fixture);
}

// --- consignments and the log ---

void double_offer(struct broker_double *b, size_t items)
{
    uint64_t sequence = b->stream.sequence + 1;
    struct evx_chain_link link = {.stream = b->stream.id, .sequence = sequence, .previous = b->stream.last};
    cr_assert(sequence < DOUBLE_LOG);
    cr_assert_eq(evx_fixture_consignment(&b->whole[sequence], &b->id[sequence], b->fixture, DOUBLE_POLICE,
                                         &link, items, 300),
                 EVX_OK);
    b->stream.sequence = sequence;
    b->stream.last = b->id[sequence];
    evx_courier_set_stream(b->courier, &b->stream);
    struct evx_parcel *p = NULL;
    copy_parcel(&p, b, sequence);
    cr_assert_eq(evx_courier_offer(b->courier, &p), EVX_OK);
}

static void keep_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    ((struct double_log *)user)->node[height][number] = *hash;
}

static enum evx_status read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    *out = ((struct double_log *)user)->node[height][number];
    return EVX_OK;
}

static uint64_t grow_tree(struct broker_double *b)
{
    struct evx_digest leaf;
    uint64_t index = b->log.frontier.size;
    evx_log_leaf(&leaf, evx_buf_bytes(&b->log.entry[index]));
    evx_frontier_append(&b->log.frontier, &leaf, keep_node, &b->log);
    evx_frontier_root(&b->log.root[index + 1], &b->log.frontier);
    return index - DOUBLE_FIRST;
}

uint64_t double_log_adoption(struct broker_double *b, uint64_t version, const struct evx_digest *hash)
{
    uint64_t index = b->log.frontier.size;
    cr_assert(index < DOUBLE_LOG);
    b->log.received_ms[index] = b->now + index;
    struct evx_log_directory e = {b->log.received_ms[index], version, *hash};
    cr_assert_eq(evx_log_directory(&b->log.entry[index], &e), EVX_OK);
    return grow_tree(b);
}

uint64_t double_log_directory(struct broker_double *b, const struct evx_directory *d)
{
    return double_log_adoption(b, evx_directory_version(d), evx_directory_hash(d));
}

uint64_t double_log_bytes(struct broker_double *b, struct evx_bytes whole)
{
    struct evx_bytes header;
    const struct evx_signature *signature;
    uint64_t index = b->log.frontier.size;
    cr_assert(index < DOUBLE_LOG);
    b->log.received_ms[index] = b->now + index;
    cr_assert_eq(evx_consignment_peek(&header, &signature, whole), EVX_OK);
    cr_assert_eq(evx_log_entry(&b->log.entry[index], b->log.received_ms[index], header, signature), EVX_OK);
    cr_assert_eq(evx_buf_append(&b->log.body[index], whole.p, whole.n), EVX_OK);
    return grow_tree(b);
}

uint64_t double_log_sequence(struct broker_double *b, uint64_t sequence)
{
    return double_log_bytes(b, evx_buf_bytes(&b->whole[sequence]));
}

uint64_t double_log_item(struct broker_double *b, const char *from, const char *to, const Evx__V1__Item *item,
                         uint64_t sequence)
{
    return double_log_items(b, from, to, &item, 1, sequence, NULL);
}

uint64_t double_log_items(struct broker_double *b, const char *from, const char *to,
                          const Evx__V1__Item *const *item, size_t items, uint64_t sequence,
                          struct evx_item_id *ids)
{
    struct evx_buf packed[8] = {{0}}, whole = {0};
    struct evx_plain_item plain[8];
    memset(plain, 0, sizeof plain);
    struct evx_sealer *sealer = NULL;
    struct evx_sign_public key;
    struct evx_digest id;
    cr_assert(items <= 8);
    memcpy(key.b, evx_fixture_key(b->fixture, from, EVX_KEY_SIG)->public_key, sizeof key.b);
    const struct evx_dir_key *recipient =
        b->sealed_to ? b->sealed_to : evx_fixture_key(b->fixture, to, EVX_KEY_ENC);
    for (size_t i = 0; i < items; i++) {
        cr_assert_eq(evx_item_pack(&packed[i], item[i]), EVX_OK);
        plain[i].content = evx_buf_bytes(&packed[i]);
    }
    cr_assert_eq(evx_sealer_new(&sealer, evx_fixture_sign(b->fixture, from, EVX_KEY_SIG), &key), EVX_OK);
    struct evx_seal_context context = {.directory = b->sealed_under ? b->sealed_under
                                                                    : evx_fixture_directory(b->fixture),
                                       .inspection = b->sealed_for,
                                       .recipient = &recipient,
                                       .recipients = 1,
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = b->now,
                                       .link = {.stream = {{9, (uint8_t)from[0]}}, .sequence = sequence}};
    cr_assert_eq(evx_seal(&whole, &id, ids, sealer, &context, plain, items), EVX_OK);
    uint64_t index = double_log_bytes(b, evx_buf_bytes(&whole));
    evx_sealer_destroy(&sealer);
    for (size_t i = 0; i < items; i++)
        evx_buf_free(&packed[i]);
    evx_buf_free(&whole);
    return index;
}

void double_checkpoint(struct evx_buf *note, struct broker_double *b, uint64_t size, const char *signer)
{
    size += DOUBLE_FIRST;
    struct evx_checkpoint c = {.size = size, .root = b->log.root[size]};
    struct evx_sign_public key;
    enum evx_key_use use = !strcmp(signer, "exchange-broker") ? EVX_KEY_LOG : EVX_KEY_SIG;
    memcpy(key.b, evx_fixture_key(b->fixture, signer, use)->public_key, sizeof key.b);
    snprintf(c.origin, sizeof c.origin, "%s",
             evx_directory_inspection(evx_fixture_directory(b->fixture), &inspection)->origin);
    if (size == 0) evx_log_empty(&c.root);
    evx_buf_clear(note);
    cr_assert_eq(evx_checkpoint_sign(note, &c, evx_fixture_sign(b->fixture, signer, use), &key), EVX_OK);
}

void double_receipt(struct evx_receipt *r, struct broker_double *b, uint64_t sequence, uint64_t index,
                    uint64_t size)
{
    index += DOUBLE_FIRST;
    *r = (struct evx_receipt){.consignment = b->id[sequence],
                              .inspection = inspection,
                              .index = index,
                              .received_ms = b->log.received_ms[index]};
    cr_assert_eq(evx_inclusion_proof(&r->path, index, size + DOUBLE_FIRST, read_node, &b->log), EVX_OK);
    double_checkpoint(&r->checkpoint, b, size, "exchange-broker");
}

// --- what the broker says ---

enum evx_status double_send(struct broker_double *b, Evx__V1__Frame *f, struct evx_bytes body)
{
    struct evx_buf packed = {0};
    cr_assert_eq(evx_frame_pack(&packed, f), EVX_OK);
    enum evx_status s = evx_courier_message(b->courier, evx_buf_bytes(&packed), body, b->now);
    evx_buf_free(&packed);
    return s;
}

enum evx_status double_send_receipt(struct broker_double *b, const struct evx_receipt *r)
{
    Evx__V1__Receipt m = EVX__V1__RECEIPT__INIT;
    ProtobufCBinaryData slots[EVX_LIMIT_PROOF_HASHES];
    evx_receipt_to_frame(&m, slots, r);
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_RECEIPT;
    f.receipt = &m;
    return double_send(b, &f, evx_bytes(NULL, 0));
}

enum evx_status double_refuse(struct broker_double *b, uint64_t sequence, enum evx_status code,
                              uint64_t expected)
{
    Evx__V1__RejectionBody body = EVX__V1__REJECTION_BODY__INIT;
    if (sequence) body.consignment = (ProtobufCBinaryData){32, b->id[sequence].b};
    body.code = (uint32_t)code;
    body.expected_sequence = expected;
    body.time_ms = b->now;
    body.detail = "";
    struct evx_buf packed = {0};
    struct evx_signature signature;
    struct evx_fingerprint signer = evx_fixture_key(b->fixture, "exchange-broker", EVX_KEY_SIG)->fingerprint;
    cr_assert_eq(evx_rejection_sign(&packed, &signature, &body,
                                    evx_fixture_sign(b->fixture, "exchange-broker", EVX_KEY_SIG)),
                 EVX_OK);
    Evx__V1__Rejection m = EVX__V1__REJECTION__INIT;
    m.body = (ProtobufCBinaryData){packed.n, packed.p};
    m.signer = (ProtobufCBinaryData){sizeof signer.b, signer.b};
    m.signature = (ProtobufCBinaryData){sizeof signature.b, signature.b};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_REJECTION;
    f.rejection = &m;
    enum evx_status s = double_send(b, &f, evx_bytes(NULL, 0));
    evx_buf_free(&packed);
    return s;
}

enum evx_status double_send_consistency(struct broker_double *b, uint64_t from, uint64_t to)
{
    struct evx_proof proof;
    ProtobufCBinaryData slots[EVX_LIMIT_PROOF_HASHES];
    from += DOUBLE_FIRST;
    to += DOUBLE_FIRST;
    cr_assert_eq(evx_consistency_proof(&proof, from, to, read_node, &b->log), EVX_OK);
    for (size_t i = 0; i < proof.n; i++)
        slots[i] = (ProtobufCBinaryData){sizeof proof.hash[i].b, proof.hash[i].b};
    Evx__V1__Consistency m = EVX__V1__CONSISTENCY__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.from_size = from;
    m.to_size = to;
    m.n_path = proof.n;
    m.path = slots;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_CONSISTENCY;
    f.consistency = &m;
    return double_send(b, &f, evx_bytes(NULL, 0));
}

static enum evx_status send_entry(struct broker_double *b, uint64_t index, uint64_t size, bool with_path)
{
    struct evx_proof proof = {0};
    ProtobufCBinaryData slots[EVX_LIMIT_PROOF_HASHES];
    if (with_path) cr_assert_eq(evx_inclusion_proof(&proof, index, size, read_node, &b->log), EVX_OK);
    for (size_t i = 0; i < proof.n; i++)
        slots[i] = (ProtobufCBinaryData){sizeof proof.hash[i].b, proof.hash[i].b};
    Evx__V1__Entry m = EVX__V1__ENTRY__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.index = index;
    m.log_entry = (ProtobufCBinaryData){b->log.entry[index].n, b->log.entry[index].p};
    m.body = b->log.body[index].n > 0;
    m.bytes = b->log.body[index].n;
    m.sender = m.body ? "somebody" : "";
    m.n_path = proof.n;
    m.path = slots;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_ENTRY;
    f.entry = &m;
    return double_send(b, &f, evx_buf_bytes(&b->log.body[index]));
}

enum evx_status double_send_entry(struct broker_double *b, uint64_t index, uint64_t size, bool with_path)
{
    if (!b->directory_sent) cr_assert_eq(send_entry(b, 0, size + DOUBLE_FIRST, true), EVX_OK);
    b->directory_sent = true;
    return send_entry(b, index + DOUBLE_FIRST, size + DOUBLE_FIRST, with_path);
}

enum evx_status double_send_first(struct broker_double *b, uint64_t size)
{
    b->directory_sent = true;
    return send_entry(b, 0, size, false);
}

void double_seal_under(struct broker_double *b, const struct evx_directory *d)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__Heartbeat beat = EVX__V1__HEARTBEAT__INIT;
    static uint8_t stream[16] = {1}, last[32] = {2};
    beat.stream = (ProtobufCBinaryData){16, stream};
    beat.sequence = 1;
    beat.last = (ProtobufCBinaryData){32, last};
    item.body_case = EVX__V1__ITEM__BODY_HEARTBEAT;
    item.heartbeat = &beat;
    b->sealed_under = d;
    double_log_item(b, DOUBLE_POLICE, DOUBLE_CARE, &item, 1);
    b->sealed_under = NULL;
}

void double_begin_with(struct broker_double *b, const struct evx_directory *d)
{
    evx_courier_destroy(&b->courier);
    b->begun_with = d;
    start_courier(b, DOUBLE_CARE);
}

void double_rewrite(struct broker_double *b)
{
    b->log.frontier = (struct evx_frontier){0};
    for (size_t i = 0; i < DOUBLE_LOG; i++) {
        evx_buf_clear(&b->log.entry[i]);
        evx_buf_clear(&b->log.body[i]);
    }
    double_log_directory(b, evx_fixture_directory(b->fixture));
}

enum evx_status double_send_end(struct broker_double *b, uint64_t next, uint64_t size)
{
    next += DOUBLE_FIRST;
    struct evx_buf note = {0};
    double_checkpoint(&note, b, size, "exchange-broker");
    Evx__V1__FetchEnd m = EVX__V1__FETCH_END__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof inspection.b, inspection.b};
    m.next_index = next;
    m.size = size + DOUBLE_FIRST;
    m.checkpoint = (ProtobufCBinaryData){note.n, note.p};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_FETCH_END;
    f.fetch_end = &m;
    enum evx_status s = double_send(b, &f, evx_bytes(NULL, 0));
    evx_buf_free(&note);
    return s;
}

size_t double_count(const struct broker_double *b, Evx__V1__Frame__BodyCase kind)
{
    size_t n = 0;
    for (size_t i = 0; i < b->sent_n; i++)
        n += b->sent[i].frame->body_case == kind;
    return n;
}

const struct sent *double_last(const struct broker_double *b, Evx__V1__Frame__BodyCase kind)
{
    for (size_t i = b->sent_n; i-- > 0;)
        if (b->sent[i].frame->body_case == kind) return &b->sent[i];
    return NULL;
}
