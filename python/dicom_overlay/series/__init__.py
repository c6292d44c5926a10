"""A series: its files in order, a mask's geometry laid onto them, their planes gathered into volumes."""
