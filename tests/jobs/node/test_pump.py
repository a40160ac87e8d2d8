"""The log: the start and the end of what the code prints, whatever else it does."""

from __future__ import annotations

import pytest

from tests.jobs.node.conftest import NewJob


def test_of_gigabytes_of_prints_the_log_has_the_first_and_the_last(new_job: NewJob) -> None:
    job = new_job("""
        import os
        def run(inputs, output):
            print("the first line")
            for _ in range(300):
                os.write(1, b"line of 16 chars" * 65_536)
            print("the last line")
            raise ValueError("printed enough")
    """)

    assert job.run() == 70

    log = job.log()
    assert len(log) < 11_200_000
    assert "the first line" in log
    assert "[... 303 MB are left out here ...]" in log
    assert log.rstrip().endswith("ValueError: printed enough")
    assert "the last line" in log


def test_later_attempts_do_not_make_the_log_much_longer(new_job: NewJob) -> None:
    job = new_job("""
        import os
        def run(inputs, output):
            os.write(1, b"x" * 15_000_000)
            print("the last line")
            raise ValueError("printed enough")
    """)
    for attempt in range(3):
        job.run(attempt)

    assert len(job.log()) < 15_500_000
    assert job.log().count("the last line") == 3


@pytest.mark.parametrize("end", ["os._exit(3)", "ctypes.string_at(0)", "os.kill(os.getpid(), 9)"])
def test_the_last_words_before_a_crash_are_in_the_log(new_job: NewJob, end: str) -> None:
    job = new_job(f"""
        import ctypes, os
        def run(inputs, output):
            os.write(1, b"x" * 200_000)
            os.write(1, b"my last words")
            {end}
    """)

    assert job.run() == 70

    assert "my last words" in job.log()
