"""A run and its plan: the one document a worker needs, wherever it runs. Pure; it must not know where it lies."""

import json
from dataclasses import dataclass

from matinee.domain import plan_document
from matinee.domain.ids import AssetId, RunId
from matinee.domain.media import Plan
from matinee.domain.object_keys import work_prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRun:
    """What is to be made (`plan`) of the object `source_key`, for whom."""

    asset_id: AssetId
    run_id: RunId
    source_key: str
    plan: Plan

    @property
    def key(self) -> str:
        """Where the document lies in the store."""
        return plan_key(self.asset_id, self.run_id)

    def chunk_key(self, number: int) -> str:
        """Where the result of chunk `number` lies once it is whole."""
        return work_prefix(self.asset_id, self.run_id) + result_name("chunk", number)

    def sound_key(self, number: int) -> str:
        """Where the result of piece `number` of the sound lies once it is whole."""
        return work_prefix(self.asset_id, self.run_id) + result_name("sound", number)

    def to_json(self) -> str:
        """The document; the same run and plan are always the same text."""
        head = {"asset": self.asset_id, "run": self.run_id, "source": self.source_key}
        return json.dumps({**head, "plan": json.loads(plan_document.to_json(self.plan))}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> "PlannedRun":
        """The value `to_json` was called on. ValueError when its plan is of a format this version does not know."""
        document = json.loads(text)
        return cls(
            asset_id=AssetId(document["asset"]),
            run_id=RunId(document["run"]),
            source_key=document["source"],
            plan=plan_document.from_json(json.dumps(document["plan"])),
        )


def plan_key(asset_id: AssetId, run_id: RunId) -> str:
    """Where the plan of a run lies."""
    return f"{work_prefix(asset_id, run_id)}plan.json"


def result_name(kind: str, number: int) -> str:
    """Where the result of a part lies, below its run's work."""
    return f"{'chunks' if kind == 'chunk' else kind}/{number:05d}.json"
