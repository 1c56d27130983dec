"""Fine-tuning: plans, run folders, the detached process that trains, figures before and after.

A run is a folder that outlives whoever started it. Whoever has its path can follow, stop and resume
it: the process that trains holds the folder's lock, and nothing else tells whether it is alive.
"""
