"""Encryption of personal data, its keys, blind indexes, normal forms and masks."""

import base64
import json
import multiprocessing
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huikuan.core import keys
from huikuan.core.encryption import (
    CiphertextDamaged,
    UnknownKey,
    blind_index,
    decrypt,
    encrypt,
    is_current,
    mask_account,
    mask_email,
    mask_phone,
    normalise_email,
    normalise_phone,
)
from huikuan.core.errors import HuikuanError
from huikuan.core.keys import KEYS_VARIABLE, Keyring, KeysUnusable, add_key, keyring, use_key_file

PHONE = "+8613812345678"
CONTEXT = "0198f6a0/customers_contact.phone"


@pytest.fixture(autouse=True)
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.delenv(KEYS_VARIABLE, raising=False)
    path, before = tmp_path / "home" / "keys.json", keys._chosen_file
    use_key_file(path)
    yield path
    use_key_file(before)


# Keys


def test_the_first_use_makes_a_private_file(key_file: Path) -> None:
    ring = keyring()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    assert Keyring.from_json(key_file.read_text()) == ring
    assert list(key_file.parent.iterdir()) == [key_file]


def test_the_same_keys_are_found_again(key_file: Path) -> None:
    sealed = encrypt(PHONE, context=CONTEXT)
    use_key_file(None)
    use_key_file(key_file)
    assert keys.reloaded_keyring() == keyring()
    assert decrypt(sealed, context=CONTEXT) == PHONE


def _first_use(path: Path) -> str:
    use_key_file(path)
    return keyring().to_json()


def test_processes_and_threads_that_start_together_agree_on_the_keys(tmp_path: Path) -> None:
    path = tmp_path / "shared" / "keys.json"
    with multiprocessing.get_context("spawn").Pool(6) as pool:
        made = pool.map(_first_use, [path] * 12, chunksize=1)
    assert set(made) == {path.read_text()}
    use_key_file(tmp_path / "threads" / "keys.json")
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: keys.reloaded_keyring().to_json(), range(32)))) == 1


def _add_key(path: Path) -> str:
    use_key_file(path)
    return add_key()


def test_keys_added_at_the_same_time_are_all_kept(key_file: Path) -> None:
    keyring()
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        added = pool.map(_add_key, [key_file] * 8, chunksize=1)
    assert set(added) < set(Keyring.from_json(key_file.read_text()).keys)


def test_the_newest_key_encrypts_and_all_decrypt() -> None:
    old = encrypt(PHONE, context=CONTEXT)
    index = blind_index(PHONE, context=CONTEXT)
    added = add_key()
    new = encrypt(PHONE, context=CONTEXT)
    assert keyring().newest == added
    assert decrypt(old, context=CONTEXT) == decrypt(new, context=CONTEXT) == PHONE
    assert is_current(new) and not is_current(old)
    assert blind_index(PHONE, context=CONTEXT) == index


def test_a_key_added_by_another_process_is_noticed(key_file: Path) -> None:
    known = keyring()
    newer = known.with_new_key()
    key_file.write_text(newer.to_json())
    assert keyring() == known
    sealed = _sealed_under(newer)
    assert decrypt(sealed, context=CONTEXT) == PHONE
    assert keyring() == newer


def _sealed_under(ring: Keyring) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEYS_VARIABLE, ring.to_json())
        return encrypt(PHONE, context=CONTEXT)


def test_the_environment_comes_before_the_file(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keyring.generate()
    monkeypatch.setenv(KEYS_VARIABLE, ring.to_json())
    assert keyring() == ring
    assert not key_file.exists()
    with pytest.raises(KeysUnusable):
        add_key()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"text"',
        '{"keys": {"a": "AAAA"}}',
        json.dumps({"index": "A" * 43 + "=", "keys": {}}),
        json.dumps({"index": "A" * 43 + "=", "keys": {"a.b": "A" * 43 + "="}}),
        json.dumps({"index": "A" * 43 + "=", "keys": {"a": "A" * 20}}),
        json.dumps({"index": "A" * 43 + "=", "keys": {"a": None}}),
        json.dumps({"index": "A" * 43 + "=", "keys": ["A" * 43 + "="]}),
    ],
)
def test_a_damaged_file_is_an_error_and_stays_as_it_is(key_file: Path, text: str) -> None:
    key_file.parent.mkdir()
    key_file.touch(0o600)
    key_file.write_text(text)
    for use in (keyring, add_key):
        with pytest.raises(KeysUnusable) as caught:
            use()
        assert caught.value.code == "keys_unusable"
        assert caught.value.__cause__ is None, "the cause may quote the keys"
    assert key_file.read_text() == text


