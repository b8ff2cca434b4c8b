"""The slice of OData that the sandbox reads: URLs, query options, filters, orders and paging cookies."""
