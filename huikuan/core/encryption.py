"""Personal data at rest: encrypted text, blind indexes to find it again, its normal forms and its masks.

Values are encrypted with AES-256-GCM under the newest key of the installation (`huikuan.core.keys`) and bound
to a context, organization and column, so that a ciphertext copied elsewhere does not open.
"""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError
from huikuan.core.keys import KEY_ID, keyring, reloaded_keyring

_FORMAT: Final = "h1"
_NONCE_BYTES: Final = 12


class UnknownKey(HuikuanError):
    """The value was encrypted under a key that is not among the known ones."""

    code = "unknown_key"


class CiphertextDamaged(HuikuanError):
    """The value was changed, cut, or belongs to another organization or column."""

    code = "ciphertext_damaged"


def encrypt(text: str, *, context: str) -> str:
    """Encrypt under the newest key: "h1.<key id>.<base64url of nonce, ciphertext and tag>".

    `context` says where the value lives, for instance "<organization id>/customers_contact.phone"; the same
    one is needed to decrypt. Equal texts give different ciphertexts. Raises `KeysUnusable`.
    """
    ring = keyring()
    nonce = os.urandom(_NONCE_BYTES)
    sealed = ring.ciphers[ring.newest].encrypt(nonce, text.encode(), _bound(ring.newest, context))
    return f"{_FORMAT}.{ring.newest}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"


def decrypt(ciphertext: str, *, context: str) -> str:
    """Return the text that `encrypt` was given in the same context.

    Raises `UnknownKey` when its key is missing, `CiphertextDamaged` when it was changed or moved here from
    another context, `KeysUnusable`.
    """
    key_id, body = _parts(ciphertext)
    bound = _bound(key_id, context)
    cipher = keyring().ciphers.get(key_id) or reloaded_keyring().ciphers.get(key_id)
    if cipher is None:
        raise UnknownKey(
            _("缺少解密所需的密钥 %(key_id)s；请恢复包含该密钥的 keys.json。") % {"key_id": key_id}
        )
    try:
        sealed = base64.b64decode(body, altchars=b"-_", validate=True)
        if base64.urlsafe_b64encode(sealed).decode() != body:
            raise ValueError("bits beside the last byte")
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound).decode()
    except (InvalidTag, ValueError) as error:
        raise CiphertextDamaged(_("加密数据已损坏，无法读取。")) from error


def is_current(ciphertext: str) -> bool:
    """Tell whether the value is encrypted under the newest key; rotation encrypts the others anew."""
    return _parts(ciphertext)[0] == keyring().newest


def _parts(ciphertext: str) -> tuple[str, str]:
    form, _dot, rest = ciphertext.partition(".")
    key_id, _dot, body = rest.partition(".")
    if form != _FORMAT or not KEY_ID.fullmatch(key_id):
        raise CiphertextDamaged(_("加密数据已损坏，无法读取。"))
    return key_id, body


def _bound(key_id: str, context: str) -> bytes:
    _require(context)
    return f"{_FORMAT}.{key_id}.{context}".encode()


def _require(context: str) -> None:
    if not context:
        raise ValueError("a context is needed: where the value lives")


def blind_index(text: str, *, context: str) -> bytes:
    """Return 32 bytes that are equal for equal texts of one context and tell nothing else (HMAC-SHA256).

    Width, case and outer spaces make no difference; bring phones and e-mail addresses into their one form
    first (`normalise_phone`, `normalise_email`). Rotation of the encryption keys does not change it.
    """
    _require(context)
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    return hmac.digest(keyring().index_key, f"{context}\0{plain}".encode(), hashlib.sha256)


_LONGEST_PHONE_TEXT: Final = 60
_EXTENSION: Final = re.compile(r"\s*(?:;ext=|转|轉|ext\.?|#|-)\s*([0-9]{1,6})$")
_PHONE_PUNCTUATION: Final = re.compile(r"[\s\-\u2010-\u2015.()]+")
_CHINESE_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_CHINESE_LANDLINE: Final = re.compile(r"(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_CHINESE_SERVICE: Final = re.compile(r"[48]00[0-9]{7}")
_INTERNATIONAL: Final = re.compile(r"[1-9][0-9]{6,14}")
_EMAIL: Final = re.compile(r"[^\s@,;<>()\[\]\\\"]{1,64}@(?:\w(?:[\w-]{0,61}\w)?\.)+[^\W\d_][\w-]{1,62}")


def normalise_phone(text: str) -> str | None:
    """Return a phone number as +<country><number>, with ";ext=<n>" when it has an extension; None otherwise.

    Numbers without a country are Chinese: mobiles, landlines with their area code, 400 and 800 numbers. A
    local number without area code, or two numbers in one field, is not a phone number.
    """
    if len(text) > _LONGEST_PHONE_TEXT:
        return None
    plain = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("tel:")
    number = _number(plain)
    if number is not None:
        return number
    extension = _EXTENSION.search(plain)
    number = _number(plain[: extension.start()]) if extension else None
    return f"{number};ext={extension[1]}" if extension and number else None


def _number(text: str) -> str | None:
    digits = _PHONE_PUNCTUATION.sub("", text.replace("(0)", ""))
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if digits.startswith("+") and not digits.startswith("+86"):
        return digits if _INTERNATIONAL.fullmatch(digits[1:]) else None
    national = _chinese_number(digits.removeprefix("+86"))
    if national is None and digits.startswith("86"):
        national = _chinese_number(digits[2:])
    return f"+86{national}" if national else None


def _chinese_number(digits: str) -> str | None:
    bare = digits.removeprefix("0")
    kinds = (_CHINESE_MOBILE, _CHINESE_SERVICE, _CHINESE_LANDLINE)
    return bare if any(kind.fullmatch(bare) for kind in kinds) else None


def normalise_email(text: str) -> str | None:
    """Return an e-mail address in lower case and without decoration, or None when it is not one."""
    plain = unicodedata.normalize("NFKC", text).strip().lower().removeprefix("mailto:")
    local = plain.partition("@")[0]
    odd = ".." in plain or local.startswith(".") or local.endswith(".") or len(plain) > 254
    return None if odd or not _EMAIL.fullmatch(plain) else plain


def mask_phone(phone: str) -> str:
    """Return a phone number for display: 138****5678; landlines show their last four digits."""
    number = phone.partition(";")[0].removeprefix("+86")
    if len(number) < 7:
        return "*" * len(number)
    shown = 3 if _CHINESE_MOBILE.fullmatch(number) or number.startswith("+") else 0
    return number[:shown] + "*" * (len(number) - shown - 4) + number[-4:]


def mask_email(email: str) -> str:
    """Return an e-mail address for display: z***@example.com; anything else entirely masked."""
    local, at, domain = email.rpartition("@")
    return f"{local[0] if len(local) > 1 else ''}***@{domain}" if at else "***"


def mask_account(account: str) -> str:
    """Return a bank account for display: the last four digits, from twelve digits on also the first four."""
    bare = re.sub(r"[\s-]", "", account)
    if len(bare) < 8:
        return "*" * len(bare)
    shown = 4 if len(bare) >= 12 else 0
    return bare[:shown] + "*" * (len(bare) - shown - 4) + bare[-4:]
