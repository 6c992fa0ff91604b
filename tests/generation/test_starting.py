"""What a server says at its start of providers that cannot draw."""

from pathlib import Path

from structlog.testing import capture_logs
from tests.generation.studios import a_scene, connected

from limner.db.base import Database
from limner.generation.starting import problems_told
from limner.settings import ProviderConfig, Settings


async def test_a_workflow_that_does_not_fit_is_told_at_the_start(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "house.json").write_text('{"6":{"class_type":"CLIPTextEncode","inputs":{}}}')
    (tmp_path / "house.toml").write_text(
        'output_node = "6"\nseed = "6.inputs.seed"\nprompt = "6.inputs.text"\n'
    )
    broken = ProviderConfig(
        kind="comfyui", base_url="http://127.0.0.1:9", options={"workflows": str(tmp_path)}
    )
    good = ProviderConfig(kind="compatible", base_url="http://127.0.0.1:9")
    settings = Settings(data_dir=tmp_path, providers={"comfyui": broken, "good": good})
    scene = connected(await a_scene(database, tmp_path), settings)
    with capture_logs() as said:
        await problems_told(scene.studio.connections)
    await scene.studio.connections.close()
    assert [(line["event"], line["provider"]) for line in said] == [
        ("provider_not_ready", "comfyui")
    ]
    assert "node 6 (CLIPTextEncode) of house.json has no input seed" in said[0]["problem"]
