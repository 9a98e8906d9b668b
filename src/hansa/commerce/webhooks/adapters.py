"""Secrets as they lie in the database: sealed with a key made of the installation's own."""

from __future__ import annotations

import base64
from functools import lru_cache

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def sealed(secret: str) -> str:
    """A secret as it is kept."""
    return _box(settings.SECRET_KEY).encrypt(secret.encode()).decode()


def unsealed(kept: str) -> str:
    """The secret again; fails loudly where the installation's key is another one."""
    return _box(settings.SECRET_KEY).decrypt(kept.encode()).decode()


@lru_cache(maxsize=2)
def _box(key: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"hansa.webhooks").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
