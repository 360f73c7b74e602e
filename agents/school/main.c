// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/agency.h"
#include "agents/school/school.h"

int main(int argc, char **argv) { return evx_agency_main(argc, argv, evx_school()); }
