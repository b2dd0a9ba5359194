"""One model server on this machine: launched, watched, found again and stopped."""
