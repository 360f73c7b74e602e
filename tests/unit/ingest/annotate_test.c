// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <string.h>

#include "agents/client/ingest/ingest.h"

static const char *annotate(struct evx_buf *out, const char *text, const struct evx_row_note *note, size_t n)
{
    cr_assert_eq(evx_annotate(out, evx_bytes_of_text(text), NULL, note, n), EVX_OK);
    cr_assert_eq(evx_buf_append(out, "", 1), EVX_OK);
    return (const char *)out->p;
}

Test(annotate, problems_stand_beside_their_rows, .timeout = 10)
{
    static const struct evx_row_note notes[] = {{3, EVX_E_CELL_DATE, "no such day"},
                                                {3, EVX_E_CELL_CODE, "not \"known\""}};
    struct evx_buf out = {0};
    const char *text = annotate(&out, "a,b\n1,2\n3,4\n", notes, 2);
    cr_assert(strstr(text, "\"a\",\"b\",\"EVX code\",\"EVX problem\",\"EVX remedy\"\r\n"));
    cr_assert(strstr(text, "\"1\",\"2\",\"\",\"\",\"\"\r\n"));
    cr_assert(strstr(text, "\"3\",\"4\",\"EVX-1021; EVX-1025\",\"no such day; not \"\"known\"\"\","));
    evx_buf_free(&out);
}

Test(annotate, formulas_are_defused_and_numbers_are_not, .timeout = 10)
{
    struct evx_buf out = {0};
    const char *text = annotate(&out, "a,b,c,d,e\n=1+1,-0.116415,@SUM(A1),+44,-2+3\n", NULL, 0);
    cr_assert(strstr(text, "\"'=1+1\",\"-0.116415\",\"'@SUM(A1)\",\"'+44\",\"'-2+3\""), "%s", text);
    evx_buf_free(&out);
}
