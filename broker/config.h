// SPDX-License-Identifier: Apache-2.0
//
// The broker's configuration: one YAML file, one row a key in config.def.
#ifndef EVX_BROKER_CONFIG_H
#define EVX_BROKER_CONFIG_H

#include "proto/base/bytes.h"

// All owned; optional texts that were not given are NULL or their default.
struct evx_broker_config {
#define EVX_TEXT(member, key, required, fallback, help)          char *member;
#define EVX_NUMBER(member, key, fallback, least, greatest, help) uint64_t member;
#include "broker/config.def"
#undef EVX_TEXT
#undef EVX_NUMBER
};

// CONFIG, FILE_UNREADABLE, FILE_TOO_LARGE. *explain (may be NULL) receives one
// line: what is wrong, where, and for an unknown key the one that was meant.
EVX_MUST_CHECK enum evx_status evx_broker_config_load(struct evx_broker_config *out, const char *path,
                                                      struct evx_buf *explain);
void evx_broker_config_free(struct evx_broker_config *c);
// A commented sample with every key.
EVX_MUST_CHECK enum evx_status evx_broker_config_sample(struct evx_buf *out);

#endif
