// SPDX-License-Identifier: Apache-2.0
//
// Brings index.db up to date with the store: from where it stopped, each new item
// opened once, after one audit record for all of them.
#ifndef EVX_AGENTS_INSPECTOR_VIEWS_INDEXER_H
#define EVX_AGENTS_INSPECTOR_VIEWS_INDEXER_H

#include "agents/collector/audit.h"
#include "agents/inspector/engine/index.h"
#include "agents/inspector/views/identity.h"

struct evx_indexer {
    struct evx_store *store;
    struct evx_audit *audit;
    struct evx_index *index;
    const struct evx_identity *identity;
    const char *purpose, *on_behalf_of;
    uint64_t now_ms;
};
// All or nothing. *indexed: how many items were new.
EVX_MUST_CHECK enum evx_status evx_indexer_run(const struct evx_indexer *x, size_t *indexed);

#endif
