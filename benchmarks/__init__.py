"""How fast the model is: a household-month against C, against Mesa objects, and the nation."""
