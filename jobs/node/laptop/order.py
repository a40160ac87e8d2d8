"""What is to be tried."""

from pathlib import Path
from typing import Callable, List, NamedTuple

from ..files import Json


class Order(NamedTuple):
    """A PI's file, her inputs, what a job may use, and where to say how it goes."""

    code: Path
    inputs: List[Path]
    workers: int
    limits: Json
    time_limit_s: float
    say: Callable[[str], None]
