"""`matinee worker NAME`: an ingest worker, started by the server. It must not know what a run does.

It holds many runs at a time (`holding`), which share its encoders, and ends itself when its parent is gone: two
servers' workers never meet on one data directory.
"""

import ctypes
import gc
import os
import signal
import sys
import time

from matinee import config
from matinee.cli.holding import Holding, patiently
from matinee.cli.lock import serving_process
from matinee.cli.logs import configure_logs
from matinee.wiring import open_machine

IDLE_SECONDS = 0.05  # somebody may be waiting for the film, and a look takes 13 microseconds
STOP_SECONDS = 5.0
PR_SET_PDEATHSIG = 1  # linux/prctl.h
NICE = 5  # the server answers first; encoders step back further


def work(name: str) -> None:
    """Work on runs until the parent is gone."""
    _die_with_parent()
    settings = config.load()
    configure_logs(settings.log_level)
    os.nice(NICE)
    machine = open_machine(settings)
    parent = serving_process(settings.data_dir)  # by its lock: one that died before this line has left no other trace
    holding = Holding(machine, name)
    gc.freeze()  # what is imported stays: a collection that looks at it all takes a tenth of a second of a wait
    while os.getppid() == parent:
        if not patiently(holding.turn):
            time.sleep(IDLE_SECONDS)
    holding.stop(STOP_SECONDS)  # the server was killed: its successor gives the runs to another worker


def _die_with_parent() -> None:
    """Where the kernel can (prctl(2)), a killed server's workers end at once; elsewhere they look between two steps."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
