"""Backups of one machine's data directory. It must not decide anything."""

from pathlib import Path

from matinee.adapters.local import backup
from matinee.adapters.local.backup import Backup
from matinee.adapters.local.system_clock import SystemClock
from matinee.config import Settings

__all__ = ["Backup", "back_up", "restore"]


def back_up(settings: Settings, into: Path) -> Backup:
    """A new backup below `into`. Raises as `adapters.local.backup.back_up` does."""
    return backup.back_up(settings.data_dir, into, SystemClock().now())


def restore(settings: Settings, folder: Path) -> Backup:
    """The data directory as `folder`, a backup, has it. Raises as `adapters.local.backup.restore` does."""
    return backup.restore(folder, settings.data_dir)
