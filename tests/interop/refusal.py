# SPDX-License-Identifier: Apache-2.0
"""How every checker of this folder says no."""


class Refused(Exception):
    """What was given does not hold, or is not of the form."""


def demand(holds, why):
    if not holds:
        raise Refused(why)
