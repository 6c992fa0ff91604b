"""Jobs: the durable record of every generation, and the live feed of those running here."""
