"""What a service keeps in the database."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Schema:
    """The tables of one service.

    `sql` makes them, each with IF NOT EXISTS, as they were in version 1 of the database; a later change is a further
    migration in `service.composition`. `emptied` are the tables that a reset empties; what goes with the rows of
    another table (ON DELETE CASCADE) need not be named. `with_files` are those whose column `file` names a stored file,
    which a sweep of the store must not remove.
    """

    sql: str = ""
    emptied: tuple[str, ...] = ()
    with_files: tuple[str, ...] = ()
