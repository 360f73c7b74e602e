// SPDX-License-Identifier: Apache-2.0
#include "tests/interop/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/file.h"

static const char *const witness_names[] = {"inspectorate-care", "inspectorate-health",
                                            "inspectorate-policing"};

void world_must(bool holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "the made-up world cannot be made: %s\n", what);
    exit(70);
}

static void must(enum evx_status s, const char *what)
{
    if (s) fprintf(stderr, "%s: ", evx_error_info(s)->name);
    world_must(s == EVX_OK, what);
}

// --- the directory ---

static void replace(struct evx_buf *text, const char *from, const char *to)
{
    struct evx_buf out = {0};
    const uint8_t *at = memmem(text->p, text->n, from, strlen(from));
    world_must(at != NULL, from);
    size_t before = (size_t)(at - text->p);
    must(evx_buf_append(&out, text->p, before), "memory");
    must(evx_buf_append_text(&out, to), "memory");
    must(evx_buf_append(&out, at + strlen(from), text->n - before - strlen(from)), "memory");
    evx_buf_free(text);
    *text = out;
}

// Every line of a section once more for a second inspection, behind the first one's.
static void repeat_section(struct evx_buf *text, const char *word)
{
    char start[64];
    struct evx_buf out = {0}, more = {0};
    int n = snprintf(start, sizeof start, "%s " EVX_FIXTURE_INSPECTION, word);
    for (size_t at = 0; at < text->n;) {
        const uint8_t *line = text->p + at, *end = memchr(line, '\n', text->n - at);
        size_t length = (size_t)(end + 1 - line);
        bool ours = length > (size_t)n && memcmp(line, start, (size_t)n) == 0;
        if (!ours && more.n) {
            must(evx_buf_append(&out, more.p, more.n), "memory");
            evx_buf_clear(&more);
        }
        must(evx_buf_append(&out, line, length), "memory");
        size_t copy = more.n;
        if (ours) must(evx_buf_append(&more, line, length), "memory");
        if (ours) more.p[copy + strlen(word) + 2] ^= 1; // the id's second digit
        at += length;
    }
    must(evx_buf_append(&out, more.p, more.n), "memory");
    evx_buf_free(&more);
    evx_buf_free(text);
    *text = out;
}

static void next_directory(struct world *w, const struct world_wish *wish)
{
    struct evx_buf text = {0}, note = {0};
    char hash[45], line[64];
    struct evx_bytes first = evx_fixture_text(w->f);
    must(evx_buf_append(&text, first.p, first.n), "memory");
    evx_base64(hash, evx_directory_hash(w->directory[0])->b, 32);
    snprintf(line, sizeof line, "previous %s\n", hash);
    replace(&text, "version 1\n", "version 2\n");
    replace(&text, "previous -\n", line);
    if (wish->quorum) {
        snprintf(line, sizeof line, "quorum %s\n", wish->quorum);
        replace(&text, "quorum 0\n", line);
    }
    if (wish->suspended) replace(&text, "northam-police police active", "northam-police police suspended");
    if (wish->other_inspection) {
        repeat_section(&text, "inspection");
        repeat_section(&text, "member");
    }
    must(evx_fixture_sign_directory(&note, w->f, evx_buf_bytes(&text), 3), "signing a directory");
    must(evx_directory_load(&w->directory[1], evx_buf_bytes(&note), w->directory[0], NULL, NULL),
         "version 2");
    evx_buf_free(&text);
    evx_buf_free(&note);
}

// --- the log ---

static void keep_node(void *user, unsigned height, uint64_t number, const struct evx_digest *hash)
{
    struct world *w = user;
    w->node[height][number] = *hash;
}

static struct world_entry *add_entry(struct world *w, struct evx_frontier *t, struct evx_buf *entry)
{
    struct world_entry *e = &w->at[w->n++];
    e->entry = *entry;
    *entry = (struct evx_buf){0};
    evx_log_leaf(&e->leaf, evx_buf_bytes(&e->entry));
    evx_frontier_append(t, &e->leaf, keep_node, w);
    return e;
}

static void adopt(struct world *w, struct evx_frontier *t, size_t which)
{
    struct evx_log_directory e = {.received_ms = EVX_FIXTURE_NOW_MS,
                                  .version = evx_directory_version(w->directory[which]),
                                  .hash = *evx_directory_hash(w->directory[which])};
    struct evx_buf entry = {0};
    must(evx_log_directory(&entry, &e), "an adoption");
    add_entry(w, t, &entry);
}

