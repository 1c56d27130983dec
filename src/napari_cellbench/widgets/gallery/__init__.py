"""The Gallery widget and the advice on methods: checkpoints are found, fetched and chosen."""
