"""Requests to addresses that strangers chose: never to the inside of anybody's network."""
