"""StarDist: star-convex polygons (Schmidt et al. 2018)."""
