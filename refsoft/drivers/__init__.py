"""What computes a recipe: plain Python, compiled loops on the CPU, kernels on a GPU."""
