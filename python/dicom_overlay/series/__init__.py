"""Several instances as one volume: their order, their geometry, their planes."""
