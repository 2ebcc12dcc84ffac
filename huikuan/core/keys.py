"""The encryption keys of an installation: where they come from, how they are made and rotated.

They come from HUIKUAN_KEYS, otherwise from keys.json in HUIKUAN_HOME (0600), made on first use; both hold the
same JSON:

    {"index": "<base64 of 32 bytes>", "keys": {"<id>": "<base64 of 32 bytes>", ...}}

The last key is the newest: it encrypts, all of them decrypt. So a new key can be added at any time, and an
old one removed once nothing is encrypted under it. "index" makes the blind indexes and stays: without it
nobody is found by phone or e-mail any more.
"""

import base64
import contextlib
import fcntl
import json
import os
import re
import secrets
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.utils.translation import gettext as _

from huikuan.core.errors import HuikuanError

KEYS_VARIABLE: Final = "HUIKUAN_KEYS"
KEYS_FILE: Final = "keys.json"

KEY_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,32}")
"""The form of a key's id."""

_KEY_BYTES: Final = 32


class KeysUnusable(HuikuanError):
    """The keys cannot be read or written, are damaged, or stand open to other users of the machine."""

    code = "keys_unusable"


@dataclass(frozen=True)
class Keyring:
    """The keys of one installation: the secret of the blind indexes and the encryption keys, oldest first."""

    index: bytes = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def generate(cls) -> "Keyring":
        """Return a keyring with one new key."""
        return cls(index=secrets.token_bytes(_KEY_BYTES), keys={}).with_new_key()

    @classmethod
    def from_json(cls, text: str) -> "Keyring":
        """Read the JSON of the module's description. Raises `KeysUnusable` when it is anything else."""
        try:
            data = json.loads(text)
            keys = {_key_id(name): _key_bytes(key) for name, key in data["keys"].items()}
            if not keys:
                raise ValueError("at least one key is needed")
            ring = cls(index=_key_bytes(data["index"]), keys=keys)
        except (ValueError, TypeError, KeyError, AttributeError):
            # Without the cause: its traceback would carry the text of the keys.
            raise KeysUnusable(_("加密密钥已损坏或格式不正确；请从备份恢复密钥，不要新建。")) from None
        return ring

    def to_json(self) -> str:
        """Write the JSON that `from_json` reads."""
        keys = {name: base64.b64encode(key).decode() for name, key in self.keys.items()}
        return json.dumps({"index": base64.b64encode(self.index).decode(), "keys": keys}, indent=1) + "\n"

    def with_new_key(self) -> "Keyring":
        """Return the keyring with one more key, which becomes the newest."""
        name = secrets.token_hex(4)
        while name in self.keys:
            name = secrets.token_hex(4)
        return Keyring(index=self.index, keys={**self.keys, name: secrets.token_bytes(_KEY_BYTES)})

    @cached_property
    def newest(self) -> str:
        """The id of the key that encrypts."""
        return list(self.keys)[-1]

    @cached_property
    def ciphers(self) -> Mapping[str, AESGCM]:
        """The cipher of each key, by id."""
        return {name: AESGCM(_derived(key, "encryption")) for name, key in self.keys.items()}

    @cached_property
    def index_key(self) -> bytes:
        """The key of the blind indexes."""
        return _derived(self.index, "blind index")


def _key_id(name: str) -> str:
    if not KEY_ID.fullmatch(name):
        raise ValueError("a key id has up to 32 letters, digits, - and _")
    return name


def _key_bytes(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != _KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=f"huikuan {purpose}".encode()).derive(secret)


_lock = threading.Lock()
_chosen_file: Path | None = None
_loaded: tuple[object, Keyring] | None = None


def use_key_file(path: Path | None) -> None:
    """Take the keys from `path`, not HUIKUAN_HOME/keys.json; HUIKUAN_KEYS still wins. None undoes it."""
    global _chosen_file
    _chosen_file = path


def key_file() -> Path:
    """Return where the file with the keys is, or will be made; claims the data folder for it."""
    if _chosen_file is not None:
        return _chosen_file
    from huikuan.core.postgres.embedded import claim_home

    return claim_home() / KEYS_FILE


def keyring() -> Keyring:
    """Return the keys in use, making them on first use. Raises `KeysUnusable`."""
    loaded = _loaded
    if loaded is not None and loaded[0] == _source():
        return loaded[1]
    return reloaded_keyring()


def reloaded_keyring() -> Keyring:
    """Return the keys as they are now: another process may have added one. Raises `KeysUnusable`."""
    global _loaded
    with _lock:
        source = _source()
        given = os.environ.get(KEYS_VARIABLE)
        ring = Keyring.from_json(given) if given else _read_or_create(key_file())
        _loaded = (source, ring)
        return ring


def _source() -> object:
    return os.environ.get(KEYS_VARIABLE), _chosen_file, os.environ.get("HUIKUAN_HOME")


def add_key() -> str:
    """Add a new key to the file and return its id: from now on it encrypts, the older ones still decrypt.

    Other processes go on with the keys they know until they meet a value they cannot open or start anew.
    Raises `KeysUnusable` when HUIKUAN_KEYS is set: whoever sets it adds the key there.
    """
    if os.environ.get(KEYS_VARIABLE):
        raise KeysUnusable(_("密钥由环境变量 HUIKUAN_KEYS 提供，请在该处添加新密钥。"))
    path = key_file()
    _read_or_create(path)
    with _only_writer(path):
        ring = _read(path).with_new_key()
        _write(path, ring)
    reloaded_keyring()
    return ring.newest


def _read_or_create(path: Path) -> Keyring:
    if not path.exists():
        with _only_writer(path):
            if not path.exists():
                _write(path, Keyring.generate())
    return _read(path)


def _read(path: Path) -> Keyring:
    with _os_errors_named(path), path.open(encoding="ascii", errors="replace") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        text = file.read()
    if mode & 0o077:
        raise KeysUnusable(
            _("密钥文件 %(path)s 可被其他用户访问；请执行 chmod 600 后重试。") % {"path": path}
        )
    return Keyring.from_json(text)


@contextlib.contextmanager
def _only_writer(path: Path) -> Iterator[None]:
    """Hold the lock of the file's folder, across processes and threads."""
    with _os_errors_named(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _write(path: Path, ring: Keyring) -> None:
    """Put the file in place whole: a reader, or a crash, finds the old content or the new."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    with _os_errors_named(path):
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(ring.to_json())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _os_errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        message = _("无法读写密钥文件 %(path)s：%(reason)s。") % {"path": path, "reason": error.strerror}
        raise KeysUnusable(message) from error
