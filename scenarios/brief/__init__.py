"""A brief for planners: one page to read and print, and one workbook behind it."""
