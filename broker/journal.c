// SPDX-License-Identifier: Apache-2.0
#include "broker/journal.h"

void evx_journal_entry_free(struct evx_journal_entry *e)
{
    if (e) evx_buf_free(&e->log_entry);
}

void evx_journal_boundary_free(struct evx_journal_boundary *b)
{
    if (b) evx_buf_free(&b->note);
}

void evx_journal_destroy(struct evx_journal **j)
{
    if (!j || !*j) return;
    (*j)->ops->close(*j);
    *j = NULL;
}
