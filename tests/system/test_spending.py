"""A film over a limit on a real server: it waits, a person sees why and approves it."""

from pathlib import Path

from tests.system.clips import make_clip
from tests.system.server import Server, eventually
from tests.system.test_cli import Shell


def test_a_film_over_a_limit_waits_until_somebody_approves_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", MATINEE_LIMIT_USD_A_FILM="0.000001").start()
    clip = make_clip(tmp_path / "clip.mp4", seconds=2)
    try:
        shell = Shell(server, tmp_path / "home")
        asked = shell.json("cost", str(clip))
        assert (asked["waits"]["code"], asked["runs"], asked["limit_usd_a_film"]) == ("limit_cost", 0, 0.000001)
        asset_id = server.upload(clip)
        eventually(lambda: server.asset(asset_id)["waiting"] is not None)
        found = server.asset(asset_id)
        assert (found["status"], found["waiting"]["code"]) == ("processing", "limit_cost")
        assert 0 < found["cost"]["usd"] < 0.01
        assert abs(found["cost"]["usd"] - asked["film"]["usd"]) < 0.0001
        assert not list((server.data_dir / "objects" / "streams").rglob("*.*")), "nothing is made meanwhile"
        shown, _ = shell.call("show", asset_id)
        assert found["waiting"]["message"] in " ".join(shown.split())
        assert "waits for approval" in shell.call("list")[0]
        assert "goes on" in shell.call("approve", asset_id)[0]
        ready = server.settled(asset_id)
        assert (ready["status"], ready["waiting"]) == ("ready", None)
        assert shell.json("cost", str(clip))["runs"] == 1
        assert "this month" in shell.call("cost", str(clip))[0]
        shell.call("cost", str(tmp_path / "nothing.mp4"), exit_code=6)
    finally:
        server.stop()
