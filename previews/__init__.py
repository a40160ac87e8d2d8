"""What the page shows of a result: inert pictures, tables and text, made of files nobody trusts."""
