// SPDX-License-Identifier: Apache-2.0
//
// From opened items to what the grading core counts: one fact per criterion that
// a piece of evidence names in this framework. Pure. Which items count at all
// (superseded, corrected and withdrawn ones do not) is the caller's knowledge of
// the whole store.
#ifndef EVX_AGENTS_COLLECTOR_FACTS_H
#define EVX_AGENTS_COLLECTOR_FACTS_H

#include "crypto/directory.h"
#include "grading/grading.h"
#include "proto/msg/codec.h"

// Borrowed for the call. Errors of the visitor end the walk and are returned.
typedef enum evx_status (*evx_fact_visit)(void *user, const struct evx_evidence_fact *fact);

struct evx_fact_source {
    const Evx__V1__Item *item; // evidence, or a correction (its replacement counts); else no facts
    const struct evx_item_id *id;
    const char *sender; // organisation that signed it
};
// The origin is the organisation that the evidence names, else the sender; the
// agency kind is that organisation's role in the directory. An origin that the
// directory does not know has the sender's kind.
EVX_MUST_CHECK enum evx_status evx_facts_of(const struct evx_fact_source *source, const char *framework,
                                            const struct evx_directory *directory, evx_fact_visit visit,
                                            void *user);

#endif
