"""C# of a workflow, which only Python in its place can run."""
