"""The unified social credit code (统一社会信用代码), as GB 32100-2015 defines it."""

import unicodedata
from typing import Final, Literal

_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, position, 31) for position in range(17))


def normalise_uscc(text: str) -> str:
    """Return the code as it is stored: half-width, upper case, without spaces and hyphens."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in plain if not character.isspace() and character != "-")


def uscc_check_digit(first17: str) -> str:
    """Return the eighteenth character for the first seventeen.

    Raises ValueError unless they are seventeen characters of the code's alphabet.
    """
    if len(first17) != 17 or not set(first17) <= _VALUES.keys():
        raise ValueError("seventeen characters of the code's alphabet are needed")
    total = sum(_VALUES[character] * weight for character, weight in zip(first17, _WEIGHTS, strict=True))
    return _ALPHABET[(31 - total % 31) % 31]


def explain_uscc(code: str) -> Literal["length", "alphabet", "check_digit"] | None:
    """Tell why a code is not valid, or None if it is: its length, a character it cannot have, its last one.

    The code is taken as written; bring what people type into form with `normalise_uscc` first.
    """
    if len(code) != 18:
        return "length"
    if not set(code) <= _VALUES.keys():
        return "alphabet"
    return None if code[17] == uscc_check_digit(code[:17]) else "check_digit"


def is_valid_uscc(code: str) -> bool:
    """Tell whether the code has eighteen permitted characters and the right check digit."""
    return explain_uscc(code) is None
