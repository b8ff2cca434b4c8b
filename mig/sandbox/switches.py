"""How an organisation's services behave where public sources leave it open, or organisations differ.

A world file sets them under `switches:`. The defaults are the working rules of the reference; each field says
which open question it stands for.
"""

from dataclasses import dataclass, field
from typing import Final

WORDS: Final = "words"
"""The key of a field's metadata that lists the words it may hold; without it, they are names of tables."""

_FORMS: Final = ("dates", "arithmetic", "columns", "prefixes", "isnull", "paths", "circular")


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Numbers count, true and false allow or forbid, words name forms.

    `nesting`: how many levels of SEGMENT references a published query may have; 0 is any number. That one is
    the limit was said in 2025, and not again (segment-queries.md D-10).
    `strict_batches`: whether a `$batch` needs CRLF throughout, and at its end (dataverse-web-api.md §7, §16).
    `refuse`: forms without a public sample that this organisation's service does not parse (D-11, D-13).
    `own_ids`: whether new rows of segments take the client's ids (events-and-transition.md §8, 6).
    `untaken_ids`: what becomes of a new row with such an id where they do not.
    `ids_in_rows`: whether static outbound segments have their ids in their rows; Microsoft's own templates
    stopped reading them there (segment-queries.md A.1). Where not, outbound's service alone has them.
    `untracked`: tables without change tracking; the service refuses queries that read them.
    `unguarded`: tables on which versions are not compared (dataverse-web-api.md 5.2).
    `publishing_ends`: how a publication that was accepted ends.
    `empty_is_unknown`, `ignore_case`, `inactive_rows`: what queries mean, as in `Semantics` (D-7, D-8, D-9).
    `token_seconds`: how long an access token is good for; about an hour in the service.
    `sign_in_seconds`: how long a person takes to answer a device code.

    The others are of the job that copies event registrations (events-and-transition.md §1, §8).
    `migration_phases`: in which phases it is offered; `migration_gone`: how it answers in the others.
    `migration_checks`: whether it refuses broken preconditions. `migration_status`: the shape of its status.
    `migration_duplicates`: whether a second run adds all rows again, or only those that are missing.
    `migration_fails`: after how many registrations the first run over a pair of events fails; 0 is never.
    `migration_hangs`: after how many registrations a run gets no further and does not end; 0 is never.
    `migration_loses`: how many registrations a run loses that the fault lose-registrations strikes.
    `migration_keeps`: whether copies keep their registration id, whether cancelled rows and answers are
    copied, whether a copy names its source row.
    """

    nesting: int = 0
    strict_batches: bool = False
    refuse: tuple[str, ...] = field(default=(), metadata={WORDS: _FORMS})
    own_ids: bool = True
    untaken_ids: str = field(default="refused", metadata={WORDS: ("refused", "ignored")})
    ids_in_rows: bool = True
    untracked: tuple[str, ...] = ()
    unguarded: tuple[str, ...] = ()
    publishing_ends: str = field(default="ready", metadata={WORDS: ("ready", "warnings", "error", "faulted")})
    empty_is_unknown: bool = True
    ignore_case: bool = True
    inactive_rows: bool = True
    migration_phases: tuple[str, ...] = field(
        default=("live", "hidden"), metadata={WORDS: ("live", "hidden", "removed")}
    )
    migration_gone: str = field(default="not-found", metadata={WORDS: ("not-found", "gone")})
    migration_checks: bool = True
    migration_status: str = field(default="json", metadata={WORDS: ("json", "text", "html", "empty")})
    migration_duplicates: bool = True
    migration_fails: int = 0
    migration_hangs: int = 0
    migration_loses: int = 5
    migration_keeps: tuple[str, ...] = field(
        default=("names", "cancelled", "answers"),
        metadata={WORDS: ("names", "cancelled", "answers", "links")},
    )
    token_seconds: int = 3600
    sign_in_seconds: int = 0
