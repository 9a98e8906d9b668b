"""Readable titles out of till abbreviations such as ``FRZN SS PREMIUM ENTREES/DNRS/N``. Pure."""

from __future__ import annotations

import re

import polars as pl

_ABBREVIATIONS = {
    "ACCESS": "Accessories", "ACTIVATI": "", "ADDITI": "Additives", "ALCOHLIC": "Alcoholic", "ANTIPERSPIRANTS": "Antiperspirants",
    "BATH-BUBBLES": "Bubble Bath", "BEERALEMALT": "Beer, Ale and Malt", "BEV": "Beverage", "BLBLKRASP": "", "BND": "Boned", "BRD": "Breaded",
    "BRKFST": "Breakfast", "BTL": "Bottle", "BTR": "Butter", "CAN": "Can", "CAR": "", "CARB": "Carbonated", "CARBONATE": "Carbonated",
    "CATFD": "Cat Food", "CHIX": "Chicken", "CHOCOCLATE": "Chocolate", "CHOCOL": "Chocolate", "CHOCOLA": "Chocolate", "CND": "Canned",
    "CNDLES": "Candles", "CNTRL": "Control", "COFF": "Coffee", "CONC": "Concentrate", "CRAN": "Cranberry", "CRMD": "Creamed", "CTRY": "Country",
    "DAN": "Danish", "DECAF": "Decaf", "DEOD": "Deodorant", "DIPILATORIES": "Depilatories", "DISH": "Dish", "DL": "Deli", "DNR": "Dinner",
    "DNRS": "Dinners", "DOGFD": "Dog Food", "DPS": "Dips", "DRK": "Drink", "DRNK": "Drink", "DRNKING": "Drinking", "DRNKNG": "Drinking",
    "DRNKS": "Drinks", "ELSTC": "Elastic", "ENG": "English", "ET": "", "EX": "", "EXCE": "", "EXCP": "", "EXPCTRNT": "Expectorant", "FD": "Food",
    "FEM": "Feminine", "FLNK": "Flank", "FLV": "Flavoured", "FLVR": "Flavoured", "FLVRD": "Flavoured", "FRE": "Fresh", "FRK": "", "FRTHR": "Further",
    "FRZ": "Frozen", "FRZN": "Frozen", "FS": "", "GDS": "Goods", "GRND": "Ground", "HANDKE": "Handkerchiefs", "HOLIDA": "Holiday", "HYGN": "Hygiene",
    "INCL": "", "INCLUDING": "", "INDR": "Indoor", "INGRED": "Ingredients", "IQF": "Quick-frozen", "IWS": "Wrapped", "JCE": "Juice", "JHOOK": "Small Wares",
    "LITER": "Litre", "LOZNG": "Lozenges", "LSS": "Less", "LTR": "Lighter", "MARGARINE": "Margarine", "MARIN": "Marinade", "MAY": "Mayonnaise",
    "MFG": "Maker", "MINWTR": "Mineral Water", "MISC": "Assorted", "MISCELLANEOUS": "Assorted", "MLK": "Milk", "MLT": "Multi", "MNERAL": "Mineral",
    "MNRL": "Mineral", "MULT": "Multi", "MW": "Microwave", "MXS": "Mixes", "N": "", "NAPKINS": "Napkins", "NF": "", "NT": "", "NZ": "New Zealand",
    "O": "", "OJ": "Orange Juice", "PCKGD": "Packaged", "PK": "Pack", "PICAN": "", "PICANTEE": "", "PKG": "Packaged", "PKLD": "Pickled", "PLSTC": "Plastic",
    "PNCH": "Punch", "PNT": "Peanut", "PNUT": "Peanut", "POTATO": "Potato", "PPK": "Prepacked", "PREP": "Prepared", "PREPORTND": "Portioned", "PREPRD": "Prepared",
    "PRCK": "Prepacked", "PROD": "Products", "PRPCK": "Prepacked", "PRSLC": "Sliced", "PTTY": "Patties", "PWDR": "Powder", "PWDRS": "Powders",
    "QSR": "Quick Service", "RAZORS": "Razors", "REF": "Refrigerated", "REFRIG": "Refrigerated", "REFRGRATD": "Refrigerated", "RTS": "Ready to Serve", "RW": "",
    "SAL": "Salads", "SALD": "Salad", "SAUS": "Sausage", "SEAFD": "Seafood", "SFT": "Soft", "SGL": "Single", "SHLDR": "Shoulder", "SHLFSH": "Shellfish", "SLC": "Sliced",
    "SNDWCH": "Sandwich", "SNGL": "Single", "SPECILATY": "Speciality", "SPECLTY": "Speciality", "SPRD": "Spread", "SRV": "Serve", "SS": "Single Serve", "STK": "Stick",
    "STKS": "Sticks", "SUP": "Super", "SUPPLEMEN": "Supplement", "SUPPLEMENT": "Supplement", "SV": "Serve", "SW": "Sweet", "SWT": "Sweet", "SYRP": "Syrup", "T": "", "TORT": "Tortilla",
    "TTHPKSST": "", "VAC": "Vacuum", "VEG": "Vegetable", "VEND": "Vending", "W": "with", "WAT": "Water", "WATE": "Water", "WHL": "Whole", "WHLSM": "Wholesome",
    "WRA": "Wraps", "WT": "Weight", "WTR": "Water", "XPCTRNT": "Expectorant", "CHOC": "Chocolate", "BROCCO": "Broccoli", "VARIETA": "Varietal",
}  # fmt: skip
_SMALL = {"AND", "OF", "THE", "IN", "FOR", "TO", "WITH", "OR", "OVER", "UNDER"}

