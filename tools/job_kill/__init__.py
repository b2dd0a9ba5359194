"""End a background job."""
