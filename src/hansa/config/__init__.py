"""What wires everything together: settings, addresses, schedule, subscriptions. Nobody imports it."""
