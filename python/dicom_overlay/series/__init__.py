"""Series: order the files, place a mask on them, and gather their planes into volumes."""
