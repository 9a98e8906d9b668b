"""What imports promise."""

from hansa.foundation.invariants import Invariant

INVARIANTS = [
    Invariant(
        "schema-is-whole",
        "every index and foreign key that a first load took down stands again",
        'select name, "table" from importing_setaside',
    ),
]
