"""The model: households, enterprises, institutions and programmes, month by month."""
