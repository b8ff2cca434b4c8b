"""Builds the policy of a manifest."""

import re
from collections.abc import Iterator
from typing import Final

from mig.manifest.complaints import Complaints
from mig.manifest.model import Brakes, Limits, OnDrift, OnLive, Policy, Waiver
from mig.manifest.view import View
from mig.manifest.words import did_you_mean, nearest
from mig.model.address import Address
from mig.model.findings import CODES, WAIVABLE, Finding, Place, Severity

_CODE_FORM: Final = re.compile("(MAN|QRY|SEG|EVT|JRN|ENV)[0-9]{3}")


def build_policy(view: View | None, complaints: Complaints) -> Policy:
    """The policy, with the defaults for what it does not say."""
    plain = Policy()
    if view is None:
        return plain
    tolerance = view.child("tolerance") or view
    quota, prefix = view.whole("quota"), view.text("prefix")
    return Policy(
        limits=view.word("limits", Limits) or plain.limits,
        quota=plain.quota if quota is None else quota,
        prefix=plain.prefix if prefix is None else prefix,
        on_drift=view.word("on_drift", OnDrift) or plain.on_drift,
        on_live=view.word("on_live", OnLive) or plain.on_live,
        brakes=_brakes(view.child("brakes")),
        tolerance_dynamic=tolerance.amount("dynamic", plain.tolerance_dynamic),
        tolerance_static=tolerance.amount("static", plain.tolerance_static),
        waive=tuple(_waivers(view.child("waive"), complaints)),
    )


def _brakes(view: View | None) -> Brakes:
    plain = Brakes()
    if view is None:
        return plain
    return Brakes(
        view.amount("updates", plain.updates),
        view.amount("deletes", plain.deletes),
        view.amount("publishes", plain.publishes),
        view.amount("people", plain.people),
    )


def _waivers(view: View | None, complaints: Complaints) -> Iterator[Waiver]:
    for item in view.items() if view else ():
        finding, on, because = item.text("finding"), item.text("on"), item.text("because")
        if finding is not None and finding not in CODES:
            _complain_about_code(finding, item.place_of("finding"), complaints)
        elif finding is not None and finding not in WAIVABLE:
            message = f"`{finding}` ({CODES[finding]}) cannot be waived"
            fix = f"put right what it names; only {', '.join(sorted(WAIVABLE))} can be waived"
            complaints.error("MAN020", message, item.place_of("finding"), fix)
        if finding and on and because:
            yield Waiver(finding, Address.parse(on), because, item.place)


def _complain_about_code(code: str, place: Place, complaints: Complaints) -> None:
    """A code that another version of mig may have only waives nothing here; anything else is a mistake."""
    fix = did_you_mean(nearest(code, CODES)) or "copy the code from the finding that is meant"
    severity = Severity.WARNING if _CODE_FORM.fullmatch(code) else Severity.ERROR
    message = f"no finding of this version has the code `{code}`"
    complaints.findings.append(
        Finding(code="MAN008", severity=severity, message=message, fix=fix, place=place)
    )
