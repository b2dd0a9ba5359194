"""What stands behind the smaller commands of the command line."""
