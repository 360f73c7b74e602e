// SPDX-License-Identifier: Apache-2.0
// A log entry is of one kind and is written again the same; what the verifier
// reads is nothing that the log's own check refuses.
#include <string.h>

#include "agents/evx/verify/entry.h"
#include "tests/fuzz/fuzz.h"

static void fuzz_parts(struct evx_bytes input)
{
    struct evx_buf again = {0};
    struct evx_log_directory adoption;
    const struct evx_signature *signature;
    struct evx_bytes header;
    uint64_t received_ms;
    bool directory = evx_log_directory_parse(&adoption, input) == EVX_OK;
    bool consignment = evx_log_entry_parse(&received_ms, &header, &signature, input) == EVX_OK;
    fuzz_demand(!(directory && consignment));
    fuzz_demand((evx_log_entry_check(input) == EVX_OK) == (directory || consignment));
    if (directory) fuzz_demand(evx_log_directory(&again, &adoption) == EVX_OK);
    if (consignment) fuzz_demand(evx_log_entry(&again, received_ms, header, signature) == EVX_OK);
    if (directory || consignment) fuzz_demand(evx_bytes_equal(evx_buf_bytes(&again), input));
    evx_buf_free(&again);
}

void fuzz_one(struct evx_bytes input)
{
    struct evx_entry e;
    struct evx_digest id;
    fuzz_parts(input);
    if (evx_entry_read(&e, input)) return;
    fuzz_demand(evx_log_entry_check(input) == EVX_OK);
    fuzz_demand(e.adoption == evx_log_entry_is_directory(input) && e.adoption == !e.header);
    if (!e.adoption) {
        evx_consignment_id(&id, e.header_bytes);
        fuzz_demand(memcmp(&id, &e.id, sizeof id) == 0);
        fuzz_demand(e.header->version == 1 && e.header->suite == 1);
    }
    evx_entry_close(&e);
}
