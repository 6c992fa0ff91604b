"""Where Alibaba's Model Studio is: a host shared by a region, or one of a workspace's own.

A key belongs to one region and is refused in every other.
"""

from collections.abc import Mapping

from limner.errors import ConfigError

WORKSPACE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}"
"""It becomes part of a host's name."""
DEFAULT = "ap-southeast-1"
SHARED: Mapping[str, str] = {
    "ap-southeast-1": "https://dashscope-intl.aliyuncs.com",
    "cn-beijing": "https://dashscope.aliyuncs.com",
    "us-east-1": "https://dashscope-us.aliyuncs.com",
    "cn-hongkong": "",
    "eu-central-1": "",
    "ap-northeast-1": "",
}
"""Hosts by region; empty where every workspace has its own and there is no other."""


def host_of(region: str, workspace: str) -> str:
    """Raises ConfigError for a region that has no host without a workspace."""
    region = region or DEFAULT
    if workspace:
        return f"https://{workspace}.{region}.maas.aliyuncs.com"
    if not SHARED[region]:
        raise ConfigError(
            f"region {region} has no host that workspaces share: say yours too, as the option "
            "workspace"
        )
    return SHARED[region]


def address_of(base_url: str, region: str, workspace: str) -> str:
    """The host to call. Raises ConfigError where it is said twice or not at all."""
    if base_url in ("", SHARED[DEFAULT]):
        return host_of(region, workspace)
    if region or workspace:
        raise ConfigError("say either base_url, or region and workspace, not both")
    return base_url
