"""The documents say what is so: links lead somewhere, and what the code knows by itself is told in full."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from hansa.cli.main import GROUPS
from hansa.config.api import api

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
DECISIONS = sorted((ROOT / "docs/adr").glob("*.md"))
NOT_TEXT = re.compile(r"^```.*?^```|<!--.*?-->", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
SETTING = re.compile(r"\b(HANSA_[A-Z_]+|DATABASE_URL|JAVA_HOME|PLAYWRIGHT_BROWSERS_PATH)\b")
# Read by Hansa's programs; what only tests and the launcher's messages name is not a setting.
READERS = ["hansa", "requirements/install.py", *sorted(map(str, (ROOT / "src").rglob("*.py")))]


def documents() -> list[Path]:
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path.relative_to(ROOT) for path in found)


def text_of(path: Path | str) -> str:
    return (ROOT / path).read_text("utf-8")


@cache
def anchors_of(path: Path) -> set[str]:
    """The names that a heading can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", NOT_TEXT.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", documents(), ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = [link for link in LINK.findall(NOT_TEXT.sub("", text_of(page))) if "://" not in link]

    broken = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)

    assert broken == []


def test_every_document_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "docs/index.md", ROOT / "README.md", ROOT / "README.zh-CN.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = LINK.findall(NOT_TEXT.sub("", page.read_text("utf-8")))
        waiting += [page.parent / link.partition("#")[0] for link in links if "://" not in link]

    assert [str(page) for page in documents() if (ROOT / page).resolve() not in reached] == []


@cache
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs/make_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["command-line.md", "invariants.md", "permissions.md", "refusals.md"])
def test_a_page_made_from_the_code_says_what_the_code_says(page: str) -> None:
    made = reference().MADE + reference().PAGES[page]()

    assert text_of(f"docs/reference/{page}") == made, "run: .venv/bin/python docs/make_reference.py"


def test_every_group_of_commands_is_in_the_reference() -> None:
    told = re.findall(r"^## (.+)$", text_of("docs/reference/command-line.md"), re.MULTILINE)

    assert told == list(GROUPS)


def test_every_call_of_the_api_is_told_and_no_other() -> None:
    paths = api.get_openapi_schema()["paths"]
    calls = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    own = {call.replace("/api/v1", "") for call in calls if "/alliance/" not in call}

    told = set(
        re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`", text_of("docs/reference/api-operations.md"))
    )

    assert told == own


def test_every_setting_is_told_and_no_other() -> None:
    read = {name for reader in READERS for name in SETTING.findall(text_of(reader))}

    told = set(SETTING.findall(text_of("docs/reference/settings.md")))

    assert told == read


def test_every_direct_dependency_has_a_line() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["test"]]
    asked += [each for name, extra in extras.items() if name != "all" for each in extra]
    names = {re.split(r"[\[<>=!~ ;]", each)[0] for each in asked}

    told = set(re.findall(r"^\| `([^`]+)` \|", text_of("docs/dependencies.md"), re.MULTILINE))

    assert told == names


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem[:4])
def test_a_decision_is_numbered_titled_by_what_was_decided_and_short(decision: Path) -> None:
    text = decision.read_text("utf-8")
    number, slug = re.fullmatch(r"(\d{4})-([a-z0-9-]+)", decision.stem).groups()  # type: ignore[union-attr]
    heading = text.splitlines()[0]
    title = heading.removeprefix(f"# {int(number)}. ")

    assert title != heading, f"the heading must begin with `# {int(number)}. `"
    assert re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-").removeprefix("the-") == slug.removeprefix(
        "the-"
    )
    assert len(title.split()) >= 4
    assert not title.endswith(".")
    assert 100 <= len(text.split()) <= 450
    assert re.search(r"^## How it is (kept|held)$", text, re.MULTILINE)


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    index = text_of("docs/index.md")
    assert [path.name for path in DECISIONS if f"adr/{path.name}" not in index] == []


def test_the_walks_through_the_files_name_what_is_there() -> None:
    steps = re.findall(r"`([a-z_/]+\.py): (\w+)`", text_of("ARCHITECTURE.md"))

    missing = [
        f"{file}: {name}"
        for file, name in steps
        if not re.search(rf"^(?:async )?(?:def|class) {name}\b", text_of(f"src/hansa/{file}"), re.MULTILINE)
    ]

    assert len(steps) > 20
    assert missing == []


def test_every_import_contract_is_told_in_the_architecture() -> None:
    contracts = [contract["name"].split(":")[0] for contract in PROJECT["tool"]["importlinter"]["contracts"]]
    told = text_of("ARCHITECTURE.md")

    assert [name for name in contracts if name.lower() not in told.lower()] == []


def test_no_file_names_one_machine_or_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("git cannot list the files here: this is no clone")
    hosts = ["pypi." + "org", "python" + "hosted.org", "npmjs." + "org", "download.pytorch." + "org"]
    places = "|".join(map(re.escape, hosts))
    forbidden = re.compile(rf"{places}|(?<![\w.])/(?:work|root)/\w")

    found = []
    for name in listed.stdout.split("\0"):
        path = ROOT / name
        if name and path.is_file():
            text = path.read_bytes().decode("utf-8", "ignore")
            found += [f"{name}: {hit[0]}" for hit in forbidden.finditer(text)]

    assert found == []
