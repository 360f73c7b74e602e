// SPDX-License-Identifier: Apache-2.0
//
// The verifier's parts alone: entries, sender chains, statements.
#include <criterion/criterion.h>
#include <string.h>

#include "agents/evx/verify/entry.h"
#include "agents/evx/verify/streams.h"
#include "tests/interop/world.h"

TestSuite(verify_parts, .timeout = 60);

static struct world *w;
static void set_up(void) { w = world_new(&(struct world_wish){0}); }
static void tear_down(void) { world_free(w); }

// An entry whose header was changed and signed again by its sender.
static enum evx_status read_changed(void (*change)(Evx__V1__Header *h))
{
    struct evx_entry e, again;
    struct evx_buf header = {0}, entry = {0};
    struct evx_signature signature;
    cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(&w->at[1].entry)), EVX_OK);
    change(e.header);
    cr_assert_eq(evx_header_pack(&header, e.header), EVX_OK);
    evx_sign(&signature, evx_fixture_sign(w->f, "northam-police", EVX_KEY_SIG), "evx/header/v1\n",
             evx_buf_bytes(&header));
    cr_assert_eq(evx_log_entry(&entry, 1, evx_buf_bytes(&header), &signature), EVX_OK);
    enum evx_status s = evx_entry_read(&again, evx_buf_bytes(&entry));
    if (!s) evx_entry_close(&again);
    evx_entry_close(&e);
    evx_buf_free(&header);
    evx_buf_free(&entry);
    return s;
}

static void nothing(Evx__V1__Header *h) { (void)h; }
static void other_version(Evx__V1__Header *h) { h->version = 2; }
static void other_suite(Evx__V1__Header *h) { h->suite = 2; }
static void disorder(Evx__V1__Header *h)
{
    ProtobufCBinaryData swap = h->recipient[0];
    h->recipient[0] = h->recipient[1];
    h->recipient[1] = swap;
}

Test(verify_parts, an_entry_s_header_has_the_values_that_are_known, .init = set_up, .fini = tear_down)
{
    cr_assert_eq(read_changed(nothing), EVX_OK);
    cr_assert_eq(read_changed(other_version), EVX_E_VERSION);
    cr_assert_eq(read_changed(other_suite), EVX_E_SUITE);
    cr_assert_eq(read_changed(disorder), EVX_E_MALFORMED);
}

Test(verify_parts, an_entry_is_of_a_known_kind_and_whole, .init = set_up, .fini = tear_down)
{
    struct evx_entry e;
    const struct evx_buf *adoption = &w->at[0].entry;
    cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(adoption)), EVX_OK);
    cr_assert(e.adoption);
    evx_entry_close(&e);
    cr_assert_eq(evx_entry_read(&e, evx_bytes(adoption->p, adoption->n - 1)), EVX_E_MALFORMED);
    cr_assert_eq(evx_entry_read(&e, evx_bytes(NULL, 0)), EVX_E_MALFORMED);
    cr_assert_eq(evx_entry_read(&e, evx_bytes("\x03", 1)), EVX_E_MALFORMED);
    cr_assert_eq(evx_entry_read(&e, evx_bytes(w->at[1].entry.p, 73)), EVX_E_MALFORMED);
}

Test(verify_parts, only_a_signing_key_signs, .init = set_up, .fini = tear_down)
{
    struct evx_entry e;
    const struct evx_dir_key *key;
    cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(&w->at[1].entry)), EVX_OK);
    cr_assert_eq(evx_entry_signed(&key, &e, w->directory[0]), EVX_OK);
    cr_assert_str_eq(key->org, "northam-police");
    e.header->sender.data[0] ^= 1;
    cr_assert_eq(evx_entry_signed(&key, &e, w->directory[0]), EVX_E_UNKNOWN_KEY);
    memcpy(e.header->sender.data, evx_fixture_key(w->f, "northam-police", EVX_KEY_TRN)->fingerprint.b, 32);
    cr_assert_eq(evx_entry_signed(&key, &e, w->directory[0]), EVX_E_UNKNOWN_KEY, "a transport key");
    memcpy(e.header->sender.data, evx_fixture_key(w->f, "northam-council", EVX_KEY_SIG)->fingerprint.b, 32);
    cr_assert_eq(evx_entry_signed(&key, &e, w->directory[0]), EVX_E_SIGNATURE, "somebody else's key");
    cr_assert_null(key);
    evx_entry_close(&e);
}

static enum evx_status take(struct evx_streams *s, size_t index, const char *org)
{
    struct evx_entry e;
    cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(&w->at[index].entry)), EVX_OK);
    enum evx_status status = evx_streams_take(s, &e, org, NULL);
    evx_entry_close(&e);
    return status;
}

