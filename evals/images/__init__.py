"""What an instance runs in: the row's own image, or one built here; for the grader, and for the agent."""
