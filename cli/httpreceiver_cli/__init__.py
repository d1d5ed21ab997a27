"""The command `httpreceiver`: serve, lint, plan, wrap and explain without a cluster, by the cluster's own code."""
