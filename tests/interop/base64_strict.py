# SPDX-License-Identifier: Apache-2.0
"""Base64 with one spelling, decimals without leading zeros."""
import base64
import binascii

from refusal import Refused, demand

MOST = 2**63 - 1


def unbase64(text, length=None):
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"not base64: {error}") from error
    demand(base64.b64encode(raw) == (text if isinstance(text, bytes) else text.encode()), "not canonical base64")
    demand(length is None or len(raw) == length, "wrong length")
    return raw


def number(text, most=MOST):
    raw = text if isinstance(text, bytes) else text.encode()
    demand(0 < len(raw) <= 20 and all(48 <= c <= 57 for c in raw), "not a decimal")
    demand(raw == b"0" or raw[0] != 48, "a leading zero")
    demand(int(raw) <= most, "too large a number")
    return int(raw)
