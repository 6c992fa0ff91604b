"""Tables in the documents that are made of the code: `python -m tests.tables`, or `make tables`."""
