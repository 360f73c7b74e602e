// SPDX-License-Identifier: Apache-2.0
//
// A piece of evidence while it is being put together. Setters cannot fail by
// themselves: the first problem (no memory, over a limit) is kept in `status`
// and packing reports it. All memory comes from a pool that lives longer.
#ifndef EVX_AGENTS_CLIENT_INGEST_DRAFT_H
#define EVX_AGENTS_CLIENT_INGEST_DRAFT_H

#include "agents/client/ingest/moment.h"
#include "agents/client/ingest/pool.h"
#include "crypto/keys.h"
#include "proto/msg/codec.h"

struct evx_draft {
    struct evx_pool *pool;
    enum evx_status status;
    Evx__V1__Item item;
    Evx__V1__Evidence evidence;
    Evx__V1__Origin origin;
    Evx__V1__CriterionRef *criterion[EVX_LIMIT_CRITERIA];
    Evx__V1__Subject *subject[EVX_LIMIT_SUBJECTS];
    Evx__V1__Field *field[EVX_LIMIT_FIELDS];
    Evx__V1__AttachmentRef *attachment[EVX_LIMIT_ATTACHMENT_REFS];
};

// Texts are borrowed until the draft is packed; `agency` is an organisation id.
void evx_draft_begin(struct evx_draft *d, struct evx_pool *pool, const struct evx_inspection_id *inspection,
                     const char *agency, const char *kind);
void evx_draft_origin(struct evx_draft *d, const struct evx_digest *file, const char *file_name, uint64_t row,
                      const char *profile);
// The request that it answers; borrowed until the draft is packed.
void evx_draft_reply(struct evx_draft *d, const struct evx_item_id *request);
// "framework/criterion"; one that is there already is not added again.
void evx_draft_criterion(struct evx_draft *d, const char *reference);
void evx_draft_criteria(struct evx_draft *d, char *const *reference, size_t n);
// Raises, never lowers: concern before strength before neutral.
void evx_draft_direction(struct evx_draft *d, Evx__V1__Direction direction);
void evx_draft_significance(struct evx_draft *d, Evx__V1__Significance significance);

Evx__V1__Subject *evx_draft_subject(struct evx_draft *d, Evx__V1__SubjectRole role); // NULL once failed
void evx_draft_identifier(struct evx_draft *d, Evx__V1__Subject *subject, const char *scheme,
                          const char *value, const char *issuer);
bool evx_draft_has_identifier(const Evx__V1__Subject *subject, const char *scheme);
Evx__V1__Moment *evx_draft_moment(struct evx_draft *d, const struct evx_moment *m, const char *text);

void evx_draft_text(struct evx_draft *d, const char *name, const char *value); // "" is left out
void evx_draft_integer(struct evx_draft *d, const char *name, int64_t value);
void evx_draft_flag(struct evx_draft *d, const char *name, bool value);
void evx_draft_decimal(struct evx_draft *d, const char *name, int64_t unscaled, uint32_t scale);
void evx_draft_date(struct evx_draft *d, const char *name, Evx__V1__Moment *value);
void evx_draft_attach(struct evx_draft *d, const Evx__V1__AttachmentRef *ref);

// Appends the packed item. The kept status, or what packing says.
EVX_MUST_CHECK enum evx_status evx_draft_pack(struct evx_buf *out, struct evx_draft *d);

// "-12.50" -> -1250, 2. At most 18 digits; exact, no exponent unless `exponent`.
bool evx_decimal_parse(int64_t *unscaled, uint32_t *scale, const char *text, bool exponent);

#endif
