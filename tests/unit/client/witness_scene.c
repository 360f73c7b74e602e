// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/client/witness_scene.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct broker_double b;

// --- the port and the state that it stands for ---

struct scene_own own;

static enum evx_status port_cosigning(void *user, const struct evx_witness_record *r)
{
    (void)user;
    if (own.answer) return own.answer;
    own.cosigned_before = double_count(&b, COSIGNED);
    own.record = *r;
    own.records++;
    return EVX_OK;
}

static enum evx_status port_witnessed(void *user, struct evx_bytes note)
{
    (void)user;
    own.quorates++;
    evx_buf_clear(&own.quorate);
    return evx_buf_append(&own.quorate, note.p, note.n);
}

static enum evx_status port_unproved(void *user, uint64_t size, struct evx_courier_unproved *out)
{
    (void)user;
    *out = (struct evx_courier_unproved){0};
    uint64_t index = own.unproved; // sequence n stands at n: the directory's entry is before them
    if (!own.unproved || index >= size) return EVX_E_NOT_FOUND;
    out->stream = b.stream.id;
    out->sequence = own.unproved;
    out->receipt.consignment = b.id[own.unproved];
    out->receipt.index = index;
    return evx_buf_append(&out->log_entry, b.log.entry[index].p, b.log.entry[index].n);
}

static enum evx_status port_proved(void *user, const struct evx_receipt *r)
{
    (void)user;
    own.proofs++;
    own.unproved = 0;
    evx_buf_clear(&own.proof);
    return evx_tlog_proof_text(&own.proof, r);
}

static enum evx_status port_forked(void *user, const struct evx_fork *f)
{
    (void)user;
    own.forks++;
    evx_fork_free(&own.fork);
    enum evx_status s = evx_fork_make(&own.fork, evx_buf_bytes(&f->first), evx_buf_bytes(&f->second));
    own.fork.has_proof = f->has_proof;
    own.fork.proof = f->proof;
    own.fork.old_root = f->old_root;
    return s;
}

struct evx_sign_public scene_public_of(const char *org)
{
    struct evx_sign_public k;
    memcpy(k.b, evx_fixture_key(b.fixture, org, EVX_KEY_WIT)->public_key, sizeof k.b);
    return k;
}

static struct evx_sign_public care_key;

// The fixture's directory, unsigned, with the first `replace` changed.
static struct evx_directory *changed_directory(void)
{
    struct evx_bytes text = evx_fixture_text(b.fixture);
    struct evx_buf changed = {0};
    struct evx_directory *d = NULL;
    const uint8_t *at = memmem(text.p, text.n, own.replace, strlen(own.replace));
    cr_assert_not_null(at);
    size_t before = (size_t)(at - text.p), after = before + strlen(own.replace);
    cr_assert_eq(evx_buf_append(&changed, text.p, before), EVX_OK);
    cr_assert_eq(evx_buf_append_text(&changed, own.with), EVX_OK);
    cr_assert_eq(evx_buf_append(&changed, text.p + after, text.n - after), EVX_OK);
    cr_assert_eq(evx_directory_parse(&d, evx_buf_bytes(&changed), NULL), EVX_OK);
    evx_buf_free(&changed);
    return d;
}

static void adjust(struct broker_double *d, struct evx_courier_setup *setup)
{
    (void)d;
    setup->port.cosigning = port_cosigning;
    setup->port.witnessed = port_witnessed;
    setup->port.unproved = port_unproved;
    setup->port.proved = port_proved;
    setup->port.forked = port_forked;
    care_key = scene_public_of(CARE);
    if (!own.no_key) setup->witness = evx_fixture_sign(b.fixture, CARE, EVX_KEY_WIT);
    setup->witness_public = &care_key;
    setup->cosigned = own.record;
    setup->last_seen = evx_buf_bytes(&own.last_seen);
    setup->witnessed = evx_buf_bytes(&own.witnessed);
    setup->forked = own.fork_kept;
    if (own.replace) setup->directory = own.directory = changed_directory();
}

// --- the log ---

struct evx_vkey scene_log_key(void)
{
    struct evx_vkey k;
    struct evx_inspection_id id = evx_fixture_inspection();
    cr_assert_eq(evx_directory_log_vkey(&k, evx_fixture_directory(b.fixture), &id), EVX_OK);
    return k;
}

struct evx_digest scene_other_root(uint64_t size)
{
    struct evx_digest root = b.log.root[size];
    root.b[7] ^= 1;
    return root;
}

// Signed by the log, whatever the root.
void scene_sign(struct evx_buf *note, uint64_t size, const struct evx_digest *root)
{
    struct evx_checkpoint c = {.size = size, .root = *root};
    struct evx_vkey log = scene_log_key();
    memcpy(c.origin, log.name, sizeof c.origin);
    evx_buf_clear(note);
    cr_assert_eq(
        evx_checkpoint_sign(note, &c, evx_fixture_sign(b.fixture, "exchange-broker", EVX_KEY_LOG), &log.key),
        EVX_OK);
}

void scene_add_line(struct evx_buf *note, const char *org, uint64_t time_s)
{
    struct evx_note n;
    struct evx_buf line = {0};
    struct evx_sign_public k = scene_public_of(org);
    cr_assert_eq(evx_note_parse(&n, evx_buf_bytes(note)), EVX_OK);
    cr_assert_eq(
        evx_note_cosign_line(&line, n.text, time_s, org, evx_fixture_sign(b.fixture, org, EVX_KEY_WIT), &k),
        EVX_OK);
    cr_assert_eq(evx_buf_append(note, line.p, line.n), EVX_OK);
    evx_buf_free(&line);
}

