"""All of the tests, in lanes beside one another: those that wait beside those that compute."""
