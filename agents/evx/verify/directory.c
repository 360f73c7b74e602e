// SPDX-License-Identifier: Apache-2.0
#include "agents/evx/verify/kinds.h"
#include "proto/base/clock.h"

static void say_directory(const struct evx_directory *d, struct evx_report *r)
{
    char expires[EVX_TIME_TEXT], spoken[EVX_SPOKEN_TEXT];
    evx_time_text(expires, evx_directory_expires_ms(d));
    evx_trust_spoken(spoken, evx_directory_hash(d));
    evx_report_text(r, "exchange", evx_directory_exchange(d));
    evx_report_number(r, "version", evx_directory_version(d));
    evx_report_hex(r, "sha256", evx_directory_hash(d)->b, 32);
    evx_report_text(r, "spoken", spoken);
    evx_report_text(r, "expires", expires);
    evx_report_proved(r, "the roots that it names itself",
                      "directory version %llu of %s has the signatures that it demands; it expires at %s",
                      (unsigned long long)evx_directory_version(d), evx_directory_exchange(d), expires);
}

// The note must be in the chain that hangs on what was given.
static enum evx_status check_chain(const struct evx_checker *c, const struct evx_directory *d,
                                   struct evx_bytes note, struct evx_report *r)
{
    struct evx_notes found = {0};
    struct evx_directory_history *h = NULL;
    enum evx_status s = evx_notes_add(&found, note);
    if (!s) s = evx_trust_chain(&h, &c->trust, &found, r);
    if (!s && c->trust.given.n)
        evx_report_proved(r, "the roots of each version and of the one before",
                          "version %llu is in one chain with the directories that you gave",
                          (unsigned long long)evx_directory_version(d));
    evx_directory_history_destroy(&h);
    evx_notes_free(&found);
    return s;
}

enum evx_status evx_check_directory(struct evx_checker *c, struct evx_bytes note, struct evx_report *r)
{
    struct evx_directory *d = NULL;
    unsigned line;
    r->what = "directory";
    enum evx_status s = evx_directory_load(&d, note, NULL, NULL, &line);
    s = evx_report_failed(r, s, "it is not a directory that its own roots signed (line %u)", line);
    if (!s) say_directory(d, r);
    if (!s) s = check_chain(c, d, note, r);
    if (!s)
        evx_report_unproved(
            r, "that there is no newer version, and that it has not expired: nothing here reads a clock");
    evx_directory_destroy(&d);
    return s;
}