// What a sender does next.
struct sending {
    const char *org;
    struct evx_stream_id stream;
    uint64_t sequence;
    struct evx_digest last;
    size_t directory;
    bool other_inspection;
};

static void seal(struct world_entry *out, struct evx_buf *entry, const struct world *w, struct sending *s,
                 const struct evx_plain_item *item, size_t items)
{
    const struct evx_directory *d = w->directory[s->directory];
    const struct evx_dir_key *to[3], *key = evx_directory_key_of(d, s->org, EVX_KEY_SIG, EVX_FIXTURE_NOW_MS);
    uint8_t nonce[16], ephemeral[32];
    struct evx_sign_public public_key;
    struct evx_sealer *sealer = NULL;
    memset(out->kek, (int)(w->n + 1), sizeof out->kek);
    evx_put_be64(out->kek, w->n);
    memcpy(nonce, s->stream.b, 8);
    evx_put_be64(nonce + 8, s->sequence);
    memset(ephemeral, 77, sizeof ephemeral);
    evx_put_be64(ephemeral, w->n);
    world_must(key != NULL, "a sender's key");
    memcpy(public_key.b, key->public_key, 32);
    for (size_t i = 0; i < 3; i++)
        to[i] = evx_directory_key_of(d, witness_names[i], EVX_KEY_ENC, EVX_FIXTURE_NOW_MS);
    struct evx_seal_context c = {.directory = d,
                                 .inspection = evx_fixture_inspection(),
                                 .recipient = to,
                                 .recipients = 3,
                                 .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                 .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                 .now_ms = EVX_FIXTURE_NOW_MS,
                                 .link = {s->stream, s->sequence, s->last},
                                 .nonce = nonce,
                                 .kek = out->kek,
                                 .ephemeral = ephemeral};
    if (s->other_inspection) c.inspection.b[0] ^= 1;
    must(evx_sealer_new(&sealer, evx_fixture_sign(w->f, s->org, EVX_KEY_SIG), &public_key), "a sealer");
    must(evx_seal(&out->whole, &out->id, NULL, sealer, &c, item, items), "sealing");
    evx_sealer_destroy(&sealer);
    struct evx_bytes header;
    const struct evx_signature *signature;
    must(evx_consignment_peek(&header, &signature, evx_buf_bytes(&out->whole)), "peeking");
    must(evx_log_entry(entry, EVX_FIXTURE_NOW_MS + w->n, header, signature), "an entry");
}

static void send_items(struct world *w, struct evx_frontier *t, struct sending *s,
                       const struct evx_buf *content, size_t items, bool break_signature)
{
    struct evx_plain_item item[4];
    memset(item, 0, sizeof item);
    struct world_entry made = {0};
    struct evx_buf entry = {0};
    for (size_t i = 0; i < items; i++) {
        item[i].content = evx_buf_bytes(&content[i]);
        item[i].retention = 1;
        memset(item[i].id.b, 0x11, 16);
        evx_put_be64(item[i].id.b, w->n * 16 + i + 1);
    }
    s->sequence++;
    seal(&made, &entry, w, s, item, items);
    if (break_signature) entry.p[entry.n - 1] ^= 1;
    struct world_entry *e = add_entry(w, t, &entry);
    e->whole = made.whole;
    e->id = made.id;
    e->version = (unsigned)s->directory + 1;
    memcpy(e->kek, made.kek, sizeof e->kek);
    s->last = made.id;
}

static void send_evidence(struct world *w, struct evx_frontier *t, struct sending *s, size_t items)
{
    struct evx_buf content[4] = {{0}};
    for (size_t i = 0; i < items; i++)
        must(evx_fixture_evidence(&content[i], (unsigned)(w->n + i), 400 + 100 * i), "evidence");
    send_items(w, t, s, content, items, false);
    for (size_t i = 0; i < items; i++)
        evx_buf_free(&content[i]);
}

static void send_one(struct world *w, struct evx_frontier *t, struct sending *s, const Evx__V1__Item *item)
{
    struct evx_buf content = {0};
    must(evx_item_pack(&content, item), "an item");
    send_items(w, t, s, &content, 1, false);
    evx_buf_free(&content);
}

static ProtobufCBinaryData borrow(const void *p, size_t n) { return (ProtobufCBinaryData){n, (uint8_t *)p}; }

// Over the police's consignments, at the indexes 1, 3 and 5.
static void root_of_ids(struct evx_digest *out, const struct world *w, const size_t *index, size_t n)
{
    struct evx_frontier t = {0};
    for (size_t i = 0; i < n; i++) {
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(w->at[index[i]].id.b, 32));
        evx_frontier_append(&t, &leaf, NULL, NULL);
    }
    evx_frontier_root(out, &t);
}

