#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/golden/tokenizers: small tokenizers of every kind, and what the
reference implementations make of odd texts with them.

Each NAME.golden.json is {"file", "config", "bos", "eos", "cases": [[text,
ids]]}. ids is null where the reference does not give the text back.
expressions.json is [[expression, text, pieces]]. Needs the
Python packages tokenizers and sentencepiece; the files in the repository were
made with tokenizers 0.23.3 and sentencepiece 0.2.3.

Usage: make_tokenizer_goldens.py [MODELS]. With MODELS, the folder
../shared/models beside the checkout, also the goldens of the tokenizers there.
"""

import io
import json
import lzma
import pathlib
import sys

import sentencepiece
from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models,
                        normalizers, pre_tokenizers, processors, trainers)

TEXTS = [
    "", " ", "  ", "   ", "\n", "\n\n\n", "\t", "\t\n  \n", " \n a", "a", " a",
    "  a  b ", "a\n", "Hello, world!", " Hello World !!", "HELLO hello hElLo",
    "I'm sure they'LL've said 'tis so; we'd don't. 'S 'T 'ſ",
    "1 22 333 4444 55555 3.14159 1,000,000 ½ Ⅷ ٣٤٥٦",
    "if (x[i] != y) {\r\n\treturn f(&x, 0x1F) + 'c';\r\n}\r\n",
    "    def f(self):\n        return {'a': [1, 2]}\n\n\n    # end\n",
    "Äpfel, naïve café, Η αλφα", "Нещо на Български, 1984 г.",
    "我想在apple工作1314151天。かなカナ 한국어", "हिन्दी ไทย ក្",
    "🦙.cpp 👨‍👩‍👧 ❤️ 🏳️‍🌈!", "e\u0301 a\u0308\u0323 \u1e9b\u0323",
    "<|endoftext|><s></s><unk>[PAD]<0x0A><|im_start|>", "▁▁marks ▁ and▁spaces",
    "zero \0 byte \x7f \u0085 \u00a0 \u2028 \u3000x \u200b", "=====----- ...... !!!!!?",
    "http://example.org/a_b?c=d&e=%20#f", "CamelCaseWords and snake_case_words",
    "<tag> in <tag>text<tag><tag>  <tag>\n", "a" * 300, " " * 300 + "x",
    "the License is distributed on an \"AS IS\" BASIS, WITHOUT WARRANTIES",
]

# Not trained on.
MORE_TEXTS = [
    "word", "words between single spaces", "two  spaces", "a1b22c333d4444",
    "don't,stop...now 12345678 (3.14%) #1", "x,y;z 1,2 3.4 100,000",
    "m² x³ ¼½¾ 5° 1º²³", "naïve Ünïcödé, «quoted» ¿qué? ¡sí! §4 ¶ ±7",
    "Ωμέγα123 Привет456 你好789，世界。 ١٢٣٤ ४५६७", "a\u180eb \u180e \u00adx",
    "'\u017f 'T \u212a k K 'LL 're", "a\u200db c\u200cd \u24b6\u24d0 _x_ \u0301a",
    "line\nline\n", "🦙🦙 12🦙345", "a|b(c)[d]", "\u2028x\u2029 \u205fy \u1680",
    "(a), [b] {c}!", "--- +++ === <<< >>> ``` ~~~ ^^^ $$$",
]

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
          r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
SMALL = dict(show_progress=False, special_tokens=["<|endoftext|>"],
             initial_alphabet=pre_tokenizers.ByteLevel.alphabet())


def byte_level(splits, use_regex, vocab_size, normalizer=None):
    tokenizer = Tokenizer(models.BPE())
    if normalizer:
        tokenizer.normalizer = normalizer
    last = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=use_regex)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splits + [last]) if splits else last
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer, trainers.BpeTrainer(vocab_size=vocab_size, **SMALL)


def gpt2(texts):
    tokenizer, trainer = byte_level([], True, 600)
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken("<tag>", normalized=False)])
    return tokenizer, {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"}


def llama3(texts):
    split = pre_tokenizers.Split(Regex(LLAMA3), "isolated")
    tokenizer, trainer = byte_level([split], False, 600)
    tokenizer.train_from_iterator(texts, trainer)
    data = json.loads(tokenizer.to_str())
    data["model"]["ignore_merges"] = True
    data["model"]["merges"].pop(7)  # the token stays: found as a whole only
    tokenizer = Tokenizer.from_str(json.dumps(data))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|endoftext|> $A", pair=None,
        special_tokens=[("<|endoftext|>", 0)])
    return tokenizer, None


def qwen2(texts):
    split = pre_tokenizers.Split(Regex(QWEN2), "isolated")
    tokenizer, trainer = byte_level([split], False, 500, normalizers.NFC())
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {"add_bos_token": False, "bos_token": None,
                       "eos_token": {"content": "<|endoftext|>"}}


def smollm(texts):
    tokenizer, trainer = byte_level([pre_tokenizers.Digits(individual_digits=True)],
                                    True, 500)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {}


def splits(texts):
    """Behaviors of Split, and pieces by marks."""
    steps = [
        pre_tokenizers.Split("=", "merged_with_previous"),
        pre_tokenizers.Split(Regex(r"[A-Z]"), "merged_with_next"),
        pre_tokenizers.Split(Regex(r"[0-9]"), "contiguous"),
        pre_tokenizers.Split(Regex(r"[^\r\n]+"), "removed", invert=True),
        pre_tokenizers.Punctuation("isolated"),
    ]
    tokenizer, trainer = byte_level(steps, False, 450)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {}


def falcon(texts):
    """Steps behind ByteLevel, which see the byte alphabet."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"),
        pre_tokenizers.ByteLevel(add_prefix_space=False),
        pre_tokenizers.Digits(individual_digits=False),
        pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=700, **SMALL))
    return tokenizer, {}


