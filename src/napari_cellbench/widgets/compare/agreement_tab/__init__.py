"""The tab Agreement: how far the results agree, without any truth."""
