"""What an intervention is: its terms, and what each part of it changes in people's state."""
