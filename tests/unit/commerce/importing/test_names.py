import polars as pl
import pytest

from hansa.commerce.importing.complete_journey import goods, titles
from hansa.commerce.importing.generator.houses import houses


@pytest.mark.parametrize(
    ("product_type", "category", "said"),
    [
        ("ICE - CRUSHED/CUBED", "Ice", "Ice, Crushed/Cubed"),
        ("BREAD:ITALIAN/FRENCH", "Bakery Bread", "Bread, Italian/French"),
        ("SFT DRNK 2 LITER BTL CARB INCL", "Soft Drinks", "Soft Drink 2 Litre Bottle Carbonated"),
        ("CANDY BARS (SINGLES)(INCLUDING", "Candy Bars", "Candy Bars"),
        ("PREMIUM", "Ice Cream", "Premium Ice Cream"),
        ("", "Beef", "Beef"),
    ],
)
def test_till_abbreviations_become_readable(product_type: str, category: str, said: str) -> None:
    assert titles.readable_type(product_type, category) == said


@pytest.mark.parametrize(
    ("text", "size", "size_zh", "weight_g"),
    [
        ("16 OZ", "16 oz", "16盎司", 454),
        ("6 PK/12 OZ", "6 × 12 oz", "6 × 12盎司", 2041),
        ("1/2 GAL", "0.5 gal", "0.5加仑", 1893),
        ("750 ML", "750 ml", "750毫升", 750),
        ("CTN", "", "", 500),
    ],
)
def test_package_sizes_are_read(text: str, size: str, size_zh: str, weight_g: int) -> None:
    assert titles.size_table(pl.Series([text])).row(0) == (text, size, size_zh, weight_g)


def test_houses_have_names_of_their_own_that_do_not_depend_on_the_others() -> None:
    numbers = list(range(1, 6_501))

    named = houses(numbers, ["food"] * len(numbers))
    alone = houses([3], ["food"])

    assert len({house.name for house in named}) == len(numbers)
    assert alone[0].name == named[2].name


def test_every_category_and_department_has_chinese_words_and_a_drawing() -> None:
    for table in (goods.categories(), goods.departments()):
        assert table.null_count().row(0) == (0,) * table.width
        assert table["key"].is_unique().all()
    assert goods.categories().filter(pl.col("key") == "FLUID MILK PRODUCTS")["name_zh"].item() == "牛奶"


def test_addresses_of_merchants_are_plain() -> None:
    assert goods.slug_of("Lindqvist & Söhne") == "lindqvist-sohne"
    assert goods.slug_of("北京") == "merchant"
