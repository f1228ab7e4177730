"""The task's sentences as token ids: the vocabulary, the tokenizer file, and random training instructions."""

import json
import re
from pathlib import Path

import numpy as np

PAD, UNKNOWN = 0, 1


class Language:
    """Sentences from `language.json`, which the simulation reads too. Held-out sentences are never used here."""

    def __init__(self, path: Path):
        spec = json.loads(path.read_text())
        self.max_tokens: int = spec["maxTokens"]
        self.colors: dict[str, list[str]] = spec["colors"]
        self.templates: list[str] = spec["training"]
        self.nothing_named: list[str] = spec["nothingNamed"]["training"]
        words = {word for synonyms in self.colors.values() for word in synonyms}
        for sentence in self.templates + self.nothing_named:
            words.update(self.words(re.sub(r"\{\w+\}", " ", sentence)))
        # Words that people say and that change nothing; without them many a polite request would be refused.
        words.update(spec["fillers"])
        self.vocabulary = {"[PAD]": PAD, "[UNK]": UNKNOWN}
        for word in sorted(words):
            self.vocabulary[word] = len(self.vocabulary)
        self._fillers = sorted(words - {w for synonyms in self.colors.values() for w in synonyms})

    @staticmethod
    def words(sentence: str) -> list[str]:
        """Lower-case words, as the tokenizer file splits them: letters, digits and apostrophes."""
        return re.sub(r"[^\w']+", " ", sentence.lower().replace("_", " ")).split()

    def encode(self, words: list[str]) -> np.ndarray:
        """Token ids of shape (max_tokens,), padded on the right."""
        ids = [self.vocabulary.get(word, UNKNOWN) for word in words[: self.max_tokens]]
        return np.array(ids + [PAD] * (self.max_tokens - len(ids)), dtype=np.int64)

    def random_request(self, color: str, rng: np.random.Generator) -> list[str]:
        """A sentence that asks for `color`; some are shuffled or padded, so that only the meaning counts."""
        words = self.words(self._pick(self.templates, rng).replace("{color}", self._pick(self.colors[color], rng)))
        return self._disturb(words, rng)

    def random_nothing(self, rng: np.random.Generator) -> list[str]:
        """A sentence that names no single colour: either none or two."""
        first, second = rng.permutation(list(self.colors))[:2]
        sentence = self._pick(self.nothing_named, rng)
        if rng.random() < 0.25:  # any request becomes ambiguous with a second colour, empty without one
            sentence = self._pick(self.templates, rng)
            sentence = sentence.replace("{color}", rng.choice(["{color} {other}", ""]))
        sentence = sentence.replace("{color}", self._pick(self.colors[first], rng))
        sentence = sentence.replace("{other}", self._pick(self.colors[second], rng))
        return self._disturb(self.words(sentence), rng)

    def _disturb(self, words: list[str], rng: np.random.Generator) -> list[str]:
        if rng.random() < 0.2:
            words = [words[i] for i in rng.permutation(len(words))]
        if rng.random() < 0.3:
            extra = rng.choice(self._fillers, size=rng.integers(1, 4)).tolist()
            words = extra + words if rng.random() < 0.5 else words + extra
        return words[: self.max_tokens]

    @staticmethod
    def _pick(items: list[str], rng: np.random.Generator) -> str:
        return items[rng.integers(len(items))]

    def tokenizer_json(self) -> dict:
        """A word-level tokenizer in the Hugging Face format; a word outside the vocabulary becomes [UNK]."""
        special = [
            {"id": i, "content": token, "single_word": False, "lstrip": False, "rstrip": False}
            | {"normalized": False, "special": True}
            for i, token in ((PAD, "[PAD]"), (UNKNOWN, "[UNK]"))
        ]
        punctuation = {"type": "Replace", "pattern": {"Regex": r"[^\p{L}\p{N}']+"}, "content": " "}
        return {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": {"type": "Sequence", "normalizers": [{"type": "Lowercase"}, punctuation]},
            "pre_tokenizer": {"type": "WhitespaceSplit"},
            "post_processor": None,
            "decoder": None,
            "model": {"type": "WordLevel", "vocab": self.vocabulary, "unk_token": "[UNK]"},
        }
