"""Tracking numbers: the check digit of UPU S10 and the shapes of couriers."""

import pytest

from huikuan.collection.couriers import Courier, is_tracking_number, s10_check_digit, tidied


@pytest.mark.parametrize(
    ("serial", "digit"),
    [("47312482", 9), ("12345678", 5), ("00000000", 5), ("00000012", 0), ("00000014", 7)],
)
def test_check_digit(serial: str, digit: int) -> None:
    assert s10_check_digit(serial) == digit


@pytest.mark.parametrize(
    ("courier", "tracking", "fits"),
    [
        ("ems", "EA473124829CN", True),
        ("ems", "ea 4731 2482 9 cn", True),
        ("ems", "EA473124828CN", False),
        ("registered", "RA123456785CN", True),
        ("ems", "1012345678901", True),
        ("ems", "101234567890", False),
        ("ems", "", False),
        ("sf", "SF1234567890123", True),
        ("sf", "123456789012", True),
        ("sf", "SF12", False),
        ("other", "JD-0001234", True),
        ("other", "x", False),
        ("hand", "", True),
        ("hand", "123", False),
    ],
)
def test_shapes(courier: str, tracking: str, fits: bool) -> None:
    assert is_tracking_number(Courier(courier), tidied(tracking)) == fits
