// SPDX-License-Identifier: Apache-2.0
#include "broker/core_state.h"

#define INLINE_NOTE_BYTES 16384 // larger notes follow as parts

static enum evx_status copy_note(struct evx_core *core, uint64_t version, struct evx_buf *out)
{
    if (version && version != evx_directory_version(core->directory))
        return core->ports.directory_note(core->ports.user, version, out);
    struct evx_bytes note = evx_directory_note(core->directory);
    return evx_buf_append(out, note.p, note.n);
}

void evx_handle_get_directory(struct evx_core *core, struct evx_session *s, const Evx__V1__Frame *f,
                              const struct evx_core_input *in)
{
    struct evx_buf note = {0};
    uint64_t version = f->get_directory->version;
    enum evx_status status = copy_note(core, version, &note);
    if (status) {
        evx_buf_free(&note);
        evx_refuse_code(core, s, EVX_E_DIRECTORY_UNKNOWN, in->now_ms);
        return;
    }
    Evx__V1__DirectoryNote m = EVX__V1__DIRECTORY_NOTE__INIT;
    m.version = version ? version : evx_directory_version(core->directory);
    bool apart = note.n > INLINE_NOTE_BYTES;
    if (apart)
        m.bytes = note.n;
    else
        m.note = (ProtobufCBinaryData){note.n, note.p};
    evx_reply(core, s, EVX__V1__FRAME__BODY_DIRECTORY, &m, apart ? &note : NULL);
    evx_buf_free(&note);
}
