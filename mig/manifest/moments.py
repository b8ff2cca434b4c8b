"""Dates and times of a manifest. The schema checks their spelling; whether the day exists is checked here."""

from datetime import UTC, date, datetime

from mig.manifest.complaints import Complaints
from mig.manifest.view import View


def date_under(view: View, key: str, complaints: Complaints) -> date | None:
    """The day under a key."""
    moment = moment_under(view, key, complaints)
    return moment.date() if moment else None


def moment_under(view: View, key: str, complaints: Complaints) -> datetime | None:
    """The aware time under a key; a day alone is its midnight in UTC."""
    text = view.text(key)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        what = f"`{key}` is a day or time that does not exist: {text}"
        complaints.error("MAN009", what, view.place_of(key), "check the day, the month and the zone")
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
