"""Given pictures: changed as a prompt says, or enlarged."""
