// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/kinds.h"

#define X(kind, name, what) {name, what},
const struct sim_kind sim_faults[] = {SIM_FAULT_LIST(X)};
const struct sim_kind sim_lies[] = {SIM_LIE_LIST(X)};
const struct sim_kind sim_alarms[] = {SIM_ALARM_LIST(X)};
const struct sim_kind sim_defences[] = {SIM_DEFENCE_LIST(X)};
#undef X
