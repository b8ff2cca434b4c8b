"""Segments as rows: what a service must say of each."""

from typing import Any

import pytest

from mig.dataverse.errors import BadAnswer
from mig.segments.rows import SourceSegment, pair_of


@pytest.mark.parametrize("row", [{}, {"msdyncrm_segmentid": None, "msdynmkt_segmentid": 7}])
def test_a_row_without_its_id(row: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="without its msdyncrm_segmentid"):
        SourceSegment.of(row)
    with pytest.raises(BadAnswer, match="without its msdynmkt_segmentid"):
        pair_of(row, {})
