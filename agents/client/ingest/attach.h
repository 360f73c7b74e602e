// SPDX-License-Identifier: Apache-2.0
//
// Any file as it is: parts of its bytes, and a piece of evidence that refers to
// them. The bytes are the ones received, never written again.
#ifndef EVX_AGENTS_CLIENT_INGEST_ATTACH_H
#define EVX_AGENTS_CLIENT_INGEST_ATTACH_H

#include "agents/client/ingest/reading.h"

// What a file's first bytes say it is: "application/pdf", "image/png" ...
const char *evx_media_type(struct evx_bytes content);
// Gives the reading's content to the sink in parts and fills the reference, whose
// texts and digest borrow from the reading.
EVX_MUST_CHECK enum evx_status evx_attach_parts(Evx__V1__AttachmentRef *ref, struct evx_reading *r,
                                                const char *media_type);
// The parts, and one piece of evidence of kind "document".
EVX_MUST_CHECK enum evx_status evx_attach_file(struct evx_reading *r);

#endif
