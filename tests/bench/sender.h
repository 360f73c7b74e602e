// SPDX-License-Identifier: Apache-2.0
#ifndef EVX_TESTS_BENCH_SENDER_H
#define EVX_TESTS_BENCH_SENDER_H

// `evx-bench sender CONFIG ITEM_BYTES BATCH SECONDS ITEMS SINGLES OUT`; the bench
// starts these itself.
int bench_sender_main(int argc, char **argv);

#endif
