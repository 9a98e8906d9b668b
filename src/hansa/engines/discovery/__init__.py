"""Find and try new goods: coming hits, exploration, promised exposure, classes of preference.

Four parts that know neither one another nor a shop; each is asked with a Problem and Params and answers with a
Result. Pure: no files, clock or tables.
"""
