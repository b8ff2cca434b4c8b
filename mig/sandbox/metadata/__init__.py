"""Table metadata on the wire: tables, columns, relationships, option sets, and the CSDL document."""
