"""Names and homes for shoppers whom the data knows by number only. Seeded, pure but for the town's layout."""

from __future__ import annotations

import numpy as np
import polars as pl

from hansa.commerce.importing import adapters, chance
from hansa.commerce.importing.history.world import PERSON
from hansa.commerce.importing.platforms import PlatformSpec

_GIVEN = (
    "Agnes", "Alma", "Anders", "Anna", "Annika", "Arne", "Astrid", "Aksel", "Birgit", "Bjørn", "Brita", "Carl",
    "Clara", "Dagny", "Edith", "Einar", "Elin", "Elsa", "Emil", "Erik", "Eva", "Frida", "Greta", "Gunnar",
    "Hanna", "Hans", "Hedda", "Henrik", "Ida", "Inga", "Ingrid", "Jan", "Johan", "Jonas", "Kaja", "Karin",
    "Lars", "Lena", "Linnea", "Liv", "Magnus", "Maja", "Maren", "Marta", "Mathias", "Mia", "Nils", "Nora",
    "Olaf", "Oskar", "Paul", "Pia", "Ragna", "Runa", "Signe", "Sofie", "Sven", "Thea", "Tove", "Ylva",
)  # fmt: skip
_FAMILY = (
    "Aas", "Ahlgren", "Berg", "Berger", "Blom", "Borg", "Brun", "Dahl", "Eide", "Ekström", "Feld", "Fischer",
    "Forsberg", "Fuchs", "Gran", "Gustafsson", "Haas", "Hagen", "Hansen", "Holm", "Janssen", "Johansson", "Kaiser", "Keller",
    "Krogh", "Lie", "Lindberg", "Lorenz", "Löfgren", "Moen", "Möller", "Nielsen", "Nyström", "Ohlsen", "Olsen", "Peters",
    "Quaas", "Reuter", "Ruud", "Sand", "Schmidt", "Sjöberg", "Stein", "Strøm", "Thoma", "Vik", "Wagner", "Wik",
    "Winter", "Åberg",
)  # fmt: skip
_FAMILY_ZH = (
    "王",
    "李",
    "张",
    "刘",
    "陈",
    "杨",
    "黄",
    "赵",
    "吴",
    "周",
    "徐",
    "孙",
    "马",
    "朱",
    "胡",
    "林",
    "何",
    "高",
)
_GIVEN_ZH = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "艳", "勇", "杰", "娟", "涛", "明", "秀英", "晓明",
    "建国", "雨桐", "子涵", "欣怡", "思远", "嘉怡", "浩然", "文静",
)  # fmt: skip
SHARE_READING_CHINESE = 0.15


def people(shoppers: pl.DataFrame, platforms: tuple[PlatformSpec, ...], *, seed: int) -> pl.DataFrame:
    """Give shoppers a name, a language and a door in the town of their home platform.

    In: key (whole number), ref, username, home (platform code), joined_at. Out: `PERSON`.
    """
    homes = [_at_home(shoppers.filter(pl.col("home") == spec.code), spec, seed=seed) for spec in platforms]
    lived = pl.concat(homes).sort("key")
    keys = lived["key"]
    reads_chinese = chance.uniform(keys, seed=seed, about="language") < SHARE_READING_CHINESE
    names = np.where(
        reads_chinese, _names(keys, _FAMILY_ZH, _GIVEN_ZH, "", seed), _names(keys, _GIVEN, _FAMILY, " ", seed)
    )
    return lived.with_columns(
        display_name=pl.Series(names.tolist(), dtype=pl.String),
        language=pl.Series(np.where(reads_chinese, "zh-hans", "en").tolist(), dtype=pl.String),
    ).select(PERSON.keys())


def _names(
    keys: pl.Series, first: tuple[str, ...], last: tuple[str, ...], between: str, seed: int
) -> list[str]:
    firsts = chance.pick(keys, len(first), seed=seed, about="first name")
    lasts = chance.pick(keys, len(last), seed=seed, about="last name")
    return [first[one] + between + last[other] for one, other in zip(firsts, lasts, strict=True)]


def doors(spec: PlatformSpec, count: int, *, seed: int) -> pl.DataFrame:
    """Pick doors of the platform's town for its centre and outlets."""
    return adapters.addresses(spec, count, seed=seed)


def _at_home(shoppers: pl.DataFrame, spec: PlatformSpec, *, seed: int) -> pl.DataFrame:
    found = doors(spec, shoppers.height, seed=seed)
    return shoppers.sort("key").with_columns(
        found["street"], found["latitude"], found["longitude"],
        city=pl.lit(spec.city), postal_code=pl.lit(spec.postal_code), country=pl.lit(spec.country),
    )  # fmt: skip
