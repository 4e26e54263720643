"""Answers to the exercises of the book, right and wrong, as a reader would write them: plainly, and without the
mistakes that the library knows. Each wrong one comes with words that the checker must find for it.
"""

RIGHT, WRONG = [], []


def right(name):
    """Mark a right answer to an exercise."""
    return lambda function: RIGHT.append((name, function)) or function


def wrong(name, words):
    """Mark a wrong answer, and what the checker has to say about it."""
    return lambda function: WRONG.append((name, words, function)) or function
