// SPDX-License-Identifier: Apache-2.0
//
// The collector's Prometheus text file: counts only, nothing personal.
#ifndef EVX_AGENTS_COLLECTOR_METRICS_H
#define EVX_AGENTS_COLLECTOR_METRICS_H

#include "agents/collector/store.h"

// Replaces the file atomically.
EVX_MUST_CHECK enum evx_status evx_collector_metrics(struct evx_store *s, const char *path);

#endif
