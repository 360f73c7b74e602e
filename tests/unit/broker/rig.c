// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/broker/rig.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/engine/journal_sqlite.h"

static void on_send(void *user, uint32_t session, struct evx_buf *frame, struct evx_buf *body)
{
    struct rig *r = user;
    struct rig_out *o = calloc(1, sizeof *o);
    cr_assert(o);
    o->session = session;
    cr_assert_eq(evx_frame_unpack(&o->frame, evx_buf_bytes(frame)), EVX_OK);
    evx_buf_free(frame);
    if (body) o->body = *body;
    if (body) *body = (struct evx_buf){0};
    struct rig_out **last = &r->out;
    while (*last)
        last = &(*last)->next;
    *last = o;
}

static void on_drop(void *user, uint32_t session) { ((struct rig *)user)->dropped = session; }
static void on_release(void *user, uint64_t bytes) { ((struct rig *)user)->released += bytes; }

static void on_verify(void *user, struct evx_verify_job *job)
{
    struct rig *r = user;
    struct evx_verify_job **last = &r->jobs;
    while (*last)
        last = &(*last)->next;
    job->next = NULL;
    *last = job;
}

static void on_sign(void *user, const struct evx_inspection_id *log, uint64_t size,
                    const struct evx_digest *root)
{
    struct rig *r = user;
    cr_assert_lt(r->signs_n, sizeof r->signs / sizeof r->signs[0]);
    r->signs[r->signs_n++] = (struct rig_sign){*log, size, *root};
}

static void on_log(void *user, enum evx_log_level level, const char *id, const char *text)
{
    (void)user, (void)level, (void)id, (void)text;
}

static enum evx_status add_to_signer(struct rig *r, const struct evx_dir_inspection *i)
{
    struct evx_journal_view view;
    struct evx_register reg;
    enum evx_status s = evx_journal_sqlite_view_open(&view, r->journal_path);
    if (s) return s;
    s = evx_register_open(&reg, r->register_path, i->origin);
    if (s == EVX_E_NOT_FOUND) {
        s = evx_register_create(r->register_path, i->origin);
        if (!s) s = evx_register_open(&reg, r->register_path, i->origin);
    }
    if (!s) s = evx_signer_add(r->signer, &i->id, i->origin, &view, evx_journal_sqlite_view_close, &reg);
    if (s) evx_journal_sqlite_view_close(&view);
    if (s) evx_register_close(&reg);
    return s;
}

static enum evx_status on_open(void *user, const struct evx_dir_inspection *i, struct evx_journal **out)
{
    struct rig *r = user;
    struct evx_journal_sqlite_options options = {0};
    r->opened = evx_journal_sqlite_open(out, r->journal_path, &options);
    if (r->opened) return r->opened;
    r->journal = *out;
    r->opened = add_to_signer(r, i);
    return EVX_OK; // the signer refuses when it is asked
}

static enum evx_status on_note(void *user, uint64_t version, struct evx_buf *out)
{
    (void)user, (void)version, (void)out;
    return EVX_E_NOT_FOUND;
}

static enum evx_status start(struct rig *r)
{
    const struct evx_core_ports ports = {.user = r,
                                         .send = on_send,
                                         .drop = on_drop,
                                         .release = on_release,
                                         .verify = on_verify,
                                         .sign = on_sign,
                                         .log = on_log,
                                         .open_journal = on_open,
                                         .directory_note = on_note};
    struct evx_core_config config = {.sign = evx_fixture_sign(r->fixture, "exchange-broker", EVX_KEY_SIG)};
    const struct evx_dir_key *key = evx_fixture_key(r->fixture, "exchange-broker", EVX_KEY_SIG);
    const struct evx_dir_key *log = evx_fixture_key(r->fixture, "exchange-broker", EVX_KEY_LOG);
    struct evx_sign_public log_public;
    config.signer = key->fingerprint;
    memcpy(log_public.b, log->public_key, sizeof log_public.b);
    cr_assert_eq(
        evx_signer_new(&r->signer, evx_fixture_sign(r->fixture, "exchange-broker", EVX_KEY_LOG), &log_public),
        EVX_OK);
    cr_assert_eq(evx_core_new(&r->core, &config, &ports), EVX_OK);
    enum evx_status s = evx_core_set_directory(r->core, r->directory, NULL, r->now_ms);
    if (!s) rig_settle(r);
    if (!s) s = evx_core_fault(r->core);
    if (s) rig_stop(r);
    return s;
}

