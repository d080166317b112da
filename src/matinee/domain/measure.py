"""A figure an operator watches, with its name, and as OpenMetrics writes it. Pure; it must not know who asks.

The text is OpenMetrics 1.0: a family's `# TYPE` and `# HELP`, its samples, and `# EOF` at the end; a counter's samples
end in `_total`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PREFIX = "matinee_"

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure: `name` in small letters, its unit at its end; a sample for each set of labels."""

    name: str
    says: str
    samples: Mapping[Labels, float]
    kind: Literal["gauge", "counter"] = field(default="gauge")


def one(name: str, says: str, value: float, kind: Literal["gauge", "counter"] = "gauge") -> Measure:
    """A figure without labels."""
    return Measure(name=name, says=says, samples={(): value}, kind=kind)


def by_label(name: str, says: str, label: str, counts: Mapping[str, float]) -> Measure:
    """A figure with a sample for each value of one label."""
    return Measure(name=name, says=says, samples={((label, value),): count for value, count in counts.items()})


def text(measures: Iterable[Measure]) -> str:
    """All of them as OpenMetrics."""
    lines: list[str] = []
    for each in measures:
        family, ending = PREFIX + each.name, "_total" if each.kind == "counter" else ""
        lines += [f"# TYPE {family} {each.kind}", f"# HELP {family} {_escaped(each.says)}"]
        lines += [f"{family}{ending}{_labels(labels)} {value:.15g}" for labels, value in sorted(each.samples.items())]
    return "\n".join([*lines, "# EOF", ""])


def camel(name: str) -> str:
    """The figure's name as CloudWatch's metrics are called: `films_complaining` is FilmsComplaining."""
    return "".join(word.capitalize() for word in name.split("_"))


def _labels(labels: Labels) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels) + "}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
