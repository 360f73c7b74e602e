// SPDX-License-Identifier: Apache-2.0
//
// What people do with their machines: agencies hand in batches, nil returns and
// heartbeats, withdraw what they sent, begin new streams, and say at the end what
// was all; inspectorates ask.
#include <string.h>

#include "agents/client/complete.h"
#include "tests/sim/fleet.h"

#define MOST_ITEMS 4

static void submit(struct sim_node *n)
{
    struct evx_plain_item item[MOST_ITEMS] = {0};
    size_t items = sim_between(&n->sim->dice, 1, MOST_ITEMS);
    for (size_t i = 0; i < items; i++)
        item[i].content = sim_evidence((unsigned)sim_roll(&n->sim->dice));
    EVX_IGNORE(sim_queue_items(n, item, items, NULL, sim_between(&n->sim->dice, 1, items)), "it is refused");
}

static void queue_item(struct sim_node *n, const Evx__V1__Item *m, const char *to)
{
    struct evx_buf packed = {0};
    enum evx_status s = evx_item_pack(&packed, m);
    struct evx_plain_item item = {.content = evx_buf_bytes(&packed)};
    if (!s) s = sim_queue_items(n, &item, 1, to, 0);
    if (s == EVX_E_ITEM_CONTENT || s == EVX_E_MALFORMED)
        sim_broke(n->sim, "the workload makes no valid item");
    evx_buf_free(&packed);
}

static void nil_return(struct sim_node *n)
{
    Evx__V1__Item m = EVX__V1__ITEM__INIT;
    Evx__V1__NilReturn nil = EVX__V1__NIL_RETURN__INIT;
    nil.ground = EVX__V1__NIL_GROUND__NIL_HELD_NOTHING;
    nil.searched = (char *)"the register";
    m.body_case = EVX__V1__ITEM__BODY_NIL_RETURN;
    m.nil_return = &nil;
    queue_item(n, &m, NULL);
}

static void heartbeat(struct sim_node *n)
{
    bool queued = false;
    n->sim->running = n;
    EVX_IGNORE(evx_agent_heartbeat(n->agent, 1, &queued), "the next one will do");
    n->sim->running = NULL;
    sim_wake(n, 1);
}

static void withdraw(struct sim_node *n)
{
    const struct sim_outbox_state *kept = &n->outbox->kept;
    if (!kept->rows) return;
    const struct sim_row *r = &kept->row[sim_below(&n->sim->dice, kept->rows)];
    Evx__V1__Item m = EVX__V1__ITEM__INIT;
    Evx__V1__Withdrawal w = EVX__V1__WITHDRAWAL__INIT;
    w.target = (ProtobufCBinaryData){sizeof r->item_id[0].b, (uint8_t *)r->item_id[0].b};
    w.reason = (char *)"sent by mistake";
    m.body_case = EVX__V1__ITEM__BODY_WITHDRAWAL;
    m.withdrawal = &w;
    queue_item(n, &m, NULL);
}

static void new_stream(struct sim_node *n)
{
    uint64_t given_up = 0;
    n->sim->running = n;
    EVX_IGNORE(evx_agent_stream_reset(n->agent, &given_up), "the next one will do");
    n->sim->running = NULL;
    sim_say(n->sim, sim_name(n), "begins a new stream, %llu given up", (unsigned long long)given_up);
    sim_wake(n, 1);
}

static void statement(struct sim_node *n)
{
    n->sim->running = n;
    enum evx_status s = evx_agent_state_completeness(n->agent, true, NULL, NULL);
    n->sim->running = NULL;
    sim_say(n->sim, sim_name(n), "states that this was all: %s", evx_error_info(s)->name);
    sim_wake(n, 1);
}

static void request(struct sim_node *n)
{
    const struct sim_node *to = &n->sim->node[sim_below(&n->sim->dice, n->sim->nodes)];
    if (to->collects) return;
    Evx__V1__Item m = EVX__V1__ITEM__INIT;
    Evx__V1__Request ask = EVX__V1__REQUEST__INIT;
    char *agency = (char *)to->person->org;
    ask.text = (char *)"records of the last quarter";
    ask.n_agency = 1;
    ask.agency = &agency;
    m.body_case = EVX__V1__ITEM__BODY_REQUEST;
    m.request = &ask;
    queue_item(n, &m, agency);
}

// --- when ---