void rig_new(struct rig *r)
{
    memset(r, 0, sizeof *r);
    r->fixture = evx_fixture_new();
    cr_assert(r->fixture);
    r->directory = evx_directory_ref((struct evx_directory *)evx_fixture_directory(r->fixture));
    r->now_ms = EVX_FIXTURE_NOW_MS;
    snprintf(r->folder, sizeof r->folder, "/tmp/evx-rig-XXXXXX");
    cr_assert(mkdtemp(r->folder));
    snprintf(r->journal_path, sizeof r->journal_path, "%s/journal.db", r->folder);
    snprintf(r->register_path, sizeof r->register_path, "%s/register", r->folder);
    cr_assert_eq(start(r), EVX_OK);
    cr_assert(evx_core_ready(r->core));
}

static void drop_outs(struct rig *r)
{
    while (r->out) {
        struct rig_out *o = r->out;
        r->out = o->next;
        rig_out_free(o);
    }
}

void rig_stop(struct rig *r)
{
    while (r->jobs) {
        struct evx_verify_job *job = r->jobs;
        r->jobs = job->next;
        evx_verify_job_destroy(&job);
    }
    r->signs_n = 0;
    drop_outs(r);
    evx_signer_destroy(&r->signer); // first, so that the journal folds its log when it closes
    evx_core_destroy(&r->core);
    evx_sealer_destroy(&r->sealer);
    r->journal = NULL;
}

enum evx_status rig_restart(struct rig *r)
{
    rig_stop(r);
    return start(r);
}

void rig_free(struct rig *r)
{
    rig_stop(r);
    evx_directory_destroy(&r->directory);
    evx_fixture_free(r->fixture);
    DIR *d = opendir(r->folder);
    for (struct dirent *e; d && (e = readdir(d));)
        unlinkat(dirfd(d), e->d_name, 0);
    if (d) closedir(d);
    rmdir(r->folder);
}

// The text with every occurrence of each `from` replaced.
static void replace_all(struct evx_buf *text, const char *from, const char *to)
{
    struct evx_buf out = {0};
    cr_assert_eq(evx_buf_append(text, "", 1), EVX_OK);
    const char *at = (const char *)text->p, *hit;
    while ((hit = strstr(at, from))) {
        cr_assert_eq(evx_buf_append(&out, at, (size_t)(hit - at)), EVX_OK);
        cr_assert_eq(evx_buf_append_text(&out, to), EVX_OK);
        at = hit + strlen(from);
    }
    cr_assert_eq(evx_buf_append_text(&out, at), EVX_OK);
    evx_buf_free(text);
    *text = out;
}

struct evx_directory *rig_load_directory(struct rig *r, const char *const *replace)
{
    struct evx_buf text = {0}, note = {0};
    struct evx_bytes original = evx_fixture_text(r->fixture);
    struct evx_directory *d = NULL;
    char version[48], hash[45], previous[64];
    cr_assert_eq(evx_buf_append(&text, original.p, original.n), EVX_OK);
    snprintf(version, sizeof version, "\nversion %llu\n",
             (unsigned long long)evx_directory_version(r->directory) + 1);
    evx_base64(hash, evx_directory_hash(r->directory)->b, 32);
    snprintf(previous, sizeof previous, "\nprevious %s\n", hash);
    replace_all(&text, "\nversion 1\n", version);
    replace_all(&text, "\nprevious -\n", previous);
    for (; replace && replace[0]; replace += 2)
        replace_all(&text, replace[0], replace[1]);
    cr_assert_eq(evx_fixture_sign_directory(&note, r->fixture, evx_buf_bytes(&text), 7), EVX_OK);
    unsigned line = 0;
    enum evx_status s = evx_directory_load(&d, evx_buf_bytes(&note), NULL, NULL, &line);
    cr_assert_eq(s, EVX_OK, "directory refused: %d at line %u", s, line);
    evx_buf_free(&text);
    evx_buf_free(&note);
    return d;
}

enum evx_status rig_directory(struct rig *r, const char *const *replace)
{
    struct evx_directory *d = rig_load_directory(r, replace);
    struct evx_directory *before = r->directory;
    enum evx_status s = evx_core_set_directory(r->core, d, before, r->now_ms);
    r->directory = d;
    evx_directory_destroy(&before);
    return s;
}

static void run_jobs(struct rig *r, bool *moved)
{
    while (!r->hold_verify && r->jobs) {
        struct evx_verify_job *job = r->jobs;
        r->jobs = job->next;
        job->next = NULL;
        evx_verify_run(job);
        evx_core_verified(r->core, job, r->now_ms);
        *moved = true;
    }
}

