"""What is compared: gateways with their configurations, one process and one core each."""

import asyncio
import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from limner.app import built
from limner.money import credits
from limner.settings import ProviderConfig, Settings

UPSTREAM_PORT = 9900
UPSTREAM = f"http://127.0.0.1:{UPSTREAM_PORT}"
PROMPT = "An isometric dev dashboard, neon green accents, dark theme"
CATALOG = Path(__file__).parents[1] / "src/limner/catalog/models/openai/gpt-image-1-5.toml"
KEY = "sk-bench"


@dataclass(frozen=True, slots=True)
class Target:
    """How a gateway is started and asked. `path` and `model` may name `{size}`."""

    name: str
    command: list[str]
    port: int
    path: str = "/v1/images/generations"
    model: str = "b{size}"
    key: str = KEY
    environment: dict[str, str] = field(default_factory=dict)
    extra_headers: dict[str, str] = field(default_factory=dict)

    def url(self, size: int) -> str:
        return f"http://127.0.0.1:{self.port}{self.path.format(size=size)}"

    def body(self, size: int) -> str:
        wanted = {"model": self.model.format(size=size), "prompt": PROMPT, "size": "1024x1024"}
        return json.dumps(wanted | {"n": 1})


def direct() -> Target:
    """The upstream itself: the ceiling of the upstream and the load generator together."""
    command = [sys.executable, str(Path(__file__).with_name("upstream.py")), str(UPSTREAM_PORT)]
    return Target("direct", command, UPSTREAM_PORT, "/b{size}/v1/images/generations")


def nginx(folder: Path) -> Target:
    """A relay that does nothing else, with kept connections."""
    (folder / "nginx.conf").write_text(
        f"""
        worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
        events {{ worker_connections 1024; }}
        http {{
          access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
          fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
          upstream up {{ server 127.0.0.1:{UPSTREAM_PORT}; keepalive 128; }}
          server {{
            listen 127.0.0.1:9910;
            location / {{
              proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
              proxy_buffers 8 512k; proxy_buffer_size 64k; proxy_busy_buffers_size 1m;
              proxy_max_temp_file_size 0;
            }}
          }}
        }}
        """
    )
    command = ["nginx", "-e", str(folder / "start.log"), "-c", str(folder / "nginx.conf")]
    return Target("nginx", command, 9910, "/b{size}/v1/images/generations")


def limner(folder: Path, sizes: list[int], database_url: str = "") -> Target:
    """As in production: key, gate, price, hold, provider, durable picture, settlement, answer."""
    models = folder / "models"
    models.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        text = CATALOG.read_text("utf-8").replace('"gpt-image-1-5"', f'"b{size}"')
        text = text.replace('provider = "openai"', f'provider = "up{size}"')
        text = re.sub(r"^aliases = .*$", "", text, flags=re.MULTILINE)
        (models / f"b{size}.toml").write_text(text, "utf-8")
    settings = Settings(
        data_dir=folder / "data",
        database_url=database_url,
        catalog_dirs=(models,),
        providers={
            f"up{size}": ProviderConfig("openai", f"{UPSTREAM}/b{size}/v1", "BENCH_UPSTREAM_KEY")
            for size in sizes
        },
    )
    tables = "".join(
        f'[providers.up{size}]\nkind = "openai"\nbase_url = "{UPSTREAM}/b{size}/v1"\n'
        'api_key_env = "BENCH_UPSTREAM_KEY"\n'
        for size in sizes
    )
    config = folder / "limner.toml"
    config.write_text(f'catalog_dirs = ["{models}"]\n{tables}')
    environment = {
        "LIMNER_CONFIG": str(config),
        "LIMNER_DATA_DIR": str(settings.data_dir),
        "LIMNER_DATABASE_URL": database_url,
        "BENCH_UPSTREAM_KEY": "sk-upstream",
        "LIMNER_REQUESTS_PER_MINUTE": "0",
    }
    command = [sys.executable, "-m", "limner", "serve", "--port", "9920"]
    key = asyncio.run(funded_key(settings))
    name = "limner" if not database_url else "limner-postgresql"
    return Target(name, command, 9920, key=key, environment=environment)


async def funded_key(settings: Settings) -> str:
    async with built(settings) as made:
        accounts = made.services.accounts
        workspace = await accounts.create_workspace("bench")
        await made.services.ledger.grant(workspace.id, credits(100_000_000), "grant/bench")
        return (await accounts.create_key(workspace, "live", "bench"))[1]


def litellm(folder: Path, sizes: list[int]) -> Target:
    """Needs LITELLM_BIN, in an environment of its own."""
    models = [
        {
            "model_name": f"b{size}",
            "litellm_params": {
                "model": "openai/gpt-image-1",
                "api_base": f"{UPSTREAM}/b{size}/v1",
                "api_key": "sk-upstream",
            },
        }
        for size in sizes
    ]
    config = folder / "litellm.yaml"
    # JSON is YAML.
    config.write_text(json.dumps({"model_list": models, "general_settings": {"master_key": KEY}}))
    binary = os.environ["LITELLM_BIN"]
    command = [binary, "--config", str(config), "--host", "127.0.0.1", "--port", "9930"]
    quiet = {"LITELLM_LOG": "ERROR", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return Target("litellm", command, 9930, environment=quiet)


def portkey(folder: Path, sizes: list[int]) -> Target:
    """Needs PORTKEY_DIR, where npm put @portkey-ai/gateway; it keeps neither keys nor ledger."""
    start = f"{os.environ['PORTKEY_DIR']}/node_modules/@portkey-ai/gateway/build/start-server.js"
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"{UPSTREAM}/b{{size}}/v1",
    }
    command = ["node", start, "--port=9940", "--headless"]
    production = {"NODE_ENV": "production"}
    return Target(
        "portkey",
        command,
        9940,
        model="gpt-image-1",
        environment=production,
        extra_headers=headers,
    )
