"""A key goes to its provider's own addresses, whatever an answer says."""

import pytest

from limner.providers.home import Home


@pytest.mark.parametrize(
    ("base_url", "url", "own"),
    [
        ("https://api.bfl.ai/v1", "https://api.eu1.bfl.ai/v1/get_result?id=1", True),
        ("https://api.us.bfl.ai/v1", "https://bfl.ai/x", True),
        ("https://api.bfl.ai/v1", "http://api.bfl.ai/x", False),
        ("https://api.bfl.ai/v1", "https://evilbfl.ai/x", False),
        ("https://api.bfl.ai/v1", "https://bfl.ai.example.org/x", False),
        ("https://api.bfl.ai/v1", "https://user@api.bfl.ai/x", False),
        ("https://api.bfl.ai/v1", "https://[::1/x", False),
        ("http://127.0.0.1:9/v1", "http://127.0.0.1:9/x", True),
        ("http://127.0.0.1:9/v1", "http://127.0.0.1:8/x", False),
        ("http://127.0.0.1:9/v1", "https://api.bfl.ai/x", False),
    ],
)
def test_the_key_goes_to_the_provider_s_own_domain_only(base_url: str, url: str, own: bool) -> None:
    assert Home(base_url, "bfl.ai").covers(url) is own
