"""What was done with playback sessions, written down as it is done, and read again. It must not know tables or HTTP.

A record is written before the token or the answer leaves: what nobody could write down does not happen. A revocation
alone comes first, since refusing must not wait for a record; asked for again, it is written down then.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from matinee.domain.audit import Act, AuditId, AuditRecord, network_of
from matinee.domain.ids import AssetId, encode_id
from matinee.domain.session import Session
from matinee.ports.audit import Audit, AuditPage, AuditQuery
from matinee.ports.clock import Clock, Entropy

KEEP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and from which address."""

    subject: str
    address: str = field(default="", repr=False)


HOUSE = Caller("matinee")  # what happens though nobody asks


class Journal:
    """The records."""

    def __init__(self, audit: Audit, clock: Clock, entropy: Entropy, keep: timedelta = KEEP) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._keep = keep

    def note(self, act: Act, session: Session, by: Caller) -> None:
        """Write down what `by` does with the session. Raises `catalog_unavailable`."""
        now = self._clock.now()
        record = AuditRecord(
            id=AuditId(encode_id("aud_", self._entropy.token_bytes(13))),
            at=now,
            act=act,
            caller=by.subject,
            session_id=session.id,
            asset_id=session.asset_id,
            viewer=session.viewer,
            network=network_of(by.address),
        )
        self._audit.add(record, keep_until=now + self._keep)

    def page(self, query: AuditQuery) -> AuditPage:
        """A page of records, newest first."""
        return self._audit.list(query, now=self._clock.now())

    def forget_viewers(self, asset_id: AssetId) -> None:
        """The asset was deleted: what was done stays on record, not who watched."""
        self._audit.forget_viewers(asset_id)

    def sweep(self) -> int:
        """Drop what is over; how many went."""
        return self._audit.sweep(self._clock.now())
