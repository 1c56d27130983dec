"""The U-Net of Cellpose 1-3 (Stringer et al. 2021)."""
