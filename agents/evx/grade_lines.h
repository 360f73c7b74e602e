// SPDX-License-Identifier: Apache-2.0
//
// Lines of a stream in one bounded buffer. A line that is too long is handed
// over as such and skipped; it costs no memory.
#ifndef EVX_AGENTS_EVX_GRADE_LINES_H
#define EVX_AGENTS_EVX_GRADE_LINES_H

#include <stdbool.h>
#include <stdio.h>

#include "proto/base/bytes.h"

#define EVX_GRADE_LINE_BYTES (1u << 20)

struct evx_lines {
    FILE *stream;
    char *buf;
    size_t from, to; // what is in the buffer
    uint64_t number; // of the last line handed over
    bool end;
};

EVX_MUST_CHECK enum evx_status evx_lines_open(struct evx_lines *l, FILE *stream);
void evx_lines_close(struct evx_lines *l);
// *got is false at the end. FILE_TOO_LARGE: this line is too long; the next
// call goes on after it. The line has no newline, is not NUL-terminated and is
// valid until the next call.
EVX_MUST_CHECK enum evx_status evx_lines_next(struct evx_lines *l, bool *got, const char **line, size_t *n);

// Runs `one` for each line of the named files, or of standard input when there
// are none. *errors counts the lines for which it returned a status; IO and
// MEMORY end the run.
struct evx_out;
typedef enum evx_status evx_grade_line(void *user, uint64_t number, const char *line, size_t n);
EVX_MUST_CHECK enum evx_status evx_lines_each(char **file, int files, evx_grade_line *one, void *user,
                                              uint64_t *errors);

#endif
