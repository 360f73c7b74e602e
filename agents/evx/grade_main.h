// SPDX-License-Identifier: Apache-2.0
//
// `evx grade …`: the grading core at the command line and in pipes.
// argv[0] is "grade". Returns a sysexits code.
#ifndef EVX_AGENTS_EVX_GRADE_MAIN_H
#define EVX_AGENTS_EVX_GRADE_MAIN_H

int evx_grade_main(int argc, char **argv);

#endif