def test_a_file_that_others_can_read_is_refused(key_file: Path) -> None:
    keyring()
    key_file.chmod(0o640)
    with pytest.raises(KeysUnusable, match="600"):
        keys.reloaded_keyring()


def test_a_folder_that_cannot_be_made_is_a_named_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    use_key_file(tmp_path / "file" / "keys.json")
    with pytest.raises(KeysUnusable):
        keyring()


def test_keys_do_not_show_in_their_representation() -> None:
    ring = Keyring.generate()
    assert repr(ring) == "Keyring()"


# Encryption


@given(text=st.text(max_size=200), context=st.text(min_size=1, max_size=60))
def test_what_was_encrypted_is_read_again(text: str, context: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEYS_VARIABLE, RING)
        sealed = encrypt(text, context=context)
        assert decrypt(sealed, context=context) == text
        assert encrypt(text, context=context) != sealed


RING = Keyring.generate().to_json()


def test_a_ciphertext_does_not_contain_the_text() -> None:
    sealed = encrypt(PHONE, context=CONTEXT)
    assert PHONE.encode() not in base64.urlsafe_b64decode(sealed.split(".")[2])
    assert PHONE not in sealed


@pytest.mark.parametrize("other", ["0198f6a1/customers_contact.phone", "0198f6a0/customers_contact.email"])
def test_a_ciphertext_moved_elsewhere_does_not_open(other: str) -> None:
    sealed = encrypt(PHONE, context=CONTEXT)
    with pytest.raises(CiphertextDamaged) as caught:
        decrypt(sealed, context=other)
    assert caught.value.code == "ciphertext_damaged"


def test_no_character_can_be_changed_and_nothing_cut_or_added() -> None:
    sealed = encrypt(PHONE, context=CONTEXT)
    damaged = [sealed[:at] + chr(ord(sealed[at]) ^ 1) + sealed[at + 1 :] for at in range(len(sealed))]
    damaged += [sealed[:length] for length in range(len(sealed))]
    damaged += [sealed + extra for extra in ("A", "AAAA", "=", "\n", ".", "\u00e9")]
    for text in damaged:
        with pytest.raises((CiphertextDamaged, UnknownKey)):
            decrypt(text, context=CONTEXT)


def test_a_ciphertext_cannot_be_passed_off_as_one_of_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = Keyring.generate()
    twins = Keyring(index=ring.index, keys={**ring.keys, "twin": ring.keys[ring.newest]})
    monkeypatch.setenv(KEYS_VARIABLE, twins.to_json())
    sealed = encrypt(PHONE, context=CONTEXT)
    renamed = sealed.replace(".twin.", f".{ring.newest}.")
    assert renamed != sealed
    with pytest.raises(CiphertextDamaged):
        decrypt(renamed, context=CONTEXT)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, key_id = encrypt(PHONE, context=CONTEXT), keyring().newest
    monkeypatch.setenv(KEYS_VARIABLE, Keyring.generate().to_json())
    with pytest.raises(UnknownKey, match=key_id) as caught:
        decrypt(sealed, context=CONTEXT)
    assert isinstance(caught.value, HuikuanError) and caught.value.code == "unknown_key"


def test_a_context_is_needed() -> None:
    sealed = encrypt(PHONE, context=CONTEXT)
    with pytest.raises(ValueError, match="context"):
        encrypt(PHONE, context="")
    with pytest.raises(ValueError, match="context"):
        decrypt(sealed, context="")
    with pytest.raises(ValueError, match="context"):
        blind_index(PHONE, context="")


# Blind indexes


def test_equal_texts_of_one_context_have_equal_indexes() -> None:
    assert blind_index("Zhang@Example.com ", context=CONTEXT) == blind_index(
        "zhang@example.com", context=CONTEXT
    )
    assert blind_index("zhang@example.com", context=CONTEXT) != blind_index(
        "zhang@example.com", context="other"
    )
    assert blind_index("zhang@example.com", context=CONTEXT) != blind_index(
        "zhang@example.co", context=CONTEXT
    )
    assert len(blind_index("", context=CONTEXT)) == 32


def test_context_and_text_cannot_be_confused() -> None:
    assert blind_index("bc", context="a") != blind_index("c", context="ab")


