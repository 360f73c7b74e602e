// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "agents/evx/verify/trust.h"

struct candidates {
    struct evx_directory **d; // by version, ascending
    size_t n;
    size_t newest_given; // position; n = none was given
};

static void drop(struct candidates *c)
{
    for (size_t i = 0; i < c->n; i++)
        evx_directory_destroy(&c->d[i]);
    free(c->d);
    memset(c, 0, sizeof *c);
}

static bool same_hash(const struct evx_digest *a, const struct evx_digest *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

// Puts d in its place. One text a version; the same again is dropped.
static enum evx_status insert(struct candidates *c, struct evx_directory **d)
{
    size_t at = 0;
    while (at < c->n && evx_directory_version(c->d[at]) < evx_directory_version(*d))
        at++;
    if (at < c->n && evx_directory_version(c->d[at]) == evx_directory_version(*d))
        return same_hash(evx_directory_hash(c->d[at]), evx_directory_hash(*d)) ? EVX_OK
                                                                               : EVX_E_DIRECTORY_SPLIT;
    memmove(c->d + at + 1, c->d + at, (c->n - at) * sizeof(*c->d));
    c->d[at] = *d;
    c->n++;
    *d = NULL;
    return EVX_OK;
}

static enum evx_status load_all(struct candidates *c, const struct evx_notes *notes, struct evx_report *r)
{
    enum evx_status s = EVX_OK;
    for (size_t i = 0; notes && i < notes->n && !s; i++) {
        struct evx_directory *d = NULL;
        unsigned line = 0;
        s = evx_directory_load(&d, evx_buf_bytes(&notes->note[i]), NULL, NULL, &line);
        unsigned long long version = d ? evx_directory_version(d) : 0;
        if (!s) s = insert(c, &d);
        if (s == EVX_E_DIRECTORY_SPLIT)
            s = evx_report_failed(r, s, "two different directories are both numbered %llu", version);
        else
            s = evx_report_failed(r, s, "a directory cannot be used (line %u)", line);
        evx_directory_destroy(&d);
    }
    return s;
}

static bool signed_by_given(const struct evx_trust *t, const struct evx_directory *d)
{
    struct evx_note note;
    if (evx_note_parse(&note, evx_directory_note(d))) return false;
    size_t good = 0;
    for (size_t i = 0; i < t->roots; i++)
        good += evx_note_verified_by(&note, &t->root[i], NULL);
    return good >= t->threshold;
}

// The newest version that pin and roots both vouch for; n when there is none.
static size_t vouched(const struct evx_trust *t, const struct candidates *c)
{
    for (size_t i = c->n; i-- > 0;) {
        if (t->pinned && !same_hash(&t->pin, evx_directory_hash(c->d[i]))) continue;
        if (t->roots && !signed_by_given(t, c->d[i])) continue;
        return i;
    }
    return c->n;
}

static void say_basis(const struct evx_trust *t, const struct candidates *c, size_t at, struct evx_report *r)
{
    const struct evx_directory *d = c->d[at];
    char hex[65], spoken[EVX_SPOKEN_TEXT];
    unsigned long long version = evx_directory_version(d);
    evx_hex(hex, evx_directory_hash(d)->b, 32);
    evx_trust_spoken(spoken, evx_directory_hash(d));
    if (t->pinned)
        evx_report_proved(r, "your --pin", "directory version %llu of %s is the one you pinned", version,
                          evx_directory_exchange(d));
    if (t->roots)
        evx_report_proved(r, "the keys in your --roots file",
                          "directory version %llu of %s is signed by at least %zu of your %zu roots", version,
                          evx_directory_exchange(d), t->threshold, t->roots);
    if (t->pinned || t->roots) return;
    evx_report_assumed(
        r, t->given.n ? "you, who gave the file" : "the material itself; nothing you gave vouches for it",
        "directory version %llu of %s is the true one. Ask its keepers to read out the SHA-256 of "
        "its text, and compare: %s; in digits: %s",
        version, evx_directory_exchange(d), hex, spoken);
}

// Outwards from the one that is trusted, each verified against its neighbour.
static enum evx_status link(struct evx_directory_history **out, const struct candidates *c, size_t anchor)
{
    enum evx_status s = evx_directory_history_new(out, c->d[anchor]);
    for (size_t i = anchor + 1; i < c->n && !s; i++)
        s = evx_directory_history_add(*out, evx_directory_note(c->d[i]));
    for (size_t i = anchor; i-- > 0 && !s;)
        s = evx_directory_history_add(*out, evx_directory_note(c->d[i]));
    if (s) evx_directory_history_destroy(out);
    return s;
}

static size_t choose(const struct evx_trust *t, const struct candidates *c)
{
    if (t->pinned || t->roots) return vouched(t, c);
    return t->given.n ? c->newest_given : c->n - 1;
}

static enum evx_status decide(struct evx_directory_history **out, const struct evx_trust *t,
                              const struct candidates *c, struct evx_report *r)
{
    if (c->n == 0)
        return evx_report_failed(r, EVX_E_TRUST_MISSING, "there is no directory: nobody's keys are known");
    size_t anchor = choose(t, c);
    if (anchor == c->n)
        return evx_report_failed(r, EVX_E_TRUST_REFUSED,
                                 "none of the %zu directory versions here is vouched for by what you gave",
                                 c->n);
    say_basis(t, c, anchor, r);
    return evx_report_failed(r, link(out, c, anchor), "the directory versions do not follow from each other");
}

enum evx_status evx_trust_chain(struct evx_directory_history **out, const struct evx_trust *t,
                                const struct evx_notes *found, struct evx_report *r)
{
    struct candidates c = {0};
    size_t most = t->given.n + (found ? found->n : 0);
    *out = NULL;
    c.d = calloc(most + 1, sizeof(*c.d));
    enum evx_status s = c.d ? load_all(&c, &t->given, r) : EVX_E_MEMORY;
    uint64_t newest_given = c.n ? evx_directory_version(c.d[c.n - 1]) : 0;
    if (!s) s = load_all(&c, found, r);
    while (!s && c.newest_given < c.n && evx_directory_version(c.d[c.newest_given]) != newest_given)
        c.newest_given++;
    if (!s) s = decide(out, t, &c, r);
    drop(&c);
    return s;
}