Test(verify_parts, a_stream_goes_on_without_a_gap, .init = set_up, .fini = tear_down)
{
    struct evx_streams s = {0};
    cr_assert_eq(take(&s, 1, "northam-police"), EVX_OK);
    cr_assert_eq(take(&s, 1, "northam-police"), EVX_E_LOG_CHAIN, "the same number twice");
    cr_assert_eq(take(&s, 5, "northam-police"), EVX_E_LOG_CHAIN, "number 3 after number 1");
    cr_assert_eq(take(&s, 3, "northam-police"), EVX_OK);
    cr_assert_eq(take(&s, 1, "northam-council"), EVX_OK,
                 "another organisation's stream of that name is another");
    cr_assert_eq(s.used, 2);
    evx_streams_free(&s);
}

Test(verify_parts, many_streams_keep_apart)
{
    w = world_new(&(struct world_wish){.filler = 0});
    struct evx_streams s = {0};
    struct evx_entry e;
    cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(&w->at[1].entry)), EVX_OK);
    for (unsigned i = 0; i < 1000; i++) {
        evx_put_be32(e.stream.b, i);
        cr_assert_eq(evx_streams_take(&s, &e, "northam-police", NULL), EVX_OK, "stream %u", i);
    }
    for (unsigned i = 0; i < 1000; i++) {
        evx_put_be32(e.stream.b, i);
        const struct evx_stream *found = evx_streams_find(&s, "northam-police", &e.stream);
        cr_assert(found && memcmp(found->id.b, e.stream.b, 16) == 0);
    }
    cr_assert_null(evx_streams_find(&s, "northam-council", &e.stream));
    evx_entry_close(&e);
    evx_streams_free(&s);
    world_free(w);
}

// The police's statement over what stands at 1, 3 and 5.
static void state(struct evx_stated *st)
{
    memset(st, 0, sizeof *st);
    memcpy(st->org, "northam-police", sizeof "northam-police");
    st->stream = (struct evx_stream_id){{1, 1, 1, 1}};
    st->first = 1, st->last = 3, st->items = 6, st->index = WORLD_STATEMENT;
    struct evx_frontier t = {0};
    for (size_t i = 1; i <= 5; i += 2) {
        struct evx_digest leaf;
        evx_log_leaf(&leaf, evx_bytes(w->at[i].id.b, 32));
        evx_frontier_append(&t, &leaf, NULL, NULL);
    }
    evx_frontier_root(&st->root, &t);
}

static enum evx_status judge(struct evx_stated *st)
{
    for (size_t i = 1; i < w->n; i++) {
        struct evx_entry e;
        cr_assert_eq(evx_entry_read(&e, evx_buf_bytes(&w->at[i].entry)), EVX_OK);
        if (!e.adoption) evx_stated_take(st, &e, i == 2 ? "northam-council" : "northam-police", i);
        evx_entry_close(&e);
    }
    return evx_stated_judge(st);
}

Test(verify_parts, a_statement_must_agree_in_everything, .init = set_up, .fini = tear_down)
{
    struct evx_stated st;
    state(&st);
    cr_assert_eq(judge(&st), EVX_OK);
    state(&st);
    st.items++;
    cr_assert_eq(judge(&st), EVX_E_STATEMENT_FALSE, "items");
    state(&st);
    st.root.b[31] ^= 1;
    cr_assert_eq(judge(&st), EVX_E_STATEMENT_FALSE, "root");
    state(&st);
    st.last = 4; // its own consignment stands behind it, so it cannot be meant
    cr_assert_eq(judge(&st), EVX_E_STATEMENT_FALSE, "more than there was");
    state(&st);
    st.index = 5; // what it names came only after it
    cr_assert_eq(judge(&st), EVX_E_STATEMENT_FALSE, "before its time");
    state(&st);
    memcpy(st.org, "northam-council", sizeof "northam-council");
    cr_assert_eq(judge(&st), EVX_E_STATEMENT_FALSE, "another's stream");
}

Test(verify_parts, a_statement_over_nothing_is_possible_but_not_one_from_zero, .init = set_up,
     .fini = tear_down)
{
    struct evx_stated st;
    state(&st);
    st.stream.b[15] = 9; // a stream in which nothing was sent
    st.last = 0, st.items = 0;
    evx_log_empty(&st.root);
    cr_assert_eq(judge(&st), EVX_OK);
    st.first = 0;
    cr_assert_eq(evx_stated_judge(&st), EVX_E_STATEMENT_FALSE);
    st.last = UINT64_MAX; // as many as none, by the numbers
    cr_assert_eq(evx_stated_judge(&st), EVX_E_STATEMENT_FALSE);
    st.first = 5, st.last = 0;
    cr_assert_eq(evx_stated_judge(&st), EVX_E_STATEMENT_FALSE, "ends before it begins");
}
