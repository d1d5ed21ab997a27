"""
The workflow language: what a workflow says, and what it does to one request. Pure: no I/O, no clock, no randomness.

    loaded = load_workflow(text)                      # decode and link; every problem with its JSON path
    compiled = compile_workflow(loaded.workflow)      # nothing can be malformed after this
    effects = run_pipeline(compiled.pipeline, request)
"""
