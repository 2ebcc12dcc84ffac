"""Who carries letters, and what their numbers look like."""

from __future__ import annotations

import re
from enum import StrEnum


class Courier(StrEnum):
    EMS = "ems"
    REGISTERED = "registered"
    SF = "sf"
    OTHER = "other"
    HAND = "hand"


POSTAL = frozenset({Courier.EMS, Courier.REGISTERED})
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def tidied(tracking: str) -> str:
    """A tracking number without spaces, in capitals."""
    return re.sub(r"\s", "", tracking).upper()


def s10_check_digit(serial: str) -> int:
    """The check digit of the eight digits of a postal item identifier (UPU standard S10)."""
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def is_tracking_number(courier: Courier, tracking: str) -> bool:
    """Whether a tidied number can be one of the courier's.

    China Post: 13 characters, either an identifier of UPU S10 (EA123456785CN), whose check digit must be right, or 13
    digits of the domestic service, which have no published check digit. SF Express: SF and 13 digits, or 12 digits.
    By hand there is none; others: 5 to 40 letters, digits and dashes.
    """
    if courier == Courier.HAND:
        return not tracking
    if courier in POSTAL:
        if _S10.fullmatch(tracking):
            return s10_check_digit(tracking[2:10]) == int(tracking[10])
        return bool(re.fullmatch(r"\d{13}", tracking))
    if courier == Courier.SF:
        return bool(re.fullmatch(r"SF\d{13}|\d{12}", tracking))
    return bool(re.fullmatch(r"[A-Z0-9-]{5,40}", tracking))
