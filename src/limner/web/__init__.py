"""Pages for people, written on the server as whole HTML: they load nothing and need no script."""
