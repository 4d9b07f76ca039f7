"""Finds the functions of a C++ file and their lengths, well enough to keep them short.

Not a parser: comments, strings and preprocessor lines are blanked, then braces are matched, and what
stands before a brace says whether it opens a function, a type or namespace, or neither. Lambdas and
blocks inside a function count as part of it.
"""
import collections
import re

Function = collections.namedtuple("Function", "name line length")

CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum)\b(?![^<]*>[^{]*\()|extern \"")
NAME = re.compile(r"([~\w:]+|operator\s*\S+?)\s*\(")
NOISE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|"""
    r"""(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*\#(?:\\\n|[^\n])*""", re.S | re.M)


def find(lines):
    """Every function with a body, in the order in which the bodies end."""
    text = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), "\n".join(lines))
    found, stack, before, line = [], [], [], 1
    name_line = None
    for character in text:
        if character == "\n":
            line += 1
        if character == "{":
            head = "".join(before).strip()
            kind, name = classify(head, any(kind == "function" for kind, *_ in stack))
            stack.append((kind, name, name_line or line))
            before, name_line = [], None
        elif character == "}":
            if stack:
                kind, name, start = stack.pop()
                if kind == "function":
                    found.append(Function(name, start, line - start + 1))
                if kind == "initialiser":  # `: member_{value} {`: the head goes on
                    before, name_line = list(name), start
                    continue
            before, name_line = [], None
        elif character == ";":
            before, name_line = [], None
        else:
            if name_line is None and not character.isspace():
                name_line = line
            before.append(character)
            if character == ":" and "".join(before).strip() in ("public:", "protected:", "private:"):
                before, name_line = [], None
    return found


def classify(head, inside_function):
    """What a brace after `head` opens, and the name of a function or the head to go on with."""
    if inside_function:
        return "block", ""
    after_colon = re.search(r"\)\s*(?:noexcept\s*)?:(?!:)(.*)$", head, re.S)
    if after_colon and re.search(r"(^|,)\s*[\w:<>]+\s*$", after_colon[1]):
        return "initialiser", head
    if head.endswith("=") or not head:
        return "block", ""
    name = NAME.search(re.sub(r"<[^<>()]*>", "", head))
    if CONTAINER.search(head) and not head.rstrip().endswith((")", "const", "override", "noexcept")):
        return "container", ""
    if not name:
        return "block", ""
    test = re.match(r"(?:TYPED_)?TEST(?:_[FP])?\s*\(\s*(\w+)\s*,\s*(\w+)", head)
    return "function", f"{test[1]}.{test[2]}" if test else name[1]
