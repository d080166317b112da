"""How long assets and their originals are kept. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from matinee.domain.asset import Asset


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """The deployment's rule: `asset_days` after it was made an asset goes (0: never), unless it has an end of its own.

    Without `keep_sources` an original goes once its whole ladder is published.
    """

    asset_days: int = 0
    keep_sources: bool = True

    def is_over(self, asset: Asset, now: datetime) -> bool:
        """Whether the asset's time is over."""
        end = asset.expires_at
        if end is None and self.asset_days:
            end = asset.created_at + timedelta(days=self.asset_days)
        return end is not None and end <= now
