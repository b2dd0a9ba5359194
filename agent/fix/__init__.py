"""`mimosa fix`: one issue in, one verified patch out."""
