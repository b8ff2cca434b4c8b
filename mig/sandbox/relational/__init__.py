"""One SELECT over joined tables as a value: what FetchXML and `?sql=` are both read into."""
