"""Which receiver of one endpoint a request means, and who else may ask it from a browser. Pure."""
