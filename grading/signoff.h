// SPDX-License-Identifier: Apache-2.0
//
// Who answers for what. A finding names the agency accountable for it; it is
// shared only when the accountability is joint. A joint report is signed part
// by part, each inspectorate its own, and is complete when all have signed.
#ifndef EVX_GRADING_SIGNOFF_H
#define EVX_GRADING_SIGNOFF_H

#include "grading/grading.h"

struct evx_inspectorate {
    const char *id, *title, *source, *when;
    bool always; // takes part in every inspection of this framework
};
size_t evx_framework_inspectorates(const struct evx_framework *f);
const struct evx_inspectorate *evx_framework_inspectorate(const struct evx_framework *f, size_t i);

struct evx_finding {
    const char *const *agency; // accountable
    size_t agencies;
    bool shared;
};
// INCOMPLETE: nobody accountable, the same agency twice, several without
// `shared`, `shared` with one. AGENCY_UNKNOWN with *suggestion.
EVX_MUST_CHECK enum evx_status evx_finding_check(const struct evx_framework *f,
                                                 const struct evx_finding *finding, const char **suggestion);
struct evx_ledger_row {
    size_t own, shared;
};
// Adds a finding to the rows, one per agency in framework order.
EVX_MUST_CHECK enum evx_status evx_ledger_add(const struct evx_framework *f, struct evx_ledger_row *rows,
                                              const struct evx_finding *finding, const char **suggestion);

struct evx_signoff;
// `inspectorate`: those that take part besides the ones that always do.
EVX_MUST_CHECK enum evx_status evx_signoff_new(struct evx_signoff **out, const struct evx_framework *f,
                                               const char *const *inspectorate, size_t n,
                                               const char **suggestion);
void evx_signoff_destroy(struct evx_signoff **s);
// `signer` signs the part of `part`: NOT_YOURS unless they are the same.
// A later change of the part (evx_signoff_changed) voids that signature only.
EVX_MUST_CHECK enum evx_status evx_signoff_sign(struct evx_signoff *s, const char *signer, const char *part,
                                                const char *person, int64_t time_ms);
EVX_MUST_CHECK enum evx_status evx_signoff_changed(struct evx_signoff *s, const char *part);
// True when every participant has signed; *missing (may be NULL) is the first
// that has not.
bool evx_signoff_complete(const struct evx_signoff *s, const char **missing);

#endif
