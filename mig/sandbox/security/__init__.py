"""Who may do what: privileges, the roles that grant them, and the checks on every request."""
