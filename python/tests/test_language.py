"""The sentences that training sees."""

from pathlib import Path

import numpy as np
import pytest

from pick_policy.language import UNKNOWN, Language

LANGUAGE = Path(__file__).parents[2] / "examples" / "sim" / "language.json"


@pytest.fixture
def language():
    return Language(LANGUAGE)


def test_every_color_word_has_an_id_of_its_own(language):
    words = [word for synonyms in language.colors.values() for word in set(synonyms)]
    ids = [language.vocabulary[word] for word in words]
    assert len(set(ids)) == len(words)
    assert min(ids) > UNKNOWN


def test_a_request_names_exactly_its_color(language):
    rng = np.random.default_rng(1)
    synonyms = {color: set(words) for color, words in language.colors.items()}
    for color in language.colors:
        for _ in range(300):
            sentence = set(language.random_request(color, rng))
            assert [name for name, words in synonyms.items() if sentence & words] == [color]


def test_a_sentence_for_nothing_never_names_exactly_one_color(language):
    rng = np.random.default_rng(2)
    synonyms = [set(words) for words in language.colors.values()]
    for _ in range(1000):
        sentence = set(language.random_nothing(rng))
        assert sum(bool(sentence & words) for words in synonyms) != 1


def test_training_sentences_have_no_unknown_words_and_fit(language):
    rng = np.random.default_rng(3)
    for _ in range(500):
        words = language.random_request("red", rng)
        assert len(words) <= language.max_tokens
        assert UNKNOWN not in language.encode(words)


def test_words_are_split_and_lowered_like_the_tokenizer_file(language):
    assert language.words("Take the RED_block, please!") == ["take", "the", "red", "block", "please"]
    assert language.words("don't") == ["don't"]


def test_ids_are_padded_on_the_right(language):
    ids = language.encode(["pick", "nonsuchword"])
    assert ids.shape == (language.max_tokens,)
    assert ids[0] == language.vocabulary["pick"]
    assert ids[1] == UNKNOWN
    assert not ids[2:].any()
