"""A Chromium for the browser tests: `find_or_install_chromium() -> Path` and `chromium_arguments() -> list[str]`."""