static void act(struct sim *s, struct sim_event *e)
{
    struct sim_node *n = e->subject;
    if (!n->agent || n->dying) return;
    if (n->collects) {
        request(n);
        return;
    }
    uint64_t choice = sim_below(&s->dice, 100);
    if (choice < 62)
        submit(n);
    else if (choice < 74)
        nil_return(n);
    else if (choice < 86)
        heartbeat(n);
    else if (choice < 94)
        withdraw(n);
    else
        new_stream(n);
}

static void conclude(struct sim *s, struct sim_event *e)
{
    (void)s;
    struct sim_node *n = e->subject;
    if (n->agent && !n->dying) statement(n);
}

// The log as the keepers know it: the broker's disk may be an old copy at this moment, what
// others have stored is not.
static uint64_t known_size(const struct sim *s)
{
    uint64_t size = s->broker[0].disk->entries;
    for (unsigned i = 0; i < s->nodes; i++)
        if (s->node[i].collects && s->node[i].store->kept.n > size) size = s->node[i].store->kept.n;
    return size;
}

static void grow_directory(struct sim *s, struct sim_event *e)
{
    (void)e;
    if (s->directories == SIM_DIRECTORIES) return;
    const struct evx_directory *before = s->directory[s->directories - 1];
    struct sim_node *n = &s->node[sim_below(&s->dice, s->nodes)];
    enum sim_edit edit = (enum sim_edit)sim_below(&s->dice, SIM_EDIT_REVOKE);
    bool second = n->signs_twice;
    if (edit == SIM_EDIT_SIGN && n->collects) edit = SIM_EDIT_NOTHING;
    if (edit == SIM_EDIT_SIGN && second) edit = SIM_EDIT_REVOKE;
    if (edit == SIM_EDIT_REVOKE && n->revoked) edit = SIM_EDIT_NOTHING;
    if (edit == SIM_EDIT_ENC && n->seals_twice) edit = SIM_EDIT_NOTHING;
    uint64_t size = known_size(s);
    uint64_t cut = size > 3 ? size - sim_below(&s->dice, 3) : size;
    struct evx_directory *next = sim_next_directory(before, edit, n->person->org, cut);
    if (!next) {
        sim_broke(s, "the directory keepers made no valid successor");
        return;
    }
    n->signs_twice = n->signs_twice || edit == SIM_EDIT_SIGN;
    n->seals_twice = n->seals_twice || edit == SIM_EDIT_ENC;
    if (edit == SIM_EDIT_REVOKE) {
        n->revoked = true;
        n->revoked_from = cut;
        n->revoked_since = size;
    }
    s->directory[s->directories++] = next;
    s->tally.directories++;
    sim_say(s, "keepers", "directory %u: edit %d for %s", s->directories, (int)edit, n->person->org);
    sim_directory_published(s);
}

static void close_window(struct sim *s, struct sim_event *e)
{
    (void)e;
    if (s->directories == SIM_DIRECTORIES) return;
    struct evx_directory *next =
        sim_next_directory(s->directory[s->directories - 1], SIM_EDIT_CLOSE, NULL, 0);
    if (!next) {
        sim_broke(s, "the directory keepers could not close the window");
        return;
    }
    s->directory[s->directories++] = next;
    s->window_closed = true;
    sim_say(s, "keepers", "directory %u closes the window", s->directories);
    sim_directory_published(s);
}

static void plan_node(struct sim *s, struct sim_node *n)
{
    uint64_t acts = n->collects ? sim_below(&s->dice, 2) : sim_between(&s->dice, 1, 4);
    while (acts--)
        sim_plan(s, sim_between(&s->dice, 200, SIM_WORK_MS - 6000), act, n, 0);
    if (!n->collects && sim_chance(&s->dice, 60))
        sim_plan(s, sim_between(&s->dice, SIM_WORK_MS - 5000, SIM_WORK_MS - 500), conclude, n, 0);
}

void sim_work_plan(struct sim *s)
{
    for (unsigned i = 0; i < s->nodes; i++)
        plan_node(s, &s->node[i]);
    if (sim_chance(&s->dice, 30))
        for (uint64_t more = sim_between(&s->dice, 1, 3); more; more--)
            sim_plan(s, sim_between(&s->dice, 2000, SIM_WORK_MS - 4000), grow_directory, NULL, 0);
    if (sim_chance(&s->dice, 5)) sim_plan(s, SIM_WORK_MS - 1000, close_window, NULL, 0);
}
