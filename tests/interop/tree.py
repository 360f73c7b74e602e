# SPDX-License-Identifier: Apache-2.0
"""RFC 6962 trees: checks as RFC 9162 sections 2.1.3.2 and 2.1.4.2 word them, and
roots and proofs by the definitions of RFC 6962 section 2.1. Over SHA-256 for the
log; over BLAKE2b-256 with a domain for what is inside a consignment."""
import hashlib

from refusal import demand

MOST_HASHES = 64


class Shape:
    """How leaves and nodes are hashed."""

    def __init__(self, digest, domain=b""):
        self.digest, self.domain = digest, domain

    def leaf(self, data):
        return self.digest(self.domain + b"\0" + data)

    def node(self, left, right):
        return self.digest(self.domain + b"\1" + left + right)

    def root(self, leaves):
        if len(leaves) < 2:
            return leaves[0] if leaves else self.digest(b"")
        k = split(len(leaves))
        return self.node(self.root(leaves[:k]), self.root(leaves[k:]))

    def path(self, leaves, index):
        if len(leaves) < 2:
            return []
        k = split(len(leaves))
        if index < k:
            return self.path(leaves[:k], index) + [self.root(leaves[k:])]
        return self.path(leaves[k:], index - k) + [self.root(leaves[:k])]

    def consistency(self, leaves, old, whole=True):
        if old == len(leaves):
            return [] if whole else [self.root(leaves)]
        k = split(len(leaves))
        if old <= k:
            return self.consistency(leaves[:k], old, whole) + [self.root(leaves[k:])]
        return self.consistency(leaves[k:], old - k, False) + [self.root(leaves[:k])]

    def root_of(self, index, size, leaf, path):
        """Where an inclusion path leads."""
        demand(index < size and len(path) <= MOST_HASHES, "the index is outside the tree")
        fn, sn, found = index, size - 1, leaf
        for step in path:
            demand(sn != 0, "the path is too long")
            if fn & 1 or fn == sn:
                found = self.node(step, found)
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
            else:
                found = self.node(found, step)
            fn, sn = fn >> 1, sn >> 1
        demand(sn == 0, "the path is too short")
        return found

    def included(self, index, size, leaf, path, root):
        demand(self.root_of(index, size, leaf, path) == root, "the path leads elsewhere")

    def extends(self, old, new, old_root, new_root, path):
        demand(0 < old <= new and len(path) <= MOST_HASHES, "no such sizes")
        if old == new:
            demand(not path and old_root == new_root, "two roots of one size")
            return
        demand(path, "no proof")
        if old & old - 1 == 0:
            path = [old_root] + path
        fn, sn = old - 1, new - 1
        while fn & 1:
            fn, sn = fn >> 1, sn >> 1
        first = second = path[0]
        for step in path[1:]:
            demand(sn != 0, "the proof is too long")
            if fn & 1 or fn == sn:
                first, second = self.node(step, first), self.node(step, second)
                while fn and not fn & 1:
                    fn, sn = fn >> 1, sn >> 1
            else:
                second = self.node(second, step)
            fn, sn = fn >> 1, sn >> 1
        demand(sn == 0 and first == old_root and second == new_root, "the new log does not contain the old one")


def split(n):
    """The greatest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


class Frontier:
    """The right edge of a growing log: memory for any number of entries is constant."""

    def __init__(self, shape):
        self.shape, self.size, self.edge = shape, 0, []

    def append(self, leaf):
        height, n = leaf, self.size
        while n & 1:
            height = self.shape.node(self.edge.pop(), height)
            n >>= 1
        self.edge.append(height)
        self.size += 1

    def root(self):
        if not self.edge:
            return self.shape.root([])
        found = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            found = self.shape.node(left, found)
        return found


def sha256(data):
    return hashlib.sha256(data).digest()


def blake2b(data):
    return hashlib.blake2b(data, digest_size=32).digest()


LOG = Shape(sha256)
ITEMS = Shape(blake2b, b"evx/items/v1\n")
WRAPS = Shape(blake2b, b"evx/wraps/v1\n")
CHUNKS = Shape(blake2b, b"evx/chunk/v1\n")
