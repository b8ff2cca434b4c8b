"""The commands: one file each. They parse options, call one function, render, and return an exit code."""
