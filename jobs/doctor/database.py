"""Is the database there, up to date, guarded, and fit for several processes?"""

from __future__ import annotations

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from jobs.doctor.diagnosis import Answer, Check, Checks, Health, fault, warn, well
from jobs.guards import JOB_GUARDS
from jobs.workers.pulse import newest
from pipelines.guards import CODE_GUARDS
from pipelines.told import open_with_nobody_told

MIGRATE = "Run manage.py migrate, then start web and worker anew."
CONNECT = "Look whether the database runs, and at FREELOADER_DATABASE_URL."
_TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'",
}


def checks() -> Checks:
    """What hangs on the database hangs on its answer first."""
    if (yield Check("answers", _answers, CONNECT)) is Health.FAULT:
        return
    yield Check("migrations", _migrations, MIGRATE)
    yield Check("guards", _guards, MIGRATE)
    if connection.vendor == "sqlite":
        yield Check("SQLite", _sqlite, CONNECT)
    yield Check("whom to tell of held jobs", _decisions, MIGRATE)


def _decisions() -> Answer:
    """Else its sender reads that a person looks at the files, and nobody knows."""
    untold = ", ".join(f"“{one.title}”" for one in open_with_nobody_told())
    if untold:
        return warn(
            f"Nobody is told when a job of these open pages waits for a decision: {untold}.",
            "Give each an owner who has an e-mail address, or set FREELOADER_SUPPORT_EMAIL.",
        )
    return well("somebody, for each open page")


def _answers() -> Answer:
    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    version = ".".join(str(number) for number in connection.get_database_version())
    return well(f"{connection.display_name} {version}")


def _migrations() -> Answer:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        missing = ", ".join(f"{step.app_label}.{step.name}" for step, _ in plan[:3])
        return fault(f"{len(plan)} migrations are not applied: {missing}", MIGRATE)
    return well("all are applied")


def _guards() -> Answer:
    """The triggers that refuse to rewrite history; a database copied by hand may lack them."""
    wanted = {guard.name for guard in (*JOB_GUARDS, *CODE_GUARDS)}
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        missing = wanted - {str(name) for (name,) in cursor.fetchall()}
    if missing:
        return fault(f"The triggers {', '.join(sorted(missing))} are missing.", MIGRATE)
    return well(f"{len(wanted)} triggers are there")


def _sqlite() -> Answer:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        mode = str(cursor.fetchone()[0])
    begins = connection.settings_dict.get("OPTIONS", {}).get("transaction_mode")
    if mode != "wal" or begins != "IMMEDIATE":
        return fault(
            f"SQLite runs with journal_mode={mode} and transactions {begins}: processes get in "
            "each other's way.",
            "Use the settings file as it comes: WAL and IMMEDIATE.",
        )
    hosts = sorted({name.split(" ")[0] for name in newest()})
    if len(hosts) > 1:
        return warn(
            f"Workers on {len(hosts)} hosts ({', '.join(hosts)}) share one SQLite file; over a "
            "network its locks do not hold.",
            "Use PostgreSQL, or one host.",
        )
    return well("WAL and IMMEDIATE; it does for one host")
