"""Stands in for `curl` where it is not installed: just enough for the examples of the documents."""

import argparse
import sys
import urllib.error
import urllib.request


def main() -> int:
    """Print the answer; 22 for a refusal, as `curl --fail-with-body` ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-o", dest="output")
    parser.add_argument("-D", dest="dump")
    asked = parser.parse_args()
    headers = dict(line.split(": ", 1) for line in asked.headers)
    body = asked.data.encode() if asked.data else None
    code = 0
    try:
        reply = urllib.request.urlopen(urllib.request.Request(asked.url, body, headers))
    except urllib.error.HTTPError as error:
        reply, code = error, 22
        print(f"curl: (22) The requested URL returned error: {error.code}", file=sys.stderr)
    with reply:
        if asked.dump == "-":
            print(reply.headers, flush=True)
        if asked.output:
            with open(asked.output, "wb") as out:
                out.write(reply.read())
        else:
            sys.stdout.buffer.write(reply.read())
    return code


if __name__ == "__main__":
    sys.exit(main())
