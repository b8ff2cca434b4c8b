"""Who uses which segment."""
