"""A few of the requests of each job, under every fault; all of them: `python -m tests.crash.harness`."""

import pytest

from tests.crash.harness import JOBS, Job, attempts


@pytest.mark.parametrize("job", JOBS, ids=[job.name for job in JOBS])
def test_whatever_goes_wrong_the_next_run_converges(job: Job) -> None:
    tried = list(attempts(job, every=job.sampled, offset=len(job.name)))
    assert {one.fault for one in tried if one.wrong} == set(), [one for one in tried if one.wrong]
    assert len(tried) >= 7
