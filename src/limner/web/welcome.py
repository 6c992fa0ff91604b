"""What a browser is shown that opens the address of the server: where it is, and where to go on."""

from limner.web.markup import code, element, inline
from limner.web.page import page

TRY = """\
curl http://127.0.0.1:8000/v1/images/generations \\
  -H "Authorization: Bearer $INFERY_API_KEY" \\
  -H 'Content-Type: application/json' \\
  -d '{"model": "sketch-1", "prompt": "a kite over the sea", "response_format": "url"}'"""
LINKS = (
    ("/docs", "API reference", "every route, with examples"),
    ("/openapi.json", "openapi.json", "the same for programs, as OpenAPI 3.1"),
    ("/health/ready", "Health", "whether this server takes work"),
)


def welcome(version: str) -> str:
    links = (
        element("li", element("a", name, href=path), f" · {about}") for path, name, about in LINKS
    )
    main = element(
        "main",
        element("h1", "limner"),
        element("p", f"An image gateway, version {version}. It is up.", class_="lead"),
        element("ul", *links),
        element(
            "p",
            inline(
                "Clients of OpenAI and Infery work with the base URL of this server and `/v1`. A "
                "key begins with `inf_`; who runs the server makes one with `limner key create`."
            ),
        ),
        code(TRY, "sh"),
        class_="welcome",
    )
    return page("limner", "An image gateway", (main,)).replace("<body>", '<body class="plain">')
