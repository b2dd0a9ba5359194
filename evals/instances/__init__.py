"""What is to be solved: rows of a data set, from wherever they come."""
