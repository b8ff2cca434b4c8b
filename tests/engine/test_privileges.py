"""What is needed against what is held: two answers of an organisation, compared."""

from collections.abc import Mapping
from typing import Any

import pytest

from mig.dataverse.privileges import Caller, Depth, NotTold, held_by, held_by_name, who_am_i
from mig.engine.privileges import Held, Need, compared
from tests.dataverse.apps import Reply, Scripted, Talk

READ = Need(verb="Read", table="msdyncrm_segment")
NOTE = Need(verb="Read", table="Annotation")
BASIC, LOCAL, GLOBAL = Depth.BASIC, Depth.LOCAL, Depth.GLOBAL
SEGMENT, NOTES, OWN_NOTES = "prvreadmsdyncrm_segment", "prvreadnote", "prvreadannotation"


@pytest.mark.parametrize(
    ("need", "listed", "by_name", "held", "depth", "name"),
    [
        (READ, {SEGMENT: GLOBAL}, {}, Held.WHOLLY, None, "prvReadmsdyncrm_segment"),
        # of a team's privileges the list tells the lowest depth
        (READ, {SEGMENT: BASIC}, {SEGMENT: GLOBAL}, Held.WHOLLY, None, "prvReadmsdyncrm_segment"),
        (READ, {SEGMENT: BASIC}, {SEGMENT: LOCAL}, Held.PARTLY, LOCAL, "prvReadmsdyncrm_segment"),
        (READ, {SEGMENT: BASIC}, {}, Held.UNKNOWN, None, "prvReadmsdyncrm_segment"),
        (READ, {}, {SEGMENT: None}, Held.NOT, None, "prvReadmsdyncrm_segment"),
        (READ, {}, {SEGMENT: LOCAL}, Held.PARTLY, LOCAL, "prvReadmsdyncrm_segment"),
        (READ, {}, {}, Held.UNKNOWN, None, "prvReadmsdyncrm_segment"),
        # an organisation has one of two names
        (NOTE, {NOTES: GLOBAL}, {}, Held.WHOLLY, None, "prvReadNote"),
        (NOTE, {OWN_NOTES: GLOBAL}, {}, Held.WHOLLY, None, "prvReadAnnotation"),
        (NOTE, {}, {NOTES: None}, Held.NOT, None, "prvReadNote"),
        (NOTE, {}, {OWN_NOTES: None}, Held.NOT, None, "prvReadAnnotation"),
        (NOTE, {}, {}, Held.UNKNOWN, None, "prvReadNote"),
    ],
)
def test_comparing(
    need: Need,
    listed: Mapping[str, Depth],
    by_name: Mapping[str, Depth | None],
    held: Held,
    depth: Depth | None,
    name: str,
) -> None:
    (found,) = compared([need], listed, by_name)
    assert (found.held, found.depth, found.name) == (held, depth, name)


def listed(reply: Reply) -> Any:
    return Talk(Scripted([reply]))(lambda client: held_by(client, "eve"))


def test_of_several_roles_the_deepest_counts() -> None:
    rows = [
        {"PrivilegeName": "prvReadContact", "Depth": "Basic"},
        {"PrivilegeName": "prvReadContact", "Depth": "Deep"},
        {"PrivilegeName": "prvReadContact", "Depth": "Local"},
        {"PrivilegeName": "prvReadNote", "Depth": "RecordFilter"},  # nobody is warned on a guess
        {"PrivilegeId": "no name"},
    ]
    found = listed(Reply(200, {"RolePrivileges": rows}))
    assert found == {"prvreadcontact": Depth.DEEP, "prvreadnote": Depth.GLOBAL}


@pytest.mark.parametrize(
    "reply",
    [
        *(Reply(status) for status in (400, 403, 404, 405, 501)),
        Reply(200, {}),
        Reply(200, []),
        Reply(200, {"RolePrivileges": "all"}),
    ],
)
def test_an_organisation_that_does_not_tell(reply: Reply) -> None:
    with pytest.raises(NotTold, match=r"RetrieveUserPrivileges (answers|is answered)"):
        listed(reply)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_names_that_are_not_answered_are_not_known(status: int) -> None:
    talk = Talk(Scripted([Reply(status)]))
    assert talk(lambda client: held_by_name(client, "eve", ["prvReadNote"])) == {}


def test_who_asks_may_not_be_told() -> None:
    talk = Talk(Scripted([Reply(200, {"OrganizationId": "6F1C"})]))
    assert talk(who_am_i) == Caller("6f1c", "", "")
    with pytest.raises(NotTold, match="WhoAmI tells no user"):
        talk(lambda client: held_by(client, ""))
