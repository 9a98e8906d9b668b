"""Street names of the made-up town, in English and Chinese: trees, birds and plain things."""

from __future__ import annotations

import random

_WORDS = (
    "Maple 枫树|Willow 柳树|Cedar 雪松|Plum 梅花|Lotus 荷花|Bamboo 竹林|Pine 青松|Orchid 兰花"
    "|Poplar 白杨|Ginkgo 银杏|Magnolia 玉兰|Peach 桃花|Jasmine 茉莉|Laurel 月桂|Chestnut 栗树|Walnut 核桃"
    "|Camellia 山茶|Mulberry 桑树|Birch 白桦|Elm 榆树|Crane 白鹤|Swallow 燕子|Heron 苍鹭|Lark 云雀"
    "|Kingfisher 翠鸟|Magpie 喜鹊|Swan 天鹅|Robin 知更鸟|Osprey 鱼鹰|Oriole 黄鹂|Harbour 港口|Market 集市"
    "|Mill 磨坊|Garden 花园|Spring 春泉|Autumn 秋叶|Sunrise 日出|Moonlight 月光|Starlight 星光|Rainbow 彩虹"
    "|Lantern 灯笼|Silk 丝绸|Tea 茶园|Porcelain 瓷器|Paper 纸坊|Amber 琥珀|Jade 翡翠|Pearl 珍珠"
    "|Coral 珊瑚|Silver 白银|Copper 铜匠|Stone 石桥|Hill 山丘|Valley 山谷|Meadow 草地|Orchard 果园"
    "|Forest 森林|Lake 湖滨|Island 小岛|Bay 海湾|Cloud 白云|Wind 清风"
)
WORDS = tuple(
    (english, chinese) for english, _, chinese in (pair.partition(" ") for pair in _WORDS.split("|"))
)


def street_names(rng: random.Random, lines: int) -> dict[bool, list[tuple[str, str]]]:
    """Name the lines of the grid: streets run north to south (True), roads east to west (False)."""
    streets, roads = rng.sample(WORDS, lines), rng.sample(WORDS, lines)
    return {
        True: [(f"{english} Street", f"{chinese}街") for english, chinese in streets],
        False: [(f"{english} Road", f"{chinese}路") for english, chinese in roads],
    }
