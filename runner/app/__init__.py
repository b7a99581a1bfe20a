"""The hall: each command as a list of stages, carrying values from room to room. Decisions live in the rooms."""
