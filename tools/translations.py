"""The words of Hansa's pages and their Chinese: collect, compare, compile. Needs no GNU gettext.

    .venv/bin/python tools/translations.py check     what is missing, obsolete or at odds; exit 1 if anything is
    .venv/bin/python tools/translations.py update    write new words into the .po, drop unused ones, compile the .mo

How to translate is told in `docs/how-to/translate.md`. Third-party apps bring their own catalogues.
"""

from __future__ import annotations

import argparse
import ast
import re
import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=True)

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "hansa"
CATALOGUE = SOURCE / "web" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")

# Where a call keeps its words: context, singular, plural.
_CALLS: dict[str, tuple[int | None, int, int | None]] = {
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
_LITERAL = r"""(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*")"""
_TEMPLATE_CALL = re.compile(rf"\b({'|'.join(_CALLS)})\(\s*({_LITERAL}(?:\s*,\s*{_LITERAL})*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]*\d*(?:\.\d+)?([a-zA-Z%])|\{(\w+)\}")
_HEADER = (
    "Project-Id-Version: Hansa\nLanguage: zh_Hans\nMIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)
Key = tuple[str, str]  # context ("" for none), words


@dataclass
class Words:
    """One text that pages show: its plural where it has one, and the files that use it."""

    plural: str = ""
    places: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Entry:
    """One text of the catalogue with its translation; Chinese has one form for every number."""

    context: str
    singular: str
    plural: str
    translation: str
    is_fuzzy: bool = False

    @property
    def key(self) -> Key:
        return self.context, self.singular


def words_in_use(source: Path = SOURCE) -> dict[Key, Words]:
    """Collect every text that templates and Python under ``source`` hand to gettext."""
    found: dict[Key, Words] = {}
    for path in sorted(source.rglob("*")):
        if path.suffix not in (".html", ".txt", ".py") or "migrations" in path.parts:
            continue
        calls = _of_python(path) if path.suffix == ".py" else _of_template(path)
        for context, singular, plural in calls:
            words = found.setdefault((context, singular), Words())
            words.plural = words.plural or plural
            words.places.add(path.relative_to(ROOT if path.is_relative_to(ROOT) else source).as_posix())
    return found


def _of_template(path: Path) -> Iterator[tuple[str, str, str]]:
    for call in _TEMPLATE_CALL.finditer(templatize(path.read_text("utf-8"), origin=str(path))):
        arguments: tuple[str, ...] = ast.literal_eval(f"({call[2]},)")
        yield _sorted_out(call[1], list(arguments))


def _of_python(path: Path) -> Iterator[tuple[str, str, str]]:
    text = path.read_text("utf-8")
    if "gettext" not in text:
        return
    for node in ast.walk(ast.parse(text, str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _CALLS or not node.args:
            continue
        if isinstance(node.args[0], ast.JoinedStr):
            raise SystemExit(f"{path}:{node.lineno}: an f-string cannot be translated; use %(name)s")
        texts = [
            arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
        ]
        if isinstance(node.args[0], ast.Constant) and texts:
            yield _sorted_out(name, texts)


def _sorted_out(name: str, texts: list[str]) -> tuple[str, str, str]:
    context, singular, plural = _CALLS[name]
    return (
        texts[context] if context is not None else "",
        texts[singular],
        texts[plural] if plural is not None else "",
    )


def entries_of(text: str) -> list[Entry]:
    """Read a .po file's text; the header and entries that are commented out are passed over."""
    entries = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        parts: dict[str, str] = {}
        name = ""
        for line in lines:
            head, quote, rest = line.partition('"')
            name = head.strip() or name
            parts[name] = parts.get(name, "") + ast.literal_eval(quote + rest)
        if parts.get("msgid"):
            translation = parts.get("msgstr[0]", parts.get("msgstr", ""))
            fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in block.splitlines())
            entries.append(
                Entry(
                    parts.get("msgctxt", ""),
                    parts["msgid"],
                    parts.get("msgid_plural", ""),
                    translation,
                    fuzzy,
                )
            )
    return entries


def text_of(entries: Iterable[Entry], used: dict[Key, Words]) -> str:
    """Write a .po file, ordered by the first file that uses each text, without line numbers."""
    blocks = [f'msgid ""\nmsgstr ""\n{_quoted_lines(_HEADER)}']
    for entry in sorted(entries, key=lambda entry: (min(used[entry.key].places), entry.key)):
        lines = [f"#: {place}" for place in sorted(used[entry.key].places)]
        if entry.is_fuzzy:
            lines.append("#, fuzzy")
        if entry.context:
            lines.append(f"msgctxt {_quoted(entry.context)}")
        lines.append(f"msgid {_quoted(entry.singular)}")
        if entry.plural:
            lines.append(f"msgid_plural {_quoted(entry.plural)}")
        lines.append(f"msgstr{'[0]' if entry.plural else ''} {_quoted(entry.translation)}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _quoted_lines(text: str) -> str:
    return "\n".join(_quoted(line) for line in text.splitlines(keepends=True))


def compiled(entries: Iterable[Entry]) -> bytes:
    """Pack translations as a GNU .mo file: sorted keys, little-endian, no hash table."""
    pairs = {b"": _HEADER.encode()}
    for entry in entries:
        if entry.translation and not entry.is_fuzzy:
            key = f"{entry.context}\x04{entry.singular}" if entry.context else entry.singular
            pairs[f"{key}\0{entry.plural}".encode() if entry.plural else key.encode()] = (
                entry.translation.encode()
            )
    keys = sorted(pairs)
    at_keys, at_values = 28, 28 + 8 * len(keys)
    place = at_values + 8 * len(keys)
    tables, texts = b"", b""
    for column in (keys, [pairs[key] for key in keys]):
        for text in column:
            tables += struct.pack("<II", len(text), place + len(texts))
            texts += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, len(keys), at_keys, at_values, 0, place) + tables + texts


def complaints(used: dict[Key, Words], entries: Iterable[Entry]) -> list[str]:
    """Say all that is wrong with the catalogue, one sentence each; nothing wrong is an empty list."""
    by_key = {entry.key: entry for entry in entries}
    said = [
        f"not in the catalogue: {key[1]!r} ({min(words.places)})"
        for key, words in used.items()
        if key not in by_key
    ]
    said += [f"no longer used: {key[1]!r}" for key in by_key if key not in used]
    for key, entry in by_key.items():
        if key in used:
            said += [f"{why}: {entry.singular!r}" for why in _faults(entry, used[key])]
    return said


def _faults(entry: Entry, words: Words) -> Iterator[str]:
    if not entry.translation:
        yield "not translated"
        return
    if entry.is_fuzzy:
        yield "fuzzy"
    if entry.plural != words.plural:
        yield f"another plural than in the source, which says {words.plural!r}"
    if placeholders(entry.translation) != placeholders(entry.plural or entry.singular):
        yield f"other placeholders than in {entry.translation!r}"
    if entry.translation != entry.translation.strip():
        yield "blanks around the translation"
    if re.search(r"[\u4e00-\u9fff][,;:?!]", entry.translation):
        yield f"half-width punctuation after Chinese in {entry.translation!r}"


def placeholders(text: str) -> list[str]:
    """List what is filled into a text, sorted: names, and kinds where there is no name."""
    found = (match[1] or match[3] or match[2] for match in _PLACEHOLDER.finditer(text))
    return sorted(name for name in found if name != "%")


def update() -> None:
    """Bring the catalogue up to the source: new texts come in untranslated, unused ones go."""
    used = words_in_use()
    known = {entry.key: entry for entry in read_catalogue()}
    entries = [
        Entry(context, singular, words.plural, old.translation, old.is_fuzzy)
        if (old := known.get((context, singular)))
        else Entry(context, singular, words.plural, "")
        for (context, singular), words in used.items()
    ]
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_text(text_of(entries, used), "utf-8")
    COMPILED.write_bytes(compiled(entries))


def read_catalogue() -> list[Entry]:
    """Read the Chinese catalogue; where there is none yet, nothing is translated."""
    return entries_of(CATALOGUE.read_text("utf-8")) if CATALOGUE.exists() else []


def main(arguments: list[str] | None = None) -> int:
    """Run from the shell; 1 means that something is left to do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("step", choices=["check", "update"])
    if parser.parse_args(arguments).step == "update":
        update()
    entries = read_catalogue()
    said = complaints(words_in_use(), entries)
    if not COMPILED.exists() or COMPILED.read_bytes() != compiled(entries):
        said.append("the .mo is not what the .po compiles to: run update")
    print(*said, f"{len(entries)} texts, {len(said)} complaints", sep="\n")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main())
