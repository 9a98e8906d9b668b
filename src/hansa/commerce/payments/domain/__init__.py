"""What payments compute without a database: does an event fit, where do two books differ, what does a dispute cost whom."""
