"""The road map of each platform: an OpenStreetMap extract in the state folder, read once a process."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from hansa.engines import roads
from hansa.foundation.state import state_dir


def extract_of(platform_code: str) -> Path | None:
    """The platform's extract, ``roads/CODE.osm.pbf`` or ``roads/CODE.osm``, if there is one."""
    folder = state_dir() / "roads"
    for name in (f"{platform_code}.osm.pbf", f"{platform_code}.osm"):
        if (folder / name).is_file():
            return folder / name
    return None


def store_extract(platform_code: str, text: str) -> Path:
    """Keep an extract for a platform that has none yet; the file appears whole or not at all."""
    folder = state_dir() / "roads"
    folder.mkdir(parents=True, exist_ok=True)
    path, half = folder / f"{platform_code}.osm", folder / f".{platform_code}.osm.part"
    half.write_text(text, encoding="utf-8")
    half.replace(path)
    return path


def network_of(platform_code: str) -> roads.RoadNetwork | None:
    """The platform's roads, ready for a van; None where no extract is kept."""
    path = extract_of(platform_code)
    return None if path is None else _prepared(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _prepared(path: Path, changed_ns: int) -> roads.RoadNetwork:
    return roads.prepare(roads.read_osm(path), roads.VAN)
