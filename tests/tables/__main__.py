"""Write every table that is made of the code into the page it belongs to."""

import asyncio

from tests.tables.made import made
from tests.tables.parts import pages_with_parts, put


def main() -> None:
    texts = asyncio.run(made())
    for page in pages_with_parts():
        put(page, texts[page])


if __name__ == "__main__":
    main()
