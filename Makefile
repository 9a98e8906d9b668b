# Short names for what ./hansa does; nothing is decided here.
.PHONY: check test demo reference translations lock

check:      ## form, types, import contracts, fast tests: before every commit
	./hansa test fast

test:       ## everything
	./hansa test all

demo:
	./hansa demo

reference:  ## the pages of docs/reference that the code itself can tell
	.venv/bin/python docs/make_reference.py

translations:
	.venv/bin/python tools/translations.py update

lock:       ## after changing a dependency in pyproject.toml
	.venv/bin/python requirements/make.py
