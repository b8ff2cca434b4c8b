"""Trees to SQLite: the meaning of conditions, values and dates, and the functions SQL calls for them."""