static void send_statement(struct world *w, struct evx_frontier *t, struct sending *police,
                           struct sending *care, const struct world_wish *wish)
{
    static const size_t index[] = {1, 3, 5};
    struct evx_digest root;
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__CompletenessStatement st = EVX__V1__COMPLETENESS_STATEMENT__INIT;
    Evx__V1__CompletenessConfirmation cf = EVX__V1__COMPLETENESS_CONFIRMATION__INIT;
    root_of_ids(&root, w, index, 3);
    if (wish->false_root) root.b[0] ^= 1;
    st.stream = borrow(police->stream.b, 16);
    st.first = 1, st.last = 3, st.items = wish->false_items ? 7 : 6, st.final = true;
    st.root = borrow(root.b, 32);
    item.body_case = EVX__V1__ITEM__BODY_COMPLETENESS;
    item.completeness = &st;
    send_one(w, t, police, &item);
    uint8_t id[16];
    memset(id, 0x11, 16);
    evx_put_be64(id, WORLD_STATEMENT * 16 + 1);
    cf.statement = borrow(id, 16);
    cf.stream = st.stream, cf.first = 1, cf.last = 3, cf.items = st.items, cf.final = true, cf.root = st.root;
    cf.log_size = 7;
    item.body_case = EVX__V1__ITEM__BODY_CONFIRMATION;
    item.confirmation = &cf;
    send_one(w, t, care, &item);
}

static void send_erasure(struct world *w, struct evx_frontier *t, struct sending *care)
{
    Evx__V1__Item item = EVX__V1__ITEM__INIT;
    Evx__V1__ErasureCertificate m = EVX__V1__ERASURE_CERTIFICATE__INIT;
    Evx__V1__Moment when = EVX__V1__MOMENT__INIT;
    uint8_t id[16];
    memset(id, 0x11, 16);
    evx_put_be64(id, 1 * 16 + 1);
    ProtobufCBinaryData ids[] = {borrow(id, 16)};
    when.precision = EVX__V1__PRECISION__PRECISION_SECOND;
    when.utc_ms = EVX_FIXTURE_NOW_MS;
    when.zone = "UTC";
    when.text = "2026-03-01T09:00:00Z";
    m.n_item = 1, m.item = ids;
    m.ground = EVX__V1__ERASURE_GROUND__ERASURE_RETENTION;
    m.authority = "retention schedule";
    m.decided_by = "records manager";
    m.erased = &when;
    item.body_case = EVX__V1__ITEM__BODY_ERASURE;
    item.erasure = &m;
    send_one(w, t, care, &item);
}

static void send_badly(struct world *w, struct evx_frontier *t, struct sending *s, bool break_signature)
{
    struct evx_buf content = {0};
    must(evx_fixture_evidence(&content, (unsigned)w->n, 300), "evidence");
    send_items(w, t, s, &content, 1, break_signature);
    evx_buf_free(&content);
}

static void fill(struct world *w, const struct world_wish *wish)
{
    struct evx_frontier t = {0};
    struct sending police = {.org = "northam-police", .stream = {{1, 1, 1, 1}}};
    struct sending council = {.org = "northam-council", .stream = {{2, 2, 2, 2}}};
    struct sending care = {.org = "inspectorate-care", .stream = {{3, 3, 3, 3}}, .directory = 1};
    if (wish->unlogged) {
        struct evx_buf entry = {0}; // version 2 where version 1 should have been
        struct evx_log_directory e = {EVX_FIXTURE_NOW_MS, 2, *evx_directory_hash(w->directory[1])};
        must(evx_log_directory(&entry, &e), "an adoption");
        send_evidence(w, &t, &council, 1);
        evx_buf_free(&entry);
    }
    adopt(w, &t, 0);
    send_evidence(w, &t, &police, 3);
    if (wish->gap) police.sequence++;
    if (!wish->unlogged) send_badly(w, &t, &council, wish->bad_signature);
    if (wish->strange_entry) {
        struct evx_buf entry = {0};
        must(evx_buf_append_text(&entry, "\x03 something else"), "memory");
        add_entry(w, &t, &entry);
    } else {
        send_evidence(w, &t, &police, 1);
    }
    adopt(w, &t, wish->rollback ? 0 : 1);
    police.directory = police.other_inspection = wish->other_inspection;
    send_evidence(w, &t, &police, 2);
    police.other_inspection = false;
    police.directory = council.directory = 1;
    if (wish->strange_entry) return;
    send_statement(w, &t, &police, &care, wish);
    send_erasure(w, &t, &care);
    if (wish->more_after_final) send_evidence(w, &t, &police, 1);
    for (size_t i = 0; i < wish->filler; i++)
        send_badly(w, &t, &council, false);
}

