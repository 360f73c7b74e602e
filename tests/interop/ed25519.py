# SPDX-License-Identifier: Apache-2.0
"""Ed25519 as RFC 8032 section 5.1 defines it, in big integers; checking only, and
signing for tests with seeds that are no secrets. Not constant time.

Strict: S below the group order, key and R canonical and of no small order, and
the equation without cofactor: R is what [S]B - [h]A encodes to. The two checks on
small order are not in RFC 8032; docs/protocol.md ("Keys and key files") demands
them, so that a signature means one message.
"""
import functools
import hashlib

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)  # X, Y, Z, T with x = X/Z, y = Y/Z, x*y = T/Z


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * D * p[3] * q[3] % P, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(n, point):
    result = NEUTRAL
    while n:
        if n & 1:
            result = add(result, point)
        point = add(point, point)
        n >>= 1
    return result


def encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decode(raw):
    """The point, or None when these bytes are no point's one encoding."""
    number = int.from_bytes(raw, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def small_order(point):
    eight = add(*[add(*[add(point, point)] * 2)] * 2)
    return eight[0] % P == 0 and (eight[1] - eight[2]) % P == 0


def windows(point):
    """table[i][d] = d * 16^i * point: a product is then 64 additions."""
    table = []
    for _ in range(64):
        row = [NEUTRAL]
        for _ in range(15):
            row.append(add(row[-1], point))
        table.append(row)
        point = add(row[-1], point)
    return table


def multiply_by(table, n, result):
    for row in table:
        if n & 15:
            result = add(result, row[n & 15])
        n >>= 4
    return result


BASE = decode((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(None)
def base_table():
    return windows(BASE)


@functools.lru_cache(256)
def minus_table(key):
    """The windows of -A after the checks on the key; None when it is refused."""
    point = decode(key)
    if point is None or small_order(point):
        return None
    return windows((P - point[0], point[1], 1, P - point[3]))


REMEMBERED = {}


def verify(key, message, signature):
    """True only if it holds. Answers are remembered."""
    name = hashlib.sha256(hashlib.sha256(message).digest() + key + signature).digest()
    if name not in REMEMBERED:
        if len(REMEMBERED) >= 1 << 19:
            REMEMBERED.clear()
        REMEMBERED[name] = holds(key, message, signature)
    return REMEMBERED[name]


def holds(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    table = minus_table(key)
    if s >= ORDER or table is None:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    r = multiply_by(table, h, multiply_by(base_table(), s, NEUTRAL))
    return encode(r) == signature[:32] and not small_order(r)


def secret_parts(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    return encode(multiply_by(base_table(), secret_parts(seed)[0], NEUTRAL))


def sign(seed, message):
    scalar, prefix = secret_parts(seed)
    key = public_key(seed)
    r = int.from_bytes(hashlib.sha512(prefix + message).digest(), "little") % ORDER
    first = encode(multiply_by(base_table(), r, NEUTRAL))
    h = int.from_bytes(hashlib.sha512(first + key + message).digest(), "little") % ORDER
    return first + ((r + h * scalar) % ORDER).to_bytes(32, "little")
