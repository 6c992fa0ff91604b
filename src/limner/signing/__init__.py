"""Content Credentials that limner adds: a manifest, signed with the operator's certificate."""
