"""One GIFT question: its operators and escapes -> its parts."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quizzes.exchange.words import FALSE, TRUE, VERDICTS, composed
from quizzes.item import ItemKind

BLANK = "_____"
_TOKEN = re.compile(r"\\[~=#{}:n\\]|[~=#{}]|[^\\~=#{}]+|\\")
_TITLE = re.compile(r"::((?:\\.|[^\\:]|:(?!:))*)::")
WEIGHT = re.compile(r"\s*%(-?\d{1,3}(?:\.\d{0,6})?)%")
_OPERATORS = frozenset("~=#{}")


@dataclass(frozen=True, slots=True)
class _Token:
    """An operator, or a text with its escapes undone."""

    text: str
    operator: bool


@dataclass(slots=True)
class GiftAnswer:
    """One answer within the braces."""

    right: bool
    text: str
    remark: str = ""
    weight: float = 0.0


@dataclass(slots=True)
class GiftQuestion:
    """What one block says; `unsupported` names a kind we don't have."""

    stem: str = ""
    explanation: str = ""
    answers: list[GiftAnswer] = field(default_factory=list)
    kind: ItemKind | None = None
    unsupported: str = ""


def _tokens(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        piece = found[0]
        if len(piece) == 2 and piece[0] == "\\" and piece[1] in "~=#{}:n\\":
            tokens.append(_Token("\n" if piece == "\\n" else piece[1], False))
        else:
            tokens.append(_Token(piece, piece in _OPERATORS))
    return tokens


def _joined(tokens: Iterable[_Token]) -> str:
    return composed("".join(token.text for token in tokens)).strip()


def gift_question(text: str) -> GiftQuestion:
    """The parts of one block, its lines joined by spaces."""
    title = _TITLE.match(text)
    tokens = _tokens(text[title.end() :] if title else text)
    shape = [token.text if token.operator else "" for token in tokens]
    opened = shape.index("{") if "{" in shape else len(shape)
    closed = shape.index("}", opened) if "}" in shape[opened:] else None
    stem = _joined(tokens[:opened])
    if closed is None:
        return GiftQuestion(stem=stem, unsupported="open_brace")
    tail = _joined(tokens[closed + 1 :])
    if tail:
        stem = f"{stem} {BLANK} {tail}".strip()
    if not stem and title:
        stem = _joined(_tokens(title[1]))
    question = GiftQuestion(stem=stem)
    if "{" in shape[closed:]:
        question.unsupported = "several_blanks"
    else:
        _take_answers(question, tokens[opened + 1 : closed])
    return question


def _take_answers(question: GiftQuestion, tokens: Sequence[_Token]) -> None:
    """What stands within the braces: answers, then an explanation behind ####."""
    shape = [token.text if token.operator else "" for token in tokens]
    runs = [at for at in range(len(shape) - 3) if shape[at : at + 4] == ["#"] * 4]
    if runs:
        question.explanation = _joined(tokens[runs[-1] + 4 :])
        tokens, shape = tokens[: runs[-1]], shape[: runs[-1]]
    inner = _joined(tokens)
    verdict = _joined(tokens[: shape.index("#")] if "#" in shape else tokens).casefold()
    if not inner:
        question.unsupported = "essay"
    elif inner.startswith("#"):
        question.unsupported = "numerical"
    elif "~" in shape:
        question.answers = _split(tokens)
        if "=" not in shape:
            question.kind = ItemKind.MULTIPLE
            for answer in question.answers:
                answer.right = answer.weight > 0
    elif "=" in shape and "->" in inner:
        question.unsupported = "matching"
    elif verdict in ("t", "true", "f", "false"):
        question.kind = ItemKind.TRUE_FALSE
        truth = VERDICTS[verdict]
        question.answers = [GiftAnswer(truth, TRUE), GiftAnswer(not truth, FALSE)]
        _take_verdict_remarks(question, tokens)
    else:
        question.unsupported = "short_answer"


def _take_verdict_remarks(question: GiftQuestion, tokens: Sequence[_Token]) -> None:
    """{T#to the wrong#to the right}: `wrong` stands at the wrong option, `right` at the right."""
    parts: list[list[_Token]] = [[]]
    for token in tokens:
        if token.operator and token.text == "#" and len(parts) < 3:
            parts.append([])
        else:
            parts[-1].append(token)
    remarks = [_joined(part) for part in (*parts[1:], [], [])]
    for answer in question.answers:
        answer.remark = remarks[1] if answer.right else remarks[0]


def _split(tokens: Sequence[_Token]) -> list[GiftAnswer]:
    """The answers, each begun by = or ~, with its weight and its remark behind #."""
    parts: list[tuple[bool, list[_Token], list[_Token]]] = []  # right, words, remark
    remarking = False
    for token in tokens:
        if token.operator and token.text in "~=":
            parts.append((token.text == "=", [], []))
            remarking = False
        elif not parts:
            if token.text.strip():
                parts.append((False, [token], []))
        elif token.operator and token.text == "#" and not remarking:
            remarking = True
        else:
            _, words, remark = parts[-1]
            (remark if remarking else words).append(token)
    answers = []
    for right, words, remark in parts:
        text = _joined(words)
        weight = None if right else WEIGHT.match(text)
        answers.append(
            GiftAnswer(
                right,
                text[weight.end() :].strip() if weight else text,
                _joined(remark),
                float(weight[1]) if weight else 0.0,
            )
        )
    return answers
