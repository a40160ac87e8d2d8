"""What tables hold, told by their headers, by the form of their values, by columns of names."""
