"""What happens to a request between the edge and the providers; start reading at generate.py."""