static void run_signs(struct rig *r, bool *moved)
{
    while (!r->hold_sign && r->signs_n) {
        struct rig_sign s = r->signs[0];
        memmove(r->signs, r->signs + 1, --r->signs_n * sizeof r->signs[0]);
        struct evx_buf note = {0};
        enum evx_status status =
            r->opened ? r->opened : evx_signer_sign(r->signer, &note, &s.log, s.size, &s.root);
        evx_core_signed(r->core, &s.log, s.size, status, evx_buf_bytes(&note), r->now_ms);
        evx_buf_free(&note);
        *moved = true;
    }
}

void rig_settle(struct rig *r)
{
    for (bool moved = true; moved;) {
        moved = false;
        run_jobs(r, &moved);
        if (evx_core_step(r->core, r->now_ms)) moved = true;
        run_signs(r, &moved);
    }
}

void rig_send_bytes(struct rig *r, uint32_t session, const char *org, struct evx_bytes frame,
                    struct evx_bytes body, enum evx_status fault)
{
    struct evx_buf copy = {0};
    if (body.n) cr_assert_eq(evx_buf_append(&copy, body.p, body.n), EVX_OK);
    const struct evx_dir_key *key = evx_fixture_key(r->fixture, org, EVX_KEY_TRN);
    struct evx_core_input in = {.session = session,
                                .identity = key->fingerprint,
                                .frame = frame,
                                .body = &copy,
                                .fault = fault,
                                .now_ms = r->now_ms};
    evx_core_message(r->core, &in);
    cr_assert_null(copy.p, "the body was neither taken nor freed");
}

void rig_send(struct rig *r, uint32_t session, const char *org, const Evx__V1__Frame *f,
              struct evx_bytes body)
{
    struct evx_buf frame = {0};
    cr_assert_eq(evx_frame_pack(&frame, f), EVX_OK);
    rig_send_bytes(r, session, org, evx_buf_bytes(&frame), body, EVX_OK);
    evx_buf_free(&frame);
}

void rig_hello(struct rig *r, uint32_t session, const char *org)
{
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Hello m = EVX__V1__HELLO__INIT;
    m.version = 1;
    m.program = (char *)"test 1";
    f.body_case = EVX__V1__FRAME__BODY_HELLO;
    f.hello = &m;
    rig_send(r, session, org, &f, evx_bytes(NULL, 0));
    struct rig_out *o = rig_take(r, session);
    cr_assert(o);
    cr_assert_eq(o->frame->body_case, EVX__V1__FRAME__BODY_WELCOME);
    rig_out_free(o);
}

static void submit_frame(struct rig *r, uint32_t session, const char *org, const struct evx_digest *id,
                         struct evx_bytes consignment)
{
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Submit m = EVX__V1__SUBMIT__INIT;
    m.consignment = (ProtobufCBinaryData){sizeof id->b, (uint8_t *)id->b};
    m.bytes = consignment.n;
    f.body_case = EVX__V1__FRAME__BODY_SUBMIT;
    f.submit = &m;
    rig_send(r, session, org, &f, consignment);
}

void rig_submit(struct rig *r, uint32_t session, const char *org, const struct evx_digest *id,
                struct evx_bytes consignment)
{
    submit_frame(r, session, org, id, consignment);
    rig_settle(r);
}

struct rig_out *rig_take(struct rig *r, uint32_t session)
{
    for (struct rig_out **o = &r->out; *o; o = &(*o)->next) {
        if ((*o)->session != session) continue;
        struct rig_out *found = *o;
        *o = found->next;
        return found;
    }
    return NULL;
}

void rig_out_free(struct rig_out *o)
{
    if (!o) return;
    evx_frame_free(o->frame);
    evx_buf_free(&o->body);
    free(o);
}

struct evx_vkey rig_log_key(const struct rig *r)
{
    struct evx_vkey key;
    struct evx_inspection_id id = evx_fixture_inspection();
    cr_assert_eq(evx_directory_log_vkey(&key, r->directory, &id), EVX_OK);
    return key;
}

static enum evx_status check_receipt(struct rig *r, const Evx__V1__Receipt *m, struct evx_bytes consignment)
{
    struct evx_receipt receipt = {0};
    struct evx_vkey key = rig_log_key(r);
    struct evx_bytes header;
    const struct evx_signature *signature;
    enum evx_status s = evx_receipt_from_frame(&receipt, m);
    if (!s) s = evx_consignment_peek(&header, &signature, consignment);
    if (!s) s = evx_receipt_verify(&receipt, &key, header, signature, NULL);
    evx_receipt_free(&receipt);
    return s;
}

