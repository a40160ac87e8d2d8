"""All of a result as one ZIP, made while it is sent."""
