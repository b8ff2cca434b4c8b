"""Forms without a public sample: one sample each, which uses that form and no other."""

import pytest

from mig.model.tables import bundled_schema
from mig.query.analysis import unknown_names
from mig.query.parser import parse
from mig.query.rewrite.unproven import SAMPLES, TOLD, Unproven
from mig.query.translate import Status, keep_references, translate

SCHEMA = bundled_schema()


def test_every_form_has_words_and_a_sample() -> None:
    assert SAMPLES.keys() == TOLD.keys() == set(Unproven)


@pytest.mark.parametrize("form", Unproven)
def test_a_sample_uses_its_form_and_nothing_else_that_is_in_doubt(form: Unproven) -> None:
    query = parse(SAMPLES[form])
    translation = translate(query, SCHEMA, lambda name: None, keep_references)
    assert translation.status is Status.UNPROVEN
    assert {(finding.code, finding.form) for finding in translation.findings} == {("QRY030", form)}
    assert not list(unknown_names(query, SCHEMA))
