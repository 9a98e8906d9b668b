"""Cutting text into search words. PostgreSQL's parser sees no words in Chinese, so Python cuts them.

`cut` is for questions; `indexed` adds the pinyin of Chinese words, so that ``niunai`` finds 牛奶.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache

import jieba
from pypinyin import Style, lazy_pinyin

jieba.setLogLevel(logging.WARNING)
_LATIN = re.compile(r"[0-9a-z]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_LONGEST_SPELLED = 6  # characters; nobody types a sentence in pinyin without spaces


def cut(text: str) -> list[str]:
    """Cut a text into lower-case words: Latin words as they stand, Chinese by jieba plus single characters."""
    plain = unicodedata.normalize("NFKC", text).lower()
    words = _LATIN.findall(plain)
    for run in _CHINESE.findall(plain):
        words += [word for word in jieba.cut_for_search(run) if word.strip()]
        words += list(run)
    return words


def indexed(text: str) -> list[str]:
    """The words of `cut`, and the pinyin without tones of every Chinese word of two to six characters."""
    words = cut(text)
    return words + [spelled for word in words if (spelled := _pinyin(word))]


def document(*texts: str) -> str:
    """Join the words of several texts for ``to_tsvector('simple', …)``."""
    return " ".join(word for text in texts for word in indexed(text))


def vector(titles: tuple[str, ...], others: tuple[str, ...] = ()) -> str:
    """Write a ``tsvector`` as text: words of titles weigh A, the rest D."""
    # Words are only letters and digits, so none needs a quote.
    heavy = dict.fromkeys(word for text in titles if text for word in indexed(text))
    light = dict.fromkeys(word for text in others if text for word in indexed(text) if word not in heavy)
    marked = [*(f"{word}:{{}}A" for word in heavy), *(f"{word}:{{}}" for word in light)]
    return " ".join(word.format(min(place, 16_383)) for place, word in enumerate(marked, start=1))


@lru_cache(maxsize=100_000)
def _pinyin(word: str) -> str:
    if not 2 <= len(word) <= _LONGEST_SPELLED or not _CHINESE.fullmatch(word):
        return ""
    return "".join(_LATIN.findall("".join(lazy_pinyin(word, style=Style.NORMAL, errors="ignore"))))
