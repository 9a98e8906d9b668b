"""What the documents show on a console is what the commands print."""

from __future__ import annotations

import math
import re
import shlex
import shutil
from itertools import zip_longest
from pathlib import Path

import pytest
import typer

from hansa.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = ["README.md", "README.zh-CN.md", "docs/how-to/run-an-engine-on-files.md"]
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
MEASURED = ("CPU seconds", "of these")  # differ from run to run
CLOSE = 1e-3  # the last digits of linear algebra differ from processor to processor


def blocks() -> list[tuple[str, str]]:
    """Every console block that runs an engine, with the page it stands in."""
    found = [(page, block) for page in PAGES for block in CONSOLE.findall((ROOT / page).read_text("utf-8"))]
    return [(page, block) for page, block in found if "docs/examples/" in block or "roads" in block]


def steps(block: str) -> list[tuple[list[str], list[str]]]:
    """Each command of a block with the lines shown under it."""
    found: list[tuple[list[str], list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((shlex.split(line[2:]), []))
        else:
            found[-1][1].append(line)
    return found


def printed(words: list[str], capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Run a command in the folder we are in; `cat` and `head` read what an earlier one wrote."""
    if words[0] in {"cat", "head"}:
        lines = Path(words[-1]).read_text("utf-8").splitlines()
        return lines[: int(words[1][1:])] if words[0] == "head" else lines
    assert words[0] == "./hansa", f"{words[0]} is no command that a document may show"
    with pytest.raises(SystemExit) as ended:
        typer.main.get_command(app)(args=words[1:], prog_name="hansa")
    assert ended.value.code in {None, 0}
    return capsys.readouterr().out.splitlines()


def same(shown: str | None, said: str | None) -> bool:
    if shown is None or said is None:
        return False
    words, other = re.split(r"[ ,]+", shown.strip()), re.split(r"[ ,]+", said.strip())
    return len(words) == len(other) and all(map(same_word, words, other))


def same_word(shown: str, said: str) -> bool:
    try:
        return math.isclose(float(shown), float(said), rel_tol=CLOSE)
    except ValueError:
        return shown == said


@pytest.mark.parametrize(("page", "block"), blocks())
def test_the_documents_show_what_the_commands_print(
    page: str,
    block: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(ROOT / "docs/examples", tmp_path / "docs/examples")
    monkeypatch.chdir(tmp_path)
    here = block.replace("/tmp/", f"{tmp_path}/")

    for words, shown in steps(here):
        said = printed(words, capsys)
        pairs = [pair for pair in zip_longest(shown, said) if not str(pair[0]).startswith(MEASURED)]
        wrong = [pair for pair in pairs if not same(*pair)]
        assert wrong == [], f"{page}: {shlex.join(words)}"


def test_there_are_examples_to_run() -> None:
    assert len(blocks()) >= 6
