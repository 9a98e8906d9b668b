"""Refusals of importing."""

from hansa.kernel.errors import InvalidInput, Refused, Unavailable


class SourceNotHere(Unavailable):
    code = "source_not_here"


class AnotherImportRuns(Refused):
    code = "another_import_runs"


class ImportedAtAnotherScale(Refused):
    code = "imported_at_another_scale"


class BadFile(InvalidInput):
    code = "bad_file"


class FileTooLarge(InvalidInput):
    code = "file_too_large"


class RowsRejected(InvalidInput):
    code = "rows_rejected"