static enum evx_status check_rejection(struct rig *r, const Evx__V1__Rejection *m)
{
    Evx__V1__RejectionBody *body = NULL;
    enum evx_status s = evx_rejection_open(&body, m, r->directory, (int64_t)r->now_ms);
    if (!s) s = evx_status_from_wire(body->code);
    evx_rejection_body_free(body);
    return s;
}

enum evx_status rig_verdict(struct rig *r, uint32_t session, struct evx_bytes consignment)
{
    struct rig_out *o = rig_take(r, session);
    enum evx_status s = EVX_E_BUG;
    if (o && o->frame->body_case == EVX__V1__FRAME__BODY_RECEIPT)
        s = check_receipt(r, o->frame->receipt, consignment);
    else if (o && o->frame->body_case == EVX__V1__FRAME__BODY_REJECTION)
        s = check_rejection(r, o->frame->rejection);
    rig_out_free(o);
    return s;
}

struct rig_stream rig_stream(const char *org, uint8_t number)
{
    struct rig_stream s = {.org = org};
    memset(s.link.stream.b, number, sizeof s.link.stream.b);
    s.link.sequence = 1;
    return s;
}

static size_t recipients_of(struct rig *r, const char *const *to, const struct evx_dir_key **out)
{
    static const char *const all[] = {"inspectorate-care", "inspectorate-health", "inspectorate-policing",
                                      NULL};
    size_t n = 0;
    for (to = to ? to : all; to[n]; n++)
        out[n] = evx_directory_key_of(r->directory, to[n], EVX_KEY_ENC, (int64_t)r->now_ms);
    return n;
}

void rig_seal(struct rig *r, struct rig_stream *s, struct evx_buf *out, struct evx_digest *id,
              const struct rig_sealing *how)
{
    const struct evx_dir_key *recipient[8];
    uint8_t nonce[16];
    struct evx_buf content = {0};
    size_t items = how->items ? how->items : 1;
    struct evx_plain_item item[64] = {0};
    cr_assert_leq(items, 64);
    cr_assert_eq(evx_fixture_evidence(&content, how->nonce, how->item_bytes ? how->item_bytes : 200), EVX_OK);
    for (size_t i = 0; i < items; i++)
        item[i].content = evx_buf_bytes(&content);
    memset(nonce, how->nonce, sizeof nonce);
    nonce[0] = (uint8_t)s->link.sequence;
    nonce[1] = s->link.stream.b[0];
    nonce[2] = (uint8_t)s->org[0];
    struct evx_seal_context context = {.directory = r->directory,
                                       .inspection = evx_fixture_inspection(),
                                       .recipient = recipient,
                                       .recipients = recipients_of(r, how->to, recipient),
                                       .marking = EVX__V1__MARKING__MARKING_OFFICIAL_SENSITIVE,
                                       .purpose = EVX__V1__PURPOSE__PURPOSE_INSPECTION,
                                       .now_ms = r->now_ms,
                                       .link = s->link,
                                       .nonce = nonce};
    const struct evx_dir_key *key = evx_fixture_key(r->fixture, s->org, EVX_KEY_SIG);
    struct evx_sign_public public_key;
    memcpy(public_key.b, key->public_key, sizeof public_key.b);
    evx_sealer_destroy(&r->sealer);
    cr_assert_eq(evx_sealer_new(&r->sealer, evx_fixture_sign(r->fixture, s->org, EVX_KEY_SIG), &public_key),
                 EVX_OK);
    evx_buf_clear(out);
    cr_assert_eq(evx_seal(out, id, NULL, r->sealer, &context, item, items), EVX_OK);
    evx_buf_free(&content);
    if (how->stay) return;
    s->link.sequence++;
    s->link.previous = *id;
}

void rig_post(struct rig *r, uint32_t session, struct rig_stream *s, struct evx_buf *out,
              struct evx_digest *id)
{
    rig_seal(r, s, out, id, &(struct rig_sealing){0});
    rig_submit(r, session, s->org, id, evx_buf_bytes(out));
}

void rig_fetch(struct rig *r, uint32_t session, const char *org, uint64_t from, uint64_t max_bytes,
               uint32_t max_entries, bool follow)
{
    struct evx_inspection_id id = evx_fixture_inspection();
    Evx__V1__Frame f = EVX__V1__FRAME__INIT;
    Evx__V1__Fetch m = EVX__V1__FETCH__INIT;
    m.inspection = (ProtobufCBinaryData){sizeof id.b, id.b};
    m.from_index = from;
    m.max_bytes = max_bytes;
    m.max_entries = max_entries;
    m.follow = follow;
    f.body_case = EVX__V1__FRAME__BODY_FETCH;
    f.fetch = &m;
    rig_send(r, session, org, &f, evx_bytes(NULL, 0));
    rig_settle(r);
}
