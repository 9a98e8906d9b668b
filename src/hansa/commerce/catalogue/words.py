"""Cutting text into search words. PostgreSQL's parser sees no words in Chinese, so Python cuts them."""

from __future__ import annotations

import logging
import re
import unicodedata

import jieba

jieba.setLogLevel(logging.WARNING)

_LATIN = re.compile(r"[0-9a-z]+")
_CHINESE = re.compile(r"[\u3400-\u9fff]+")


def cut(text: str) -> list[str]:
    """Cut a text into lower-case words: Latin words as they stand, Chinese by jieba plus single characters."""
    plain = unicodedata.normalize("NFKC", text).lower()
    words = _LATIN.findall(plain)
    for run in _CHINESE.findall(plain):
        words += [word for word in jieba.cut_for_search(run) if word.strip()]
        words += list(run)
    return words


def document(*texts: str) -> str:
    """Join the words of several texts for ``to_tsvector('simple', …)``."""
    return " ".join(word for text in texts for word in cut(text))
