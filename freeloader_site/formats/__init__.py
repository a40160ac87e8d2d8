"""How the admin writes times, where Django's own way is not that of our lists."""
