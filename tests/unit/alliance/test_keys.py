"""Keys are files of ours alone."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from hansa.alliance.governance import keys
from hansa.kernel.errors import InvalidInput, NotFound, Unavailable


def test_a_signing_key_is_kept_for_us_alone(tmp_path: Path) -> None:
    public = keys.create_signing_key(tmp_path / "keys", "trave")

    file = tmp_path / "keys" / f"{public.key_id}.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    assert keys.signing_key(tmp_path / "keys", public.key_id).startswith(b"-----BEGIN PRIVATE KEY-----")
    assert public.pem.startswith("-----BEGIN PUBLIC KEY-----")


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    public = keys.create_signing_key(tmp_path, "trave")
    (tmp_path / f"{public.key_id}.pem").chmod(0o640)

    with pytest.raises(Unavailable, match="chmod 600"):
        keys.signing_key(tmp_path, public.key_id)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"trave-1\.pem"):
        keys.signing_key(tmp_path, "trave-1")


def test_a_key_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        keys.signing_key(tmp_path, "../trave")


def test_the_key_of_subject_tokens_is_made_once(tmp_path: Path) -> None:
    first = keys.subject_key(tmp_path)
    second = keys.subject_key(tmp_path)
    other_epoch = keys.subject_key(tmp_path, epoch=2)

    assert len(first) == 32
    assert first == second
    assert other_epoch != first
