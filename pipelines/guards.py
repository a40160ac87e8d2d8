"""Rules that the database itself keeps, beyond what a constraint can say of one row.

They are triggers, made after every migrate: SQLite drops a table's triggers whenever a later
migration rebuilds the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Guard:
    """Refuse an UPDATE of `table` where `when` holds (SQL over OLD and NEW, constant text)."""

    name: str
    table: str
    when: str
    message: str


CODE_GUARDS = (
    Guard(
        name="code_versions_never_change",
        table="pipelines_codeversion",
        when="OLD.source <> NEW.source OR OLD.sha256 <> NEW.sha256 OR OLD.number <> NEW.number",
        message="a code version never changes",
    ),
)


def install(guards: Iterable[Guard], connection: BaseDatabaseWrapper) -> None:
    """Make the triggers, or make them anew."""
    statements = {"sqlite": _for_sqlite, "postgresql": _for_postgresql}[connection.vendor]
    with connection.cursor() as cursor:
        for guard in guards:
            for statement in statements(guard):
                cursor.execute(statement)


def _for_sqlite(guard: Guard) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {guard.name}",
        f"CREATE TRIGGER {guard.name} BEFORE UPDATE ON {guard.table} WHEN {guard.when} "
        f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END",
    ]


def _for_postgresql(guard: Guard) -> list[str]:
    return [
        f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{guard.message}' USING ERRCODE = 'check_violation'; END $$",
        f"CREATE OR REPLACE TRIGGER {guard.name} BEFORE UPDATE ON {guard.table} "
        f"FOR EACH ROW WHEN ({guard.when}) EXECUTE FUNCTION {guard.name}()",
    ]
