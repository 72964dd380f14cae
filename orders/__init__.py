"""What was bought: catalogue, orders, fulfilments."""
