"""Who is told of what happens, over AWS: what the functions `events` and `sender` are made of. It must not decide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any  # a record of the stream

from matinee.adapters.aws.dynamodb_stream import event_in
from matinee.adapters.courier import SocketCourier
from matinee.config import Settings
from matinee.domain.event import Event
from matinee.policies import webhook_networks
from matinee.services.deliveries import Deliveries
from matinee.wiring_aws import Adapters, open_adapters, open_bell, open_webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the two functions work with: `put_off` has a message come again later, `event_in` reads the stream."""

    deliveries: Deliveries
    put_off: Callable[[str, float], None]
    event_in: Callable[[Mapping[str, Any]], Event | None]


def open_hooks(settings: Settings) -> Hooks:
    """The adapters that `settings` name. Raises `setting_invalid`."""
    return open_deliveries(settings, open_adapters(settings))


def open_deliveries(settings: Settings, adapters: Adapters) -> Hooks:
    """The same over adapters that are open already. Raises `setting_invalid`."""
    bell = open_bell(settings, adapters)
    store, courier = open_webhooks(settings, adapters), SocketCourier(webhook_networks(settings))
    deliveries = Deliveries(store, courier, bell, adapters.clock, adapters.entropy)
    return Hooks(deliveries=deliveries, put_off=bell.put_off, event_in=event_in)
