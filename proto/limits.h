// SPDX-License-Identifier: Apache-2.0
//
// Every size, count and queue that somebody else drives, in one place.
#ifndef EVX_PROTO_LIMITS_H
#define EVX_PROTO_LIMITS_H

// wire
#define EVX_LIMIT_FRAME_BYTES        65536 // one ZeroMQ frame; EVX_LIMIT_ZMQ_MAXMSGSIZE adds CURVE's overhead
#define EVX_LIMIT_ZMQ_MAXMSGSIZE     66560 // what libzmq lets in before and after the handshake
#define EVX_LIMIT_MESSAGE_PARTS      35    // control frame + consignment parts
#define EVX_LIMIT_CONTROL_BYTES      32768 // one control frame
#define EVX_LIMIT_UNPACK_BUDGET      (1u << 20) // memory that unpacking one message may take
#define EVX_LIMIT_ITEM_UNPACK_BUDGET (4u << 20) // the same for one item (attachments)

// consignment
#define EVX_LIMIT_HEADER_BYTES     4096
#define EVX_LIMIT_RECIPIENTS       32
#define EVX_LIMIT_ITEMS            1024
#define EVX_LIMIT_CIPHERTEXT_BYTES (2u << 20) // of one consignment
#define EVX_LIMIT_CONSIGNMENT_BYTES                                                                          \
    (EVX_LIMIT_CIPHERTEXT_BYTES + EVX_LIMIT_HEADER_BYTES + 72 + EVX_LIMIT_RECIPIENTS * 200 +                 \
     EVX_LIMIT_ITEMS * 96)
#define EVX_LIMIT_ITEM_BYTES       (1u << 20) // one item's plaintext before padding
#define EVX_LIMIT_CHUNK_BYTES      65536      // plaintext per ciphertext chunk
#define EVX_LIMIT_ATTACHMENT_PART  (512u << 10)
#define EVX_LIMIT_ATTACHMENT_BYTES (4ull << 30)

// item content
#define EVX_LIMIT_SUBJECTS        32
#define EVX_LIMIT_IDENTIFIERS     16
#define EVX_LIMIT_CRITERIA        64
#define EVX_LIMIT_FIELDS          256
#define EVX_LIMIT_ACCOUNTABLE     16
#define EVX_LIMIT_ATTACHMENT_REFS 64
#define EVX_LIMIT_NAME_BYTES      256         // names, codes, identifiers, kinds
#define EVX_LIMIT_TEXT_BYTES      (64u << 10) // narrative and other long text
#define EVX_LIMIT_ACK_RESULTS     1024
#define EVX_LIMIT_EVIDENCE_REFS   1024

// directory and notes
#define EVX_LIMIT_NOTE_BYTES            (1u << 20)
#define EVX_LIMIT_NOTE_SIGNATURES       64
#define EVX_LIMIT_LEDGER_BYTES          (16u << 20) // of directory operations
#define EVX_LIMIT_DIRECTORY_ORGS        1024
#define EVX_LIMIT_DIRECTORY_KEYS        8192
#define EVX_LIMIT_DIRECTORY_INSPECTIONS 256
#define EVX_LIMIT_DIRECTORY_MEMBERS     8192
#define EVX_LIMIT_DIRECTORY_VERSIONS    4096 // held by one verifier
#define EVX_LIMIT_PROOF_HASHES          64
#define EVX_LIMIT_POLICY_LOGS           32
#define EVX_LIMIT_POLICY_WITNESSES      256
#define EVX_LIMIT_POLICY_NAMES          1024 // witnesses and groups

// broker
#define EVX_LIMIT_CONNECTIONS     4096
#define EVX_LIMIT_SESSION_CREDIT  (4u << 20)  // unreceipted bytes one agent may have in flight
#define EVX_LIMIT_INFLIGHT_BYTES  (48u << 20) // all consignments between socket and disk
#define EVX_LIMIT_GROUP_ENTRIES   256
#define EVX_LIMIT_GROUP_BYTES     (8u << 20) // consignment bytes in one transaction
#define EVX_LIMIT_SESSION_QUEUE   (4u << 20) // bytes sent to one session that its peer has not taken yet
#define EVX_LIMIT_SESSION_BACKLOG (8u << 20) // answers its peer has not taken; more ends the session
#define EVX_LIMIT_PARTIAL_BYTES   (6u << 20) // received beyond complete messages before a connection is cut
#define EVX_LIMIT_GREETING_MS     60000      // a connection that has said nothing by then is cut
#define EVX_LIMIT_SIGNING_AHEAD   2          // groups of one log that may wait for its signer
#define EVX_LIMIT_FETCH_BYTES     (8u << 20) // one Fetch request's byte credit
#define EVX_LIMIT_SOCKET_HWM      64
#define EVX_LIMIT_LOG_RATE        20    // refusals a second in the operator's log, from one source
#define EVX_LIMIT_SESSION_RATE    20000 // control messages a second from one session

// an agency's inbox
#define EVX_LIMIT_INBOX_BYTES (256u << 20) // sealed bytes kept
#define EVX_LIMIT_INBOX_ITEMS 65536

// disclosure and erasure
#define EVX_LIMIT_BUNDLE_BYTES (4u << 20) // a single-item bundle
#define EVX_LIMIT_HOLDS        4096       // placed and lifted, together

// files read by agency programs
#define EVX_LIMIT_INPUT_FILE_BYTES (256ull << 20)
#define EVX_LIMIT_JSON_FILE_BYTES  (64ull << 20)
#define EVX_LIMIT_CSV_CELL_BYTES   65536
#define EVX_LIMIT_CSV_COLUMNS      1024
#define EVX_LIMIT_CONFIG_BYTES     (1u << 20)

// grading: one framework file and one case
#define EVX_LIMIT_GRADING_JUDGEMENTS 16 // the width of struct evx_permitted
#define EVX_LIMIT_GRADING_GRADES     16
#define EVX_LIMIT_GRADING_RULES      64 // as many as struct evx_permitted can name
#define EVX_LIMIT_GRADING_FACTS      61 // and three that the core counts itself
#define EVX_LIMIT_GRADING_CRITERIA   512
#define EVX_LIMIT_GRADING_AGENCIES   16
#define EVX_LIMIT_GRADING_ROWS       64   // any other list of entries
#define EVX_LIMIT_GRADING_LIST       64   // any list of words
#define EVX_LIMIT_GRADING_CODE       4096 // compiled condition steps of one framework
#define EVX_LIMIT_GRADING_DEPTH      16   // nesting of one condition
#define EVX_LIMIT_GRADING_OVERRIDES  64   // of one case

#endif
