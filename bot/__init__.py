"""The product: what a deployment is, who may have one, and how it comes to run."""
