"""Outbound trees to real-time trees: named rules, each with its argument for equivalence."""