def bytes_first(texts):
    """All steps see the byte alphabet, and cut within characters."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.ByteLevel()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex("[^A-Za-z0-9]"), "merged_with_next"),
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Split("Ċ", "contiguous"),
        pre_tokenizers.Punctuation("isolated")])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=450, **SMALL))
    return tokenizer, {}


BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"


def bloom(texts):
    split = pre_tokenizers.Split(Regex(BLOOM), "isolated")
    tokenizer, trainer = byte_level([split], False, 500)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {}


def whitespace(texts):
    """Pre-tokenizers that drop spaces: only words come back."""
    tokenizer, trainer = byte_level([pre_tokenizers.Whitespace()], False, 400)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer, {}


def sentencepiece_model(texts, **options):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(line for text in texts for line in text.split("\n")),
        model_writer=model, normalization_rule_name="identity",
        remove_extra_whitespaces=False, minloglevel=2, **options)
    return model.getvalue()


def pieces_of(model):
    reference = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(reference.id_to_piece(i), reference.get_score(i))
            for i in range(reference.get_piece_size())]


def llama_json(model, scheme):
    """As LLaMA's SentencePiece models are converted."""
    pieces = pieces_of(model)
    vocab = {piece: i for i, (piece, _) in enumerate(pieces)}
    merges = []
    for piece, score in pieces:
        parts = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        merges += sorted((-score, vocab[a], vocab[b], a, b) for a, b in parts
                         if a in vocab and b in vocab)
    merges = [(a, b) for _, _, _, a, b in sorted(merges, key=lambda m: m[0])]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>",
                                     fuse_unk=True, byte_fallback=True))
    if scheme == "normalizer":
        tokenizer.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    elif scheme == "metaspace":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", "first", split=False)
    else:  # gemma
        tokenizer.normalizer = normalizers.Replace(" ", "▁")
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    if scheme != "gemma":
        steps.append(decoders.Strip(" ", 1, 0))
    tokenizer.decoder = decoders.Sequence(steps)
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    if scheme == "gemma":
        tokenizer.add_tokens([AddedToken("<tag>", normalized=False)])
    return tokenizer, {"add_bos_token": True, "bos_token": "<s>", "eos_token": "</s>"}


def unigram_json(model):
    tokenizer = Tokenizer(models.Unigram(pieces_of(model), 0, byte_fallback=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", "always")
    tokenizer.decoder = decoders.Sequence([
        decoders.ByteFallback(), decoders.Metaspace("▁", "always")])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer, {}


def xlmr(model):
    tokenizer, config = unigram_json(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁", "always")])
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Nmt(), normalizers.NFKC(),
        normalizers.Replace(Regex(" {2,}"), " ")])
    return tokenizer, config


def marked(model):
    """Steps behind Metaspace, which see marks for spaces."""
    tokenizer, config = llama_json(model, "metaspace")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Metaspace("▁", "first", split=False),
        pre_tokenizers.WhitespaceSplit(),
        pre_tokenizers.Split(Regex(r"▁(?=[A-Z])"), "merged_with_next"),
        pre_tokenizers.Split(" ", "isolated"),
        pre_tokenizers.Digits(individual_digits=True),
        pre_tokenizers.Punctuation("isolated")])
    return tokenizer, config


def spelled(tokenizer, text):
    """ids, with special tokens' spellings kept as text."""
    tokenizer.encode_special_tokens = True
    ids = tokenizer.encode(text, add_special_tokens=False).ids
    back = tokenizer.decode(ids, skip_special_tokens=False)
    return ids if back == text else None


