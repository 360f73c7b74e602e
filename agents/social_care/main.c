// SPDX-License-Identifier: Apache-2.0
#include "agents/client/agency/agency.h"
#include "agents/social_care/social_care.h"

int main(int argc, char **argv) { return evx_agency_main(argc, argv, evx_social_care()); }
