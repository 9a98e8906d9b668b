"""Which motif stands for which goods: the words of a category, English, Chinese and the codes of our data sets.

The first rule that fits wins, so narrow goods stand above broad ones. A term of several words needs all of them,
in any order; endings of the plural do not matter; Chinese terms may stand anywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

from hansa.web.art.motifs import MOTIFS

_RULES: tuple[tuple[str, str], ...] = (
    ("ticket", "ticket, coupon, voucher, deposit, calling card, 优惠券, 代金券, 门票"),
    ("icecream", "ice cream, novelty, sherbt, popsicle, dry mix dessert, pudding, 冰淇淋, 雪糕"),
    ("pizza", "pizza, 披萨"),
    ("frozen", "frzn, frozen, ice, 冷冻"),
    ("baby", "baby, babyfood, infant, diaper, nappy, bebe, fralda, 婴, 母婴, 奶粉, 尿"),
    ("sausage", "hot dog, sausage, bacon, lunchmeat, deli meat, smoked meat, ham, heat serve, 香肠, 培根, 火腿"),
    ("can", "meat shelf, seafood shelf, fruit shelf, vegetable shelf, bean canned, 罐头"),
    ("paw", "pet, dog, cat, litter, bird, animal, petshop, 宠物, 猫, 狗"),
    ("yogurt", "yogurt, yoghurt, 酸奶"),
    ("butter", "butter, margarine, misc dairy, 黄油"),
    ("cheese", "cheese, 奶酪, 芝士"),
    ("milk", "milk, dairy, cream, non dairy, refrigerated, 牛奶, 乳品, 乳制品"),
    ("egg", "egg, easter, 蛋类, 鸡蛋"),
    ("jar", "pnt btr, jelly, jam, honey, condiment, pickle, relish, olive, drsng, sauce, syrup, dip, 酱, 蜂蜜, 调味"),
    ("soup", "soup, broth, gravy, 汤"),
    ("noodles", "noodle, pasta, ramen, sushi, hispanic, dinner mx, 面条, 拉面, 寿司"),
    ("croissant", "breakfast sweet, baked sweet, croissant, brkfst, muffin, donut, sweet good"),
    ("cookie", "cookie, cracker, biscuit, cky, rice cake, 饼干"),
    ("pie", "pie, dough, pastry, tart, 馅饼"),
    ("cake", "cake, dessert, baking, bakery tray, 蛋糕, 甜点"),
    ("cereal", "cereal, granola, oat, 麦片"),
    ("bread", "bread, bun, roll, bagel, loaf, bakery, toast, sandwich, 面包, 烘焙"),
    ("snack", "snack, chip, crisp, popcorn, pretzel, 零食, 薯片"),
    ("candy", "candy, chocolate, sweet, confectionery, halloween, valentine, 糖果, 巧克力"),
    ("coffee", "coffee, cocoa, espresso, 咖啡"),
    ("tea", "tea, 茶"),
    ("wine", "wine, liquor, spirit, whisky, vodka, champagne, 葡萄酒, 白酒"),
    ("beer", "beer, ale, lager, cider, 啤酒"),
    ("water", "water, 矿泉水, 饮用水"),
    ("juice", "juice, jce, smoothie, isotonic, drnk, beverage, new age, bebida, 果汁, 饮品"),
    ("bottle", "soft drink, drink, soda, cola, tonic, 汽水, 饮料"),
    ("poultry", "chicken, poultry, turkey, duck, fowl, 鸡, 鸭"),
    ("fish", "fish, seafood, salmon, tuna, shrimp, sushi, 鱼, 海鲜, 虾"),
    ("meat", "meat, beef, pork, lamb, veal, steak, game fowl, 牛肉, 猪肉, 羊肉, 肉类"),
    ("banana", "tropical, banana, mango, pineapple, 香蕉, 热带"),
    ("citrus", "citrus, orange, lemon, lime, melon, 橙, 柠檬, 柑, 瓜"),
    ("berries", "berry, strawberry, 莓"),
    ("grapes", "grape, 葡萄"),
    ("nuts", "nut, almond, dried fruit, 坚果"),
    ("carrot", "carrot, 胡萝卜"),
    ("tomato", "tomato, pepper, 番茄, 辣椒"),
    ("onion", "onion, garlic, potato, squash, 洋葱, 土豆, 蒜"),
    ("mushroom", "mushroom, 蘑菇, 菌"),
    ("corn", "corn, maize, 玉米"),
    ("leaf", "salad, vegetable, lettuce, broccoli, herb, produce, organic, spinach, natural, 蔬菜, 沙拉, 青菜"),
    ("apple", "fruit, apple, pear, peach, plum, 苹果, 梨, 水果, 桃"),
    ("spice", "spice, extract, salt, seasoning, 香料, 盐"),
    ("oil", "oil, shortening, vinegar, 食用油, 橄榄油"),
    ("sack", "rice, flour, sugar, bean, grain, meal, molasses, 大米, 面粉, 白糖, 豆"),
    ("detergent", "detergent, laundry, bleach, dishwash, ironing, 洗衣, 洗洁"),
    ("lipstick", "makeup, cosmetic, lipstick, fragrance, perfume, perfumery, perfumaria, beauty, 化妆, 美妆, 香水"),
    ("bandage", "first aid, foot care, eye, ear, vision, family planning, incontinence, 急救"),
    ("tooth", "oral, dental, tooth, 牙"),
    ("roll", "tissue, tiss, paper, towel, napkin, foilware, wrap bag, feminine, 纸巾, 卫生纸, 卫生巾"),
    ("soap", "soap, shampoo, hair, skin, body, deodorant, lotion, shaving, suntan, hand, bath, personal care, hygiene, hbc,"
     " 洗发, 沐浴, 护肤, 香皂"),
    ("spray", "cleang, clean, cleaner, air care, insecticide, 清洁, 杀虫"),
    ("broom", "broom, mop, brush, vacuum, cleaning, 扫帚, 拖把"),
    ("car", "automotive, auto, car, vehicle, tyre, automotivo, 汽车"),
    ("flower", "flower, floral, rose, bouquet, flores, 鲜花"),
    ("plant", "garden, plant, lawn, foliage, jardim, 园艺, 植物"),
    ("pill", "vitamin, medicine, analgesic, cold flu, antacid, laxative, diet, dietary, allergy, health, pharmacy, sinus, saude,"
     " fitness, smoking cessation, 药, 维生素, 保健"),
    ("watch", "watch, clock, relogio, calculator, 手表, 钟表"),
    ("gift", "gift, greeting, party, christmas, natal, present, presente, festa, seasonal, cool stuff, 礼品, 礼物"),
    ("toy", "toy, game, puzzle, brinquedo, doll, 玩具"),
    ("book", "book, magazine, newspaper, bookstore, livros, 图书, 书籍, 杂志, 报纸"),
    ("pencil", "stationery, school, office, papelaria, pen, art, craft, artesanato, sewing, 文具, 办公"),
    ("phone", "phone, wireless, mobile, telephony, telefonia, tablet, 手机"),
    ("laptop", "computer, laptop, informatica, pcs, console, 电脑, 计算机"),
    ("headphones", "audio, headphone, music, musical, musica, video, cd, cine, instrumentos, 耳机, 音响"),
    ("camera", "camera, photo, film, photofinishing, dvd, 相机"),
    ("battery", "battery, electrical, electronic, electric, appliance, eletronico, eletrodomestico, eletroportatei, 电池, 电器, 电子"),
    ("lamp", "lamp, light, bulb, lighting, 灯"),
    ("candle", "candle, charcoal, firework, lighter, 蜡烛"),
    ("ring", "jewellery, jewelry, ring, necklace, earring, bracelet, 珠宝, 首饰"),
    ("shoe", "shoe, boot, sandal, sneaker, calcado, footwear, 鞋"),
    ("shirt", "apparel, shirt, clothing, fashion, hosiery, sock, dress, jacket, fashio, roupa, 服装, 衣, 裤"),
    ("bed", "bed, pillow, blanket, mattress, cama, domestic, 床, 枕"),
    ("chair", "furniture, chair, table, sofa, movei, furnishing, decoracao, home, casa, conforto, 家具, 椅"),
    ("pan", "cook, cookware, kitchen, pan, bakeware, gadget, housewares, portable appliance, utilidade, cuisine,"
     " 厨, 锅"),
    ("glass", "glassware, glass, dinnerware, plate, cup, mug, cutlery, plastic, houseware, 餐具, 杯"),
    ("tool", "tool, hardware, construction, ferramenta, construcao, plumbing, diy, 工具, 五金"),
    ("fuel", "fuel, petrol, diesel, gasoline, propane, 燃油, 汽油"),
    ("ball", "sport, leisure, outdoor, esporte, lazer, gym, 体育, 运动"),
    ("umbrella", "umbrella, summer, winter, travel, 雨伞, 旅行"),
    ("bag", "bag, luggage, handbag, malas, 箱包"),
    ("bowl", "breakfast, prepared, chef, restaurant, food, alimento, dinner, alimentos, 方便食品, 早餐, 食品"),
)  # fmt: skip
FALLBACK = "box"
_LATIN = re.compile(r"[a-z]+")


@lru_cache(maxsize=4096)
def motif_for(category: str) -> str:
    """Name the motif of a category such as "FLUID MILK PRODUCTS"; goods nobody foresaw come in a box.

    A category that is the name of a motif gets it, so that an importer may choose.
    """
    lowered = category.lower()
    if lowered in MOTIFS:
        return lowered
    words = {_singular(word) for word in _LATIN.findall(lowered)}
    return next(
        (motif for motif, terms in _TERMS if any(_fits(term, words, lowered) for term in terms)), FALLBACK
    )


def _fits(term: frozenset[str] | str, words: set[str], lowered: str) -> bool:
    return term in lowered if isinstance(term, str) else term <= words


def _singular(word: str) -> str:
    """Strip the plural: roses and rose, berries and berry, cookies and cookie meet in one form."""
    if len(word) <= 3 or word.endswith("ss"):
        return word
    if len(word) > 4 and word.endswith(("ies", "ie")):
        return word.removesuffix("s").removesuffix("ie") + "y"
    if word.endswith(("ches", "shes", "xes", "toes")):
        return word[:-2]
    return word.removesuffix("s")


def _term(text: str) -> frozenset[str] | str:
    return frozenset(_singular(word) for word in text.split()) if text.isascii() else text


_TERMS = tuple((motif, tuple(_term(term.strip()) for term in terms.split(","))) for motif, terms in _RULES)
