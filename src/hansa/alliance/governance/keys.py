"""Keys in files: each member's Ed25519 key for signing, and the alliance's key for subject tokens.

A private key never enters the database or a log. Files are 0600 in a folder of 0700; a key that others
can read is refused rather than used.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hansa.kernel.errors import InvalidInput, NotFound, Unavailable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True)
class PublicKey:
    """What others may know of a key."""

    key_id: str
    pem: str


def create_signing_key(folder: Path, owner: str) -> PublicKey:
    """Make a new Ed25519 key for an owner; its id is the owner's code and the key's fingerprint."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    key_id = f"{owner}-{hashlib.sha256(raw).hexdigest()[:16]}"
    private_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_secret(_path(folder, key_id, "pem"), private_pem)
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(key_id, pem.decode())


def signing_key(folder: Path, key_id: str) -> bytes:
    """Return a private key as PEM; refuses one that is not here or that others can read."""
    return _read_secret(_path(folder, key_id, "pem"))


def subject_key(folder: Path, *, epoch: int = 1) -> bytes:
    """Return the secret of an epoch's subject tokens, made on first use: 32 random bytes."""
    path = _path(folder, f"subjects-epoch-{epoch}", "key")
    if not path.exists():
        try:
            _write_secret(path, secrets.token_bytes(32))
        except FileExistsError:
            return _read_secret(path)  # another process was first, and its key is the one
    return _read_secret(path)


def _path(folder: Path, name: str, suffix: str) -> Path:
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name!r} cannot name a key: letters, digits, hyphens and underscores only")
    return folder / f"{name}.{suffix}"


def _write_secret(path: Path, secret: bytes) -> None:
    """Write a new file that only we can read, whole or not at all; raises FileExistsError, never replaces."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(descriptor)
        try:
            os.link(aside, path)
        finally:
            aside.unlink()
    except FileExistsError:
        raise
    except OSError as error:
        raise Unavailable(f"cannot write the key {path}: {error.strerror}") from error


def _read_secret(path: Path) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_IMODE(mode) & 0o077:
            raise Unavailable(f"others can read the key {path}; make it yours alone: chmod 600 {path}")
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"the key {path} is not on this machine") from None
    except OSError as error:
        raise Unavailable(f"cannot read the key {path}: {error.strerror}") from error