def test_another_installation_has_other_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = blind_index(PHONE, context=CONTEXT)
    monkeypatch.setenv(KEYS_VARIABLE, Keyring.generate().to_json())
    assert blind_index(PHONE, context=CONTEXT) != here


# Phones, e-mail addresses and account numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13812345678", "+8613812345678"),
        (" 138 1234 5678 ", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("+86 138 1234 5678", "+8613812345678"),
        ("0086-13812345678", "+8613812345678"),
        ("8613812345678", "+8613812345678"),
        ("013812345678", "+8613812345678"),
        ("tel:+8613812345678", "+8613812345678"),
        ("\uff11\uff13\uff18\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18", "+8613812345678"),
        ("0574-88888888", "+8657488888888"),
        ("(0574) 8888 8888", "+8657488888888"),
        ("+86 (0)574 8888 8888", "+8657488888888"),
        ("+86 0574 88888888", "+8657488888888"),
        ("010-65551234", "+861065551234"),
        ("021 6555 1234", "+862165551234"),
        ("0574-88888888-801", "+8657488888888;ext=801"),
        ("0574-88888888转801", "+8657488888888;ext=801"),
        ("0574-88888888 ext. 801", "+8657488888888;ext=801"),
        ("400-800-1234", "+864008001234"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("00852 2345 6789", "+85223456789"),
    ],
)
def test_phone_numbers_have_one_form(text: str, number: str) -> None:
    assert normalise_phone(text) == number
    assert normalise_phone(number) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "88888888",
        "12345678901",
        "1381234567",
        "138123456789",
        "13812345678/13912345678",
        "+86 12",
        "+0123456789",
        "zhang@example.com",
        "张三",
        "+" + "1" * 16,
        "138-1234-56789",
        " " * 1_000_000 + "1",
        "٠١٣٨١٢٣٤٥٦٧٨",
    ],
)
def test_what_is_no_phone_number(text: str) -> None:
    assert normalise_phone(text) is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Zhang.San@Example.COM", "zhang.san@example.com"),
        (" mailto:a@b.cn ", "a@b.cn"),
        ("zhang\uff20example.com", "zhang@example.com"),
        ("a+b@mail.example.co.uk", "a+b@mail.example.co.uk"),
        ("张三@例子.公司", "张三@例子.公司"),
    ],
)
def test_e_mail_addresses_have_one_form(text: str, address: str) -> None:
    assert normalise_email(text) == address
    assert normalise_email(address) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a@b",
        "@b.cn",
        "a@",
        "a@@b.cn",
        "a b@c.cn",
        "a@b..cn",
        ".a@b.cn",
        "a.@b.cn",
        "a@b.cn,c@d.cn",
        "a@1.2.3.4",
        "a@-b.cn",
        "x" * 65 + "@b.cn",
        "a@" + "b." * 130 + "cn",
        "a@b.cn\nBcc: c@d.cn",
        "<a@b.cn>",
    ],
)
def test_what_is_no_e_mail_address(text: str) -> None:
    assert normalise_email(text) is None


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+8613812345678", "138****5678"),
        ("13812345678", "138****5678"),
        ("+8657488888888", "*******8888"),
        ("+8657488888888;ext=801", "*******8888"),
        ("+14155552671", "+14*****2671"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_phone_numbers_are_masked(phone: str, shown: str) -> None:
    assert mask_phone(phone) == shown


@pytest.mark.parametrize(
    ("email", "shown"),
    [("zhangsan@example.com", "z***@example.com"), ("a@b.cn", "***@b.cn"), ("zhangsan", "***"), ("", "***")],
)
def test_e_mail_addresses_are_masked(email: str, shown: str) -> None:
    assert mask_email(email) == shown


@pytest.mark.parametrize(
    ("account", "shown"),
    [
        ("6222021234567890128", "6222***********0128"),
        ("6222 0212 3456 7890 128", "6222***********0128"),
        ("12345678", "****5678"),
        ("1234567", "*******"),
    ],
)
def test_accounts_are_masked(account: str, shown: str) -> None:
    assert mask_account(account) == shown


def test_the_default_file_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_key_file(None)
    monkeypatch.setenv("HUIKUAN_HOME", os.fspath(tmp_path / "data"))
    assert keys.key_file() == tmp_path / "data" / "keys.json"
    keyring()
    assert (tmp_path / "data" / "keys.json").exists()
