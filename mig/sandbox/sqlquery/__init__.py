"""`?sql=SELECT …` on an entity set: the part of T-SQL that the service reads for its Python client."""
