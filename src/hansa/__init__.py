"""Hansa: an operating system for an alliance of online marketplaces."""

__version__ = "0.1.0"
