"""What experiments are made of: points, splits, sizes, ranks, influence, boxes."""
