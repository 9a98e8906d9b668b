"""Subject tokens."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from hansa.alliance.lake.tokens import bucket_of, subject_token, token_of_user
from hansa.kernel.errors import InvalidInput

KEY = bytes(range(32))


def test_a_token_is_the_first_half_of_an_hmac() -> None:
    expected = hmac.new(KEY, b"user:7", hashlib.sha256).hexdigest()[:32]

    assert token_of_user(7, key=KEY) == expected
    assert bucket_of(expected) == int(expected[0], 16)


def test_spelling_does_not_make_another_person() -> None:
    assert subject_token(" ALIA@Example.com ", key=KEY) == subject_token("alia@example.com", key=KEY)
    assert subject_token("ｕｓｅｒ:7", key=KEY) == token_of_user(7, key=KEY)


def test_another_key_gives_another_token() -> None:
    assert token_of_user(7, key=KEY) != token_of_user(7, key=KEY[::-1])


def test_nobody_lies_in_the_bucket_of_nobody() -> None:
    assert bucket_of(None) == -1


@pytest.mark.parametrize(("identity", "key"), [("", KEY), ("   ", KEY), ("alia", b"short")])
def test_an_empty_identity_and_a_short_key_are_refused(identity: str, key: bytes) -> None:
    with pytest.raises(InvalidInput):
        subject_token(identity, key=key)
