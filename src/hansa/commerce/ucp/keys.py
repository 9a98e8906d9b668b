"""Our own signing key (ECDSA P-256), a file in the state folder that only we can read, and how it is published."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import stat
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from hansa.foundation.state import state_dir
from hansa.kernel.errors import Unavailable


def published() -> dict[str, str]:
    """The public half as a JSON Web Key (RFC 7517); its id is its thumbprint (RFC 7638)."""
    numbers = private_key().public_key().public_numbers()
    jwk = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
    thumbprint = hashlib.sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {"kid": _url_safe(thumbprint), **jwk, "use": "sig", "alg": "ES256"}


def private_key() -> ec.EllipticCurvePrivateKey:
    """The private half, made on first use."""
    return _loaded(state_dir() / "keys" / "ucp-es256.pem")


@lru_cache(maxsize=4)
def _loaded(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise Unavailable(f"others can read the key {path.name}; make it yours alone: chmod 600")
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise Unavailable(f"cannot use the key {path.name}: {error.strerror}") from error
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; another process that is first wins."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        return  # the other's key is the one
    finally:
        aside.unlink()


def _coordinate(number: int) -> str:
    return _url_safe(number.to_bytes(32, "big"))


def _url_safe(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
