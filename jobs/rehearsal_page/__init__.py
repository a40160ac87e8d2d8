"""What a PI does about rehearsals: the page for her test input, and the buttons in the admin."""
