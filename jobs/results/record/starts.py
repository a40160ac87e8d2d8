"""The starts of a run in its record, each with its node, times and end, and the sums over them."""

from __future__ import annotations

from jobs.models import Attempt
from jobs.results.record.entities import (
    COMPLETED,
    FAILED,
    ROOT,
    Entity,
    entity,
    figure,
    moment,
    ref,
    refs,
)
from jobs.results.record.made import Made
from jobs.starts import wording
from jobs.starts.effort import ENDED_WELL

MOST_STARTS = 10_000
_STATUS = {"": None, ENDED_WELL: COMPLETED}


def usage_of(run: Made) -> list[Entity]:
    """What the whole run might use, and did."""
    effort, frozen = run.effort, run.job.frozen
    figures = [
        figure("#cpus", "CPU cores of each start", frozen.cpus),
        figure("#memory", "Memory that each start might use", frozen.memory_mb, "MB"),
        figure("#starts", "Starts", effort.starts, description=_left_out(effort.starts)),
        figure("#interruptions", "Interruptions", effort.interruptions),
        figure("#begun-anew", "Handed in again after a loss", run.begun_anew),
    ]
    if effort.core_seconds:
        least = "" if run.is_all_counted else "At least: of some starts the times are not known."
        figures.append(
            figure("#core-seconds", "CPU time", effort.core_seconds, "core-s", description=least)
        )
    if run.job.parts is not None:
        figures.append(figure("#parts", "Parts of the work", run.job.parts))
    return figures


def _left_out(count: int) -> str:
    return f"The first {MOST_STARTS} are described." if count > MOST_STARTS else ""


def starts_of(run: Made, action: Entity, by: Entity) -> tuple[list[Entity], list[Entity]]:
    """The starts, and what each of them used; the one whose outputs were delivered says so."""
    starts, figures = [], []
    for start in run.starts[:MOST_STARTS]:
        id = f"#start-{start.submission}-{start.task}-{start.number}"
        used = [figure(f"{id}-core-seconds", "CPU time", start.core_seconds, "core-s")]
        used = used if start.core_seconds else []
        figures += used
        starts.append(
            entity(
                id,
                "Action",
                name=_name(start),
                description=f"{wording.how_it_ended(start)}; "
                f"began with: {wording.began_with(start)}",
                isPartOf=ref(action["@id"]),
                instrument=ref(by["@id"]),
                location=start.node,
                startTime=moment(start.started_at),
                endTime=moment(start.ended_at),
                actionStatus=_STATUS.get(start.slurm_state, FAILED),
                resourceUsage=refs(used),
                result=ref(ROOT) if start == run.of_start else None,
            )
        )
    return starts, figures


def _name(start: Attempt) -> str:
    task = f" of task {start.task}" if start.task else ""
    return f"Start {start.number + 1}{task}, submission {start.submission}"
