"""The OpenAPI document, written from the routes' declarations, their Structs and their sheets."""
