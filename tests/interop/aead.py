# SPDX-License-Identifier: Apache-2.0
"""ChaCha20-Poly1305 as RFC 8439 defines it: checking and opening."""
import struct

CONSTANTS = struct.unpack("<4I", b"expand 32-byte k")
MASK = 0xFFFFFFFF
PRIME = 2**130 - 5


def quarter(s, a, b, c, d):
    s[a] = s[a] + s[b] & MASK
    s[d] ^= s[a]
    s[d] = (s[d] << 16 | s[d] >> 16) & MASK
    s[c] = s[c] + s[d] & MASK
    s[b] ^= s[c]
    s[b] = (s[b] << 12 | s[b] >> 20) & MASK
    s[a] = s[a] + s[b] & MASK
    s[d] ^= s[a]
    s[d] = (s[d] << 8 | s[d] >> 24) & MASK
    s[c] = s[c] + s[d] & MASK
    s[b] ^= s[c]
    s[b] = (s[b] << 7 | s[b] >> 25) & MASK


def block(key, counter, nonce):
    start = (*CONSTANTS, *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce))
    state = list(start)
    for _ in range(10):
        for column in range(4):
            quarter(state, column, 4 + column, 8 + column, 12 + column)
        for column in range(4):
            quarter(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return struct.pack("<16I", *(a + b & MASK for a, b in zip(state, start)))


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at:at + 16] + b"\1", "little")) * r % PRIME
    return (total + int.from_bytes(key[16:], "little") & (1 << 128) - 1).to_bytes(16, "little")


def padded(data):
    return data + bytes(-len(data) % 16)


def tag_of(key, nonce, data, sealed):
    lengths = struct.pack("<QQ", len(data), len(sealed))
    return poly1305(block(key, 0, nonce)[:32], padded(data) + padded(sealed) + lengths)


def crypt(key, nonce, text):
    stream = b"".join(block(key, 1 + i, nonce) for i in range((len(text) + 63) // 64))
    return (int.from_bytes(text, "big") ^ int.from_bytes(stream[:len(text)], "big")).to_bytes(len(text), "big")


def open_sealed(key, nonce, data, sealed):
    """The plaintext, or None when the tag is not this key's."""
    if len(sealed) < 16 or tag_of(key, nonce, data, sealed[:-16]) != sealed[-16:]:
        return None
    return crypt(key, nonce, sealed[:-16])
