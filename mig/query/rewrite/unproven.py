"""The forms that both languages seem to share and no public real-time query shows.

The only list of them: the rules name one with every finding QRY030, and what asks a service tries one sample
each (reference/segment-queries.md C, D-11, D-13).
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Unproven(StrEnum):
    """A form; the words never change, as answers about them are kept."""

    DATES = "dates"
    ARITHMETIC = "arithmetic"
    COLUMNS = "columns"
    CONSTANTS = "constants"
    LISTS = "lists"
    PREFIXES = "prefixes"
    PATHS = "paths"
    CIRCULAR = "circular"


TOLD: Final[Mapping[Unproven, str]] = {
    Unproven.DATES: "date functions",
    Unproven.ARITHMETIC: "arithmetic",
    Unproven.COLUMNS: "a column compared with a column",
    Unproven.CONSTANTS: "a comparison without a column",
    Unproven.LISTS: "a list that is not of constants",
    Unproven.PREFIXES: "STARTSWITH and ENDSWITH",
    Unproven.PATHS: "a condition in the middle of a path",
    Unproven.CIRCULAR: "a path that comes back to its table",
}

SAMPLES: Final[Mapping[Unproven, str]] = {
    Unproven.DATES: (
        "PROFILE(contact).FILTER(DATEDIFF(day, createdon, DATE(1900, 1, 1)) > 0"
        " && createdon > DATEADD(year, 1, DATETIMEUTCNOW()))"
    ),
    Unproven.ARITHMETIC: (
        "PROFILE(contact).FILTER((numberofchildren + 1) * 2 - 1 > 100000 / 2 && -numberofchildren > 0)"
    ),
    Unproven.COLUMNS: "PROFILE(contact).FILTER(createdon > modifiedon)",
    Unproven.CONSTANTS: "PROFILE(contact).FILTER(1 == 2)",
    Unproven.LISTS: "PROFILE(contact).FILTER(numberofchildren == 1000 && 1000 IN (numberofchildren))",
    Unproven.PREFIXES: "PROFILE(contact).FILTER(lastname STARTSWITH 'mig-' && lastname ENDSWITH '-probe')",
    Unproven.PATHS: (
        "PROFILE(lead).FILTER(subject == 'mig-probe').TRAVERSE(lead_account_parentaccountid)"
        ".FILTER(name == 'mig-probe').TRAVERSE(contact_account_parentcustomerid)"
    ),
    Unproven.CIRCULAR: (
        "PROFILE(contact).FILTER(lastname == 'mig-probe').TRAVERSE(contact_account_parentcustomerid)"
        ".TRAVERSE(contact_account_parentcustomerid)"
    ),
}
"""An outbound query for each that uses this form, all of it, and no other; hardly anybody is a member."""
