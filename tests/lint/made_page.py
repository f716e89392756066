# SPDX-License-Identifier: Apache-2.0
"""Pages of docs/ that a program makes: written, or with --check only held against what it would write."""
import sys


def made_page(page, text, source, program):
    """`page`: a path; `source`: what says what stands in it, for the sentence. Gives the exit code."""
    if "--check" not in sys.argv[1:]:
        page.write_text(text)
        return 0
    if page.exists() and page.read_text() == text:
        return 0
    print(f"docs/{page.name} is not what {source}: run tests/lint/{program}")
    return 1