# Words that say nothing about the good by themselves: the category's name joins them.
_VAGUE = {
    "PREMIUM", "TRADITIONAL", "MAINSTREAM", "ECONOMY", "ENHANCED", "FRESH", "SEASONAL", "SELECT", "BLENDS", "KITS", "MARINATED", "NATURAL",
    "PROMOTIONAL", "NOVELTIES", "REGULAR", "LEAN", "DRY", "MISC", "MISCELLANEOUS", "ASSORTED", "DECOR", "BULK", "OTHER", "PATTIES", "PRIMAL",
    "CONTINUITY", "ACTIVITY", "PANTRY", "FROZEN", "HAPPY", "BOXED", "DIGITAL", "ORGANIC", "ACCESSORIES", "LOAVE", "VALUE", "LEGGS", "ENTREES",
}  # fmt: skip

VARIETIES = (
    ("", ""), ("Classic", "经典"), ("Original", "原味"), ("Country", "乡村"), ("Golden", "金装"), ("Harbour", "海港"),
    ("Family", "家庭装"), ("Select", "精选"), ("Old Town", "老城"), ("Northern", "北方"), ("Garden", "田园"), ("Royal", "皇家"),
    ("Island", "海岛"), ("Sunny", "阳光"), ("Mild", "清淡"), ("Hearty", "浓郁"), ("Festive", "节日"), ("Light", "轻盈"),
    ("Baltic", "波罗的海"), ("Copper", "铜标"), ("Silver", "银标"), ("Amber", "琥珀"), ("Guild", "行会"), ("Fjord", "峡湾"),
)  # fmt: skip

_UNITS = {
    "OZ": ("oz", "盎司", 28.3495), "FL OZ": ("fl oz", "液盎司", 29.5735), "LB": ("lb", "磅", 453.592), "ML": ("ml", "毫升", 1.0),
    "L": ("l", "升", 1000.0), "LT": ("l", "升", 1000.0), "LTR": ("l", "升", 1000.0), "GAL": ("gal", "加仑", 3785.41), "GA": ("gal", "加仑", 3785.41),
    "QT": ("qt", "夸脱", 946.353), "PT": ("pt", "品脱", 473.176), "G": ("g", "克", 1.0), "GR": ("g", "克", 1.0), "KG": ("kg", "千克", 1000.0),
    "CT": ("ct", "件", 60.0), "PK": ("pack", "包", 350.0), "DZ": ("dozen", "打", 700.0), "IN": ("in", "英寸", 20.0), "FT": ("ft", "英尺", 30.0),
    "SQ FT": ("sq ft", "平方英尺", 6.0),
}  # fmt: skip
_SIZE = re.compile(
    r"(?:(?P<packs>\d+)\s*(?:PK)?/(?=\.?\d))?(?P<number>\d*\.?\d+)?\s*(?P<unit>[A-Z]+(?: [A-Z]+)?)"
)
USUAL_WEIGHT_G = 500
_LIGHTEST_G, _HEAVIEST_G = 20, 25_000


def readable_type(product_type: str, category: str) -> str:
    """Write a product type out: abbreviations in full, cut-off brackets gone, in title case."""
    text = re.sub(r"\([^)]*\)?", " ", product_type)
    parts = [_written_out(part) for part in re.split(r"\s*:\s*|\s+-\s+", text)]
    said = ", ".join(dict.fromkeys(part for part in parts if part))
    if not said:
        return category
    is_vague = all(word in _VAGUE for word in re.findall(r"[A-Z]+", text))
    return f"{said} {category}" if is_vague and category else said


def _written_out(part: str) -> str:
    return " ".join(word for word in (_word(word) for word in part.replace("&", " and ").split()) if word)


def _word(word: str) -> str:
    pieces = [_piece(piece) for piece in re.split(r"(?<=[/\-.'])|(?=[/\-.'])", word)]
    return "".join(pieces).strip("/-.,' ")


def _piece(piece: str) -> str:
    if piece.upper() in _ABBREVIATIONS:
        return _ABBREVIATIONS[piece.upper()]
    return piece.lower() if piece.upper() in _SMALL else piece.capitalize()


def size_table(package_sizes: pl.Series) -> pl.DataFrame:
    """Read every package size that occurs. Columns: package_size, size, size_zh, weight_g."""
    rows = [(text, *_size(text)) for text in package_sizes.drop_nulls().unique().sort().to_list()]
    schema = {"package_size": pl.String, "size": pl.String, "size_zh": pl.String, "weight_g": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _size(text: str) -> tuple[str, str, int]:
    """Read ``16 OZ``, ``.5 L``, ``1/2 GAL``, ``6 PK/12 OZ`` and a bare ``QT``; what else there is says no size."""
    match = _SIZE.fullmatch(text.strip().replace("1/2", "0.5") if text.startswith("1/2") else text.strip())
    if match is None or match["unit"] not in _UNITS:
        return "", "", USUAL_WEIGHT_G
    unit, unit_zh, grams = _UNITS[match["unit"]]
    packs, number = int(match["packs"] or 1), float(match["number"] or 1)
    times = f"{packs} × " if packs > 1 else ""
    weight = max(_LIGHTEST_G, min(_HEAVIEST_G, round(packs * number * grams)))
    return f"{times}{number:g} {unit}", f"{times}{number:g}{unit_zh}", weight
