"""What people ask, and the experiments that answer.

In three lines::

    from scenarios.compare import compare
    from scenarios.files import read

    compare([read("training-only"), read("sedaya-package")]).table
"""
