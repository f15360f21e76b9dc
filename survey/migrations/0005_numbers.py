"""Numbers of sittings and doors that are never given again."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


PLAIN, NEVER_AGAIN = "\tid INTEGER NOT NULL", "\tid INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT"


def upgrade() -> None:
    for table in ("sitting", "door"):
        key = f"\tCONSTRAINT pk_{table} PRIMARY KEY (id), \n"
        _rebuild(table, (PLAIN, NEVER_AGAIN), (key, ""))


def downgrade() -> None:
    for table in ("sitting", "door"):
        key = f"\tCONSTRAINT pk_{table} PRIMARY KEY (id), \n"
        _rebuild(table, (NEVER_AGAIN, PLAIN), ("\tCONSTRAINT", f"{key}\tCONSTRAINT"))


def _rebuild(table: str, *changes: tuple[str, str]) -> None:
    """Make the table anew by the words by which it was made, changed in so many places: SQLite
    cannot alter how a table numbers its rows. PostgreSQL never gives a number twice.

    All constraints are in these words, and so is the index on expressions, which the batch mode
    of migrations drops. Rows that refer to the table are left alone: only at the commit does
    SQLite ask whether each finds its row again.
    """
    store = op.get_bind()
    if store.dialect.name != "sqlite":
        return
    words = sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :table ORDER BY type = 'index'")
    made, *indexes = filter(None, store.scalars(words, {"table": table}).all())
    for old, new in changes:
        if old not in made:
            raise LookupError(f"{old.strip()} is not in how {table} was made")
        made = made.replace(old, new, 1)
    store.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    store.exec_driver_sql(f"CREATE TEMPORARY TABLE kept AS SELECT * FROM {table}")  # noqa: S608
    store.exec_driver_sql(f"DROP TABLE {table}")
    store.exec_driver_sql(made)
    store.exec_driver_sql(f"INSERT INTO {table} SELECT * FROM temp.kept")  # noqa: S608
    store.exec_driver_sql("DROP TABLE temp.kept")
    for index in indexes:
        store.exec_driver_sql(index)