static ProtobufCBinaryData field(const struct evx_buf *note)
{
    return (ProtobufCBinaryData){note ? note->n : 0, note ? note->p : NULL};
}

bool scene_other_inspection; // says the next Checkpoint

enum evx_status scene_send(const struct evx_buf *newest, const struct evx_buf *witnessed,
                           const struct evx_buf *candidate, enum evx_status refused)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    if (scene_other_inspection) id.b[0] ^= 1;
    Evx__V1__Checkpoint m = EVX__V1__CHECKPOINT__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.checkpoint = field(newest);
    m.witnessed = field(witnessed);
    m.candidate = field(candidate);
    m.refused = (uint32_t)refused;
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_CHECKPOINT;
    f.checkpoint = &m;
    return double_send(&b, &f, evx_bytes(NULL, 0));
}

// The newest checkpoint as the honest log has it.
enum evx_status scene_send_newest(uint64_t size)
{
    struct evx_buf note = {0};
    scene_sign(&note, size, &b.log.root[size]);
    enum evx_status s = scene_send(&note, NULL, NULL, EVX_OK);
    evx_buf_free(&note);
    return s;
}

enum evx_status scene_read_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    *out = ((struct double_log *)user)->node[height][number];
    return EVX_OK;
}

// Answers the last question for a consistency proof, truly or with one bit changed.
enum evx_status scene_answer_proof(bool truly)
{
    const struct sent *asked = double_last(&b, PROOF);
    cr_assert_not_null(asked);
    uint64_t from = asked->frame->get_consistency->from_size, to = asked->frame->get_consistency->to_size;
    struct evx_inspection_id id = evx_fixture_inspection();
    struct evx_proof p;
    struct evx_digest old_root;
    cr_assert_eq(evx_consistency_proof(&p, from, to, scene_read_node, &b.log), EVX_OK);
    cr_assert_eq(evx_tree_root_at(&old_root, from, scene_read_node, &b.log), EVX_OK);
    if (!truly) p.hash[0].b[0] ^= 1;
    ProtobufCBinaryData slot[EVX_LIMIT_PROOF_HASHES];
    for (size_t i = 0; i < p.n; i++)
        slot[i] = (ProtobufCBinaryData){32, p.hash[i].b};
    Evx__V1__Consistency m = EVX__V1__CONSISTENCY__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.from_size = from, m.to_size = to;
    m.n_path = p.n, m.path = slot;
    m.old_root = (ProtobufCBinaryData){32, old_root.b};
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    f.body_case = EVX__V1__FRAME__BODY_CONSISTENCY;
    f.consistency = &m;
    return double_send(&b, &f, evx_bytes(NULL, 0));
}

// --- opening and closing ---

// A log of `entries` consignments of the police behind the directory's entry.
static void fill_log(unsigned entries)
{
    for (unsigned i = 1; i <= entries; i++) {
        struct evx_chain_link link = {.stream = {{1, 2, 3}}, .sequence = i, .previous = b.id[i - 1]};
        cr_assert_eq(evx_fixture_consignment(&b.whole[i], &b.id[i], b.fixture, DOUBLE_POLICE, &link, 1, 300),
                     EVX_OK);
        double_log_sequence(&b, i);
    }
}

void scene_open(const char *org)
{
    double_adjust = adjust;
    double_open(&b, org);
    fill_log(8);
    double_greet(&b, CREDIT, 1);
    cr_assert_eq(double_count(&b, ASKED), own.no_key || own.fork_kept ? double_count(&b, ASKED) : 1u);
}

void scene_open_with_five_signed(void)
{
    scene_open(CARE);
    cr_assert_eq(scene_send_newest(5), EVX_OK);
    double_forget(&b);
    b.now += 60000;
    cr_assert_eq(evx_courier_tick(b.courier, b.now), EVX_OK);
}

void scene_reset(void) { memset(&own, 0, sizeof own); }

void scene_close(void)
{
    double_close(&b);
    evx_fork_free(&own.fork);
    evx_buf_free(&own.quorate);
    evx_buf_free(&own.proof);
    evx_buf_free(&own.last_seen);
    evx_buf_free(&own.witnessed);
    evx_directory_destroy(&own.directory);
}

// A new courier that remembers `record`, and a checkpoint of size `seen` (0: none).
void scene_restart(uint64_t seen)
{
    if (seen) scene_sign(&own.last_seen, seen, &b.log.root[seen]);
    double_restart(&b, CARE);
    double_greet(&b, CREDIT, 1);
}

const Evx__V1__Cosign *scene_line(void)
{
    const struct sent *s = double_last(&b, COSIGNED);
    return s ? s->frame->cosign : NULL;
}

void scene_expect_fork(enum evx_fork_verdict expected)
{
    struct evx_vkey log = scene_log_key();
    struct evx_checkpoint first, second;
    enum evx_fork_verdict v;
    cr_assert_eq(own.forks, 1u);
    cr_assert_eq(evx_fork_check(&v, &own.fork, &log, &first, &second), EVX_OK);
    cr_assert_eq(v, expected);
    cr_assert_eq(evx_courier_halted(b.courier), EVX_E_CONSISTENCY);
}