struct world *world_new(const struct world_wish *wish)
{
    struct world *w = calloc(1, sizeof *w);
    world_must(w != NULL, "memory");
    w->f = evx_fixture_new();
    world_must(w->f != NULL, "the fixture");
    size_t most = WORLD_FIXED + 2 + wish->filler;
    must(evx_directory_load(&w->directory[0], evx_fixture_note(w->f), NULL, NULL, NULL), "version 1");
    next_directory(w, wish);
    w->at = calloc(most, sizeof *w->at);
    world_must(w->at != NULL, "memory");
    for (size_t i = 0; i < WORLD_LEVELS && most >> i; i++) {
        w->node[i] = calloc(most >> i, sizeof **w->node);
        world_must(w->node[i] != NULL, "memory");
    }
    fill(w, wish);
    return w;
}

void world_free(struct world *w)
{
    if (!w) return;
    for (size_t i = 0; i < w->n; i++) {
        evx_buf_free(&w->at[i].entry);
        evx_buf_free(&w->at[i].whole);
    }
    for (size_t i = 0; i < WORLD_LEVELS; i++)
        free(w->node[i]);
    free(w->at);
    evx_directory_destroy(&w->directory[0]);
    evx_directory_destroy(&w->directory[1]);
    evx_fixture_free(w->f);
    free(w);
}

// --- proofs ---

enum evx_status world_node(void *user, unsigned height, uint64_t number, struct evx_digest *out)
{
    const struct world *w = user;
    world_must(height < WORLD_LEVELS && (number + 1) << height <= w->n, "a node beyond the log");
    *out = w->node[height][number];
    return EVX_OK;
}

void world_root(struct evx_digest *out, const struct world *w, uint64_t size)
{
    struct evx_frontier t = {0};
    for (uint64_t i = 0; i < size; i++)
        evx_frontier_append(&t, &w->at[i].leaf, NULL, NULL);
    evx_frontier_root(out, &t);
}

void world_sign(struct evx_buf *out, const struct world *w, const struct evx_checkpoint *c)
{
    struct evx_sign_public k;
    memcpy(k.b, evx_fixture_key(w->f, "exchange-broker", EVX_KEY_LOG)->public_key, 32);
    must(evx_checkpoint_sign(out, c, evx_fixture_sign(w->f, "exchange-broker", EVX_KEY_LOG), &k),
         "a checkpoint");
}

void world_cosign(struct evx_buf *note, const struct world *w, unsigned witnesses, uint64_t time_s)
{
    struct evx_note parsed;
    struct evx_buf text = {0};
    must(evx_note_parse(&parsed, evx_buf_bytes(note)), "a note");
    must(evx_buf_append(&text, parsed.text.p, parsed.text.n), "memory");
    for (unsigned i = 0; i < 3; i++) {
        struct evx_sign_public k;
        if (!(witnesses >> i & 1)) continue;
        memcpy(k.b, evx_fixture_key(w->f, witness_names[i], EVX_KEY_WIT)->public_key, 32);
        must(evx_note_cosign_line(note, evx_buf_bytes(&text), time_s + i, witness_names[i],
                                  evx_fixture_sign(w->f, witness_names[i], EVX_KEY_WIT), &k),
             "a cosignature");
    }
    evx_buf_free(&text);
}

void world_checkpoint(struct evx_buf *out, const struct world *w, uint64_t size, unsigned witnesses)
{
    struct evx_checkpoint c = {.origin = WORLD_ORIGIN, .size = size};
    world_root(&c.root, w, size);
    world_sign(out, w, &c);
    world_cosign(out, w, witnesses, EVX_FIXTURE_NOW_MS / 1000 + 60);
}

void world_receipt(struct evx_receipt *out, const struct world *w, uint64_t index, uint64_t size,
                   unsigned witnesses)
{
    *out = (struct evx_receipt){.consignment = w->at[index].id,
                                .inspection = evx_fixture_inspection(),
                                .index = index,
                                .received_ms = EVX_FIXTURE_NOW_MS + index};
    must(evx_inclusion_proof(&out->path, index, size, world_node, (void *)w), "an inclusion proof");
    world_checkpoint(&out->checkpoint, w, size, witnesses);
}

