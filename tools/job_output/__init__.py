"""Read on in what a background job prints."""
