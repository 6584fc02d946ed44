"""What front ends and users of the harness were promised, tested from outside: commands in, exit codes and HTTP out."""
