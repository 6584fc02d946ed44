"""What is promised of the code that reads contracts and ledgers."""
