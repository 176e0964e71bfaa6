"""One module per step; never edit one that shipped, and let each work with the code before it."""
