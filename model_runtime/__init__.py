"""What answers: messages, the chat client, recorded sessions played back. Knows nothing of agents."""