void world_proof(struct evx_buf *out, const struct world *w, uint64_t index, uint64_t size,
                 unsigned witnesses)
{
    struct evx_receipt r;
    world_receipt(&r, w, index, size, witnesses);
    must(evx_tlog_proof_text(out, &r), "a tlog-proof");
    evx_receipt_free(&r);
}

void world_bundle(struct evx_buf *out, const struct world *w, uint64_t index, uint32_t number, uint64_t size,
                  unsigned witnesses)
{
    const struct world_entry *e = &w->at[index];
    struct evx_receipt r;
    struct evx_consignment c;
    struct evx_consignment_key kek;
    struct evx_item_key key;
    memcpy(kek.b, e->kek, sizeof kek.b);
    evx_item_key_of(&key, &kek, number);
    must(evx_consignment_open_trusted(&c, evx_buf_bytes(&e->whole)), "a consignment");
    world_receipt(&r, w, index, size, witnesses);
    struct evx_bundle_source source = {.directory = w->directory[e->version - 1],
                                       .entry = evx_buf_bytes(&e->entry),
                                       .receipt = &r,
                                       .consignment = &c,
                                       .number = number,
                                       .key = &key};
    must(evx_bundle_make(out, &source), "a bundle");
    evx_consignment_close(&c);
    evx_receipt_free(&r);
}

// --- files ---

void world_write(const char *folder, const char *name, struct evx_bytes content)
{
    char *path = NULL;
    world_must(asprintf(&path, "%s/%s", folder, name) >= 0, "memory");
    *strrchr(path, '/') = 0;
    must(evx_dir_make(path), path);
    path[strlen(path)] = '/';
    FILE *f = fopen(path, "wb");
    world_must(f && (!content.n || fwrite(content.p, 1, content.n, f) == content.n) && fclose(f) == 0, path);
    free(path);
}

static void tile_name(char out[96], const char *kind, uint64_t number, size_t width)
{
    int n = number >= 1000 ? snprintf(out, 96, "tile/%s/x%03u/%03u", kind, (unsigned)(number / 1000),
                                      (unsigned)(number % 1000))
                           : snprintf(out, 96, "tile/%s/%03u", kind, (unsigned)number);
    if (width < 256) snprintf(out + n, 96 - (size_t)n, ".p/%zu", width);
}

static void write_entries(const struct world *w, const char *folder)
{
    for (size_t first = 0; first < w->n; first += 256) {
        size_t width = w->n - first < 256 ? w->n - first : 256;
        struct evx_buf tile = {0};
        char name[96];
        for (size_t i = first; i < first + width; i++) {
            uint8_t length[2];
            evx_put_be16(length, (uint16_t)w->at[i].entry.n);
            must(evx_buf_append(&tile, length, 2), "memory");
            must(evx_buf_append(&tile, w->at[i].entry.p, w->at[i].entry.n), "memory");
        }
        tile_name(name, "entries", first / 256, width);
        world_write(folder, name, evx_buf_bytes(&tile));
        evx_buf_free(&tile);
    }
}

static void write_hashes(const struct world *w, const char *folder)
{
    for (unsigned level = 0; w->n >> (8 * level); level++) {
        size_t count = w->n >> (8 * level);
        char kind[8], name[96];
        snprintf(kind, sizeof kind, "%u", level);
        for (size_t first = 0; first < count; first += 256) {
            size_t width = count - first < 256 ? count - first : 256;
            tile_name(name, kind, first / 256, width);
            world_write(folder, name, evx_bytes(w->node[8 * level] + first, width * 32));
        }
    }
}

void world_export(const struct world *w, const char *folder, unsigned witnesses, bool statements)
{
    struct evx_buf note = {0};
    world_checkpoint(&note, w, w->n, witnesses);
    world_write(folder, "checkpoint", evx_buf_bytes(&note));
    evx_buf_free(&note);
    write_entries(w, folder);
    write_hashes(w, folder);
    world_write(folder, "directory/1", evx_directory_note(w->directory[0]));
    world_write(folder, "directory/2", evx_directory_note(w->directory[1]));
    for (size_t i = WORLD_STATEMENT; statements && i <= WORLD_ERASED; i++) {
        char name[64];
        world_bundle(&note, w, i, 0, w->n, witnesses);
        snprintf(name, sizeof name, "statements/%zu.bundle", i);
        world_write(folder, name, evx_buf_bytes(&note));
        evx_buf_free(&note);
    }
}
