"""Which browser the tests get, on machines that only pretend."""

import os
from pathlib import Path

import pytest

from hansa.foundation import browser
from hansa.kernel.errors import Unavailable


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without a browser; returns the folder that is its PATH."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("HANSA_CHROMIUM", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(browser, "_MACS", ())
    monkeypatch.setattr(browser, "_run", _closed)
    return programs


def _closed(argv: list[str], _environ: dict[str, str]) -> object:
    """Answer as a machine without a network does."""
    return browser.subprocess.CompletedProcess(
        argv, 1, "", "some noise\nError: getaddrinfo ENOTFOUND cdn\nmore\n"
    )


def put_program(path: Path, body: str = "exit 0") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_an_installed_browser_is_taken(machine: Path) -> None:
    chromium = put_program(machine / "chromium")

    assert browser.find_or_install_chromium() == chromium


def test_a_command_that_only_advertises_a_browser_is_passed_by(machine: Path) -> None:
    put_program(machine / "chromium-browser", "echo 'please install the snap' >&2; exit 1")
    chrome = put_program(machine / "google-chrome")

    assert browser.find_or_install_chromium() == chrome


def test_the_named_browser_comes_first(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(machine / "chromium")
    mine = put_program(machine.parent / "mine")
    monkeypatch.setenv("HANSA_CHROMIUM", str(mine))

    assert browser.find_or_install_chromium() == mine


def test_a_named_browser_that_does_not_run_is_refused(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_program(machine / "chromium")
    monkeypatch.setenv("HANSA_CHROMIUM", "/nowhere/chrome")

    with pytest.raises(Unavailable, match=r"HANSA_CHROMIUM=/nowhere/chrome does not run"):
        browser.find_or_install_chromium()


def test_what_playwright_has_fetched_before_is_taken(machine: Path) -> None:
    home = machine.parent / "home" / ".cache" / "ms-playwright"
    chrome = put_program(home / "chromium-1187" / "chrome-linux" / "chrome")

    assert browser.find_or_install_chromium() == chrome


def test_root_on_debian_installs_the_package_and_a_chinese_font(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[list[str]] = []

    def apt(argv: list[str], _environ: dict[str, str]) -> object:
        calls.append(argv)
        lists_are_here = ["apt-get", "update", "-q"] in calls
        if lists_are_here:
            put_program(machine / "chromium")
        return browser.subprocess.CompletedProcess(
            argv, 0 if lists_are_here else 100, "", "E: Unable to locate"
        )

    put_program(machine / "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser, "_run", apt)
    told: list[str] = []

    found = browser.find_or_install_chromium(told.append)

    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
    assert found == machine / "chromium"
    assert calls == [install, ["apt-get", "update", "-q"], install]
    assert told == [
        "Installing chromium and fonts-noto-cjk with apt-get for the browser tests (about 200 MB) ..."
    ]


def test_when_no_way_is_open_each_is_told_with_its_reason(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(Unavailable) as refusal:
        browser.find_or_install_chromium(lambda _: None)

    assert str(refusal.value) == (
        "No Chromium for the browser tests: apt-get needs root; Playwright's download: Error: getaddrinfo "
        "ENOTFOUND cdn. Install Chromium (Debian: apt-get install chromium fonts-noto-cjk), "
        "or name one in HANSA_CHROMIUM"
    )


@pytest.mark.parametrize(("uid", "sandboxed"), [(0, False), (1000, True)])
def test_only_root_goes_without_the_sandbox(
    monkeypatch: pytest.MonkeyPatch, uid: int, sandboxed: bool
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)

    arguments = browser.chromium_arguments()

    assert ("--no-sandbox" not in arguments) is sandboxed
    assert {"--disable-background-networking", "--disable-component-update", "--disable-sync"} <= set(
        arguments
    )
    assert {"--disable-quic", "--no-first-run", "--disable-gpu"} <= set(arguments)