def write(folder, name, file, encode, config=None, bos=None, eos=None):
    cases = [[text, encode(text)] for text in TEXTS + MORE_TEXTS]
    golden = {"file": file, "config": json.dumps(config) if config else None, "bos": bos,
              "eos": eos, "cases": cases}
    lost = sum(ids is None for _, ids in cases)
    (folder / f"{name}.golden.json").write_text(json.dumps(golden) + "\n")
    print(f"{name}: {len(cases)} texts, {lost} not given back")


def write_json(folder, name, tokenizer, config, bos=None, eos=None):
    text = tokenizer.to_str()
    (folder / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    write(folder, name, f"{name}.json", lambda t: spelled(tokenizer, t), config, bos, eos)


def sentencepiece_encode(model):
    reference = sentencepiece.SentencePieceProcessor(model_proto=model)

    def encode(text):
        ids = reference.encode(text)
        return ids if reference.decode(ids) == text else None
    return encode


def write_model(folder, name, model, bos, eos):
    (folder / f"{name}.model").write_bytes(model)
    write(folder, name, f"{name}.model", sentencepiece_encode(model), None, bos, eos)


def write_real(folder, models):
    for name, file in (("real_stories260k", "stories260K/tok512.model"),
                       ("real_babyllama105", "babyllama105/tok105.model")):
        encode = sentencepiece_encode((models / file).read_bytes())
        write(folder, name, file, encode, None, 1, 2)
    file = "tiny-random-gpt2/tokenizer.json.xz"
    text = lzma.open(models / file, "rt", encoding="utf-8").read()
    tokenizer = Tokenizer.from_str(text)
    write(folder, "real_tiny_random_gpt2", file, lambda t: spelled(tokenizer, t))


# What Oniguruma and PCRE2 read differently, or might.
EXPRESSIONS = [
    (r"\s+", "a\u180eb c\u1680\u3000d\u0085\u200be"), (r"\S+", "a\u180eb c"),
    (r"[\s.]+", "a. \u180e"), (r"[^\s.]+", "a. \u180e"), (r"[\S]+", "a\u180eb c"),
    (r"[^\S]+", "a\u180eb c"), (r"[^\S.]+", "a\u180eb. c"),
    (r"\w+", "ab_1 é\u0301 ²Ⅷⓐ‿x\u200dy"), (r"\W+", "ab_1 é\u0301 ²Ⅷⓐ‿x\u200dy"),
    (r"\b", "a² b"), (r"[\w.]+", "a²b."), (r"[^\W]+", "a_é b²"), (r"[\W\d]+", "a 1b²"), (r"[^\W\d]+", "a1 b2"),
    (r"\d+", "a1٣²"), (r"\D+", "a1٣²"), (r"\h+", "face g09"), (r"[\h_]+", "a_g"),
    (r"\H+", "face g09"), (r"\bab\b", "ab é ab1 ab abé"), (r"\Ba", "aa a"),
    (r"\v", "a\v\n"), (r"\R", "a\r\n\n\u2028"), (r"^a", "a\na"), (r"a$", "a\na"),
    (r"\Aa", "a\na"), (r"a\z", "a\na"), (r".+", "a\nb\rc"), (r"(?m:.+)", "a\nb"),
    (r"(?i:ab)c", "ABc abC"), (r"(?i)ab", "aB"), (r"(?mi-i:a.)", "a\nA\n"),
    (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)", "'\u017f'S'T'Re'LL'D"), (r"(?i:[^k]+)", "K\u212akx"),
    (r"(?i:[a-z]+)", "aZ\u017f\u212aé"), (r"(?<x>a)(b)", "ab"), (r"a(?#b)c", "abac"),
    (r"(?>a+)b", "aab"), (r"(?<=ab)c", "abc c"), (r"(?<!ab)c", "abc c"),
    (r"(?:ab){2}+", "ababababab"), (r"\p{N}{1,3}+x", "12345x"), (r"a{2}?", "aaa"),
    (r"a{,2}b", "aaab"), (r"a{1,2}?", "aaa"), (r"a{2}{2}", "aaaaa"), (r"a++b", "aab"),
    (r"a?+a", "aa"), (r"a*?+b", "aab"), (r"(a|b)+{2}", "abab"), (r"a{x", "a{x"),
    (r"{}]", "{}]"), (r"[[a-c]x]+", "abxc]"), (r"[^(\s|[.,])]+", "a|b.c(d) e"), (BLOOM, "a|b, c。d(e)"),
    (r"[a-c&&b-d]+", "abcd"), (r"[^a-c&&b-d]+", "abcdx"), (r"[^a[^b]]+", "abc"),
    (r"[a[^b]]+", "abc"), (r"[\p{L}&&[^\p{Lu}]]+", "aBcÉé1"), (r"[\w&&[^\d_]]+", "a1_b"),
    (r"[ -~&&\S&&[^a]]+", "bab c"), (r"[x[a&&[^b]]]+", "xaby"), (r"[a&b]+", "a&b"),
    (r"[]a]+", "a]"), (r"[^]a]+", "a]b"), (r"[a-]+", "a-b"), (r"[-a]+", "a-b"),
    (r"[[a]-z]+", "a-zb"), (r"[+--]+", "+,-."), (r"[\b]", "b\b"), (r"[\t\]\[\\-]+", "\t][\\-"),
    (r"[\x41-\x{44}\u0061\0]+", "ADEab\0"), (r"\x41\u00e9\x{1F600}", "Aé😀"),
    (r"[[:space:]]+", "a \u180e"), (r"[[:^space:]]+", "a \u180e"), (r"[[:punct:]]+", "a$+-b¢"),
    (r"[[:alpha:]_]+", "aé1_\u0345"), (r"[[:alnum:]]+", "aé1²_"), (r"[[:digit:]]+", "1٣a"),
    (r"[[:upper:]]+", "AÉaⅧ"), (r"[[:lower:]]+", "Aéaⅷ"), (r"[[:word:]]+", "a_ é"),
    (r"[[:xdigit:]]+", "fFgé"), (r"\p{^L}+", "a1 b"), (r"[\p{^L}a]+", "a1b"),
    (r"\P{L}+", "a1b"), (r"\p{lu}", "aB"), (r"\p{Han}+", "漢字、カ・"),
    (r"\p{Hiragana}+", "かなー、カ"), (r"[\p{Han}\p{katakana}]+", "漢カー、か"),
    (r"\P{Latin}+", "aя1"), (r"\p{Letter}\p{Mark}*", "e\u0301x"), (r"\p{Space}", "a b"),
    (r"\p{Alpha}+", "aⅧ1"), (r"\ \-\'\/\_", " -'/_"), (r"\K", "ab"), (r"", "ab"),
]


def pieces_of_text(expression, text):
    split = pre_tokenizers.Split(Regex(expression), "isolated")
    return [piece for piece, _ in split.pre_tokenize_str(text)]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    folder = root / "tests/golden/tokenizers"
    texts = [(root / "LICENSE").read_text()] + TEXTS * 3
    write_json(folder, "gpt2_style", *gpt2(texts), eos=0)
    write_json(folder, "llama3_style", *llama3(texts), bos=0)
    write_json(folder, "qwen2_style", *qwen2(texts), eos=0)
    write_json(folder, "smollm_style", *smollm(texts))
    write_json(folder, "splits", *splits(texts))
    write_json(folder, "falcon_style", *falcon(texts))
    write_json(folder, "bytes_first", *bytes_first(texts))
    write_json(folder, "bloom_style", *bloom(texts))
    write_json(folder, "whitespace", *whitespace(texts))

    clean = [t.replace("\0", " ").replace("▁", " ") for t in texts]
    bpe = sentencepiece_model(clean, model_type="bpe", vocab_size=700,
                              byte_fallback=True, character_coverage=0.98,
                              user_defined_symbols=["<tag>"], split_digits=True)
    unigram = sentencepiece_model(clean, model_type="unigram", vocab_size=500,
                                  byte_fallback=True, character_coverage=0.98)
    plain = sentencepiece_model(clean, model_type="unigram", vocab_size=400,
                                add_dummy_prefix=False, character_coverage=0.98)
    write_model(folder, "sentencepiece_bpe", bpe, 1, 2)
    write_model(folder, "sentencepiece_unigram", unigram, 1, 2)
    write_model(folder, "sentencepiece_plain", plain, 1, 2)
    write_json(folder, "llama_style", *llama_json(bpe, "normalizer"), 1, 2)
    write_json(folder, "llama_metaspace", *llama_json(bpe, "metaspace"), 1, 2)
    write_json(folder, "gemma_style", *llama_json(bpe, "gemma"), 1, 2)
    write_json(folder, "unigram_style", *unigram_json(unigram))
    write_json(folder, "xlmr_style", *xlmr(unigram))
    write_json(folder, "marked_first", *marked(bpe), 1, 2)
    cases = [[e, text, pieces_of_text(e, text)] for e, text in EXPRESSIONS]
    (folder / "expressions.json").write_text(json.dumps(cases) + "\n")
    if len(sys.argv) > 1:
        write_real(folder, pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    main()
