"""Every word that people see, in Bahasa Indonesia and in English, and numbers in either style."""
