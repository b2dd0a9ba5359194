"""How a diff that came out of a sandbox is checked and put into the user's repository."""
