// SPDX-License-Identifier: Apache-2.0
//
// What can go wrong, what a broker can lie about, what counts as noticed, and
// which defences can be switched off to see that it matters.
#ifndef EVX_TESTS_SIM_KINDS_H
#define EVX_TESTS_SIM_KINDS_H

// kind, name on the command line, what it is
#define SIM_FAULT_LIST(X)                                                                                    \
    X(CUT, "cut", "a connection ends and what is on its way is lost")                                        \
    X(HALF_OPEN, "half-open", "the broker notices later, and still takes what was on its way")               \
    X(DELAY, "delay", "a message takes seconds; connections overtake each other")                            \
    X(PARTITION, "partition", "nobody reaches the broker for a while")                                       \
    X(CRASH_AGENCY, "crash-agency", "an agency's process dies between two steps")                            \
    X(CRASH_COLLECTOR, "crash-collector", "a collector's process dies between two steps")                    \
    X(CRASH_BROKER, "crash-broker", "the broker dies between two steps")                                     \
    X(DIE_INSIDE, "die-inside", "an agent dies inside a call to its disk or network")                        \
    X(DIE_INSIDE_BROKER, "die-inside-broker", "the broker dies inside a call to its disk or network")        \
    X(RESTORE_AGENCY, "restore-agency", "an agency's disk is put back to an older backup")                   \
    X(RESTORE_COLLECTOR, "restore-collector", "a collector's disks are put back to an older backup")         \
    X(RESTORE_LOG, "restore-log", "the broker's journal is put back, the register is not")                   \
    X(RESTORE_REGISTER, "restore-register", "the signer's register is put back, the journal is not")         \
    X(CLOCK_JUMP, "clock-jump", "a clock jumps, forward or back")                                            \
    X(CLOCK_DRIFT, "clock-drift", "a clock runs fast or slow")                                               \
    X(DISK_FULL, "disk-full", "the broker's disk is full for a while")                                       \
    X(SLOW_READER, "slow-reader", "what the broker sends is taken late")

#define SIM_LIE_LIST(X)                                                                                      \
    X(FORK, "fork", "two views of one log, each signed")                                                     \
    X(ROLLBACK, "rollback", "journal and register are put back together")                                    \
    X(TAIL, "tail", "a collector is shown a log that stopped growing")                                       \
    X(WITHHOLD, "withhold", "an entry is left out")                                                          \
    X(STRIP, "strip", "an entry comes without its body")                                                     \
    X(REPLAY, "replay", "an old receipt once more, for whatever is waiting")                                 \
    X(SWAP, "swap", "one consignment's receipt with another's proof")                                        \
    X(INDEX, "index", "a receipt with another place in the log")                                             \
    X(RESIGN, "resign", "another root under a size that was signed before")                                  \
    X(INVENT, "invent", "a receipt with a proof that holds, for what was never logged")                      \
    X(FREEZE, "freeze", "an old directory is said to be the newest")                                         \
    X(ALTER, "alter", "a byte of an entry or a body is changed")                                             \
    X(REORDER, "reorder", "two entries change places")                                                       \
    X(DUPLICATE, "duplicate", "an entry comes twice")                                                        \
    X(SENDER, "sender", "an entry under another organisation's name")                                        \
    X(FORGE, "forge", "an entry is logged that its sender never signed")

#define SIM_ALARM_LIST(X)                                                                                    \
    X(FORKED, "forked", "holds two signed checkpoints that contradict each other")                           \
    X(DISBELIEVED, "disbelieved", "did not believe a message")                                               \
    X(STOPPED, "stopped", "undid its work because the log or the broker broke the rules")                    \
    X(HALTED, "halted", "waits for a person")                                                                \
    X(REFUSED, "refused", "refused an entry of the log, with its code")                                      \
    X(REMARKED, "remarked", "noted a gap, another chain or a missing body")                                  \
    X(UNANSWERED, "unanswered", "holds a receipt that no inspectorate has answered for")                     \
    X(OPERATOR, "operator", "the broker refused to start")

// Each is a function of the product that the harness can make say yes to everything.
#define SIM_DEFENCE_LIST(X)                                                                                  \
    X(CONSISTENCY, "consistency", "consistency proofs")                                                      \
    X(INCLUSION, "inclusion", "inclusion proofs")                                                            \
    X(RECEIPT, "receipt", "receipts")                                                                        \
    X(SIGNATURE, "signature", "senders' signatures and hashes")                                              \
    X(ADMISSION, "admission", "what the directory says of a sender")                                         \
    X(CHAIN, "chain", "the sender's chain")                                                                  \
    X(WITNESS, "witness", "what a witness signed last")                                                      \
    X(REGISTER, "register", "what the signer signed last")                                                   \
    X(DURABLE, "durable", "what was committed outlives a crash")

enum sim_fault {
#define X(kind, name, what) SIM_FAULT_##kind,
    SIM_FAULT_LIST(X)
#undef X
        SIM_FAULTS
};
enum sim_lie {
#define X(kind, name, what) SIM_LIE_##kind,
    SIM_LIE_LIST(X)
#undef X
        SIM_LIES
};
enum sim_alarm_kind {
#define X(kind, name, what) SIM_ALARM_##kind,
    SIM_ALARM_LIST(X)
#undef X
        SIM_ALARM_KINDS
};
enum sim_defence {
#define X(kind, name, what) SIM_DEFENCE_##kind,
    SIM_DEFENCE_LIST(X)
#undef X
        SIM_DEFENCES
};

struct sim_kind {
    const char *name, *what;
};
extern const struct sim_kind sim_faults[], sim_lies[], sim_alarms[], sim_defences[];

#define SIM_BIT(kind) (1ull << (kind))

#endif
