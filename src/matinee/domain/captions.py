"""Names of caption tracks. It must not know caption formats."""

import re

from matinee.errors import ErrorCode, MatineeError

# The well-formed tags of RFC 5646, 2.1, that name a language with optional script, region and variants.
LANGUAGE = re.compile(
    r"(?P<language>[A-Za-z]{2,3})"
    r"(?:-(?P<script>[A-Za-z]{4}))?"
    r"(?:-(?P<region>[A-Za-z]{2}|[0-9]{3}))?"
    r"(?P<variants>(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*)\Z",
    re.ASCII,
)

# Languages by their own names, as a viewer looks for them; others show their tag.
OWN_NAMES = {
    "ar": "العربية", "bg": "Български", "bn": "বাংলা", "ca": "Català", "cs": "Čeština", "da": "Dansk", "de": "Deutsch",
    "el": "Ελληνικά", "en": "English", "es": "Español", "et": "Eesti", "eu": "Euskara", "fa": "فارسی", "fi": "Suomi",
    "fr": "Français", "ga": "Gaeilge", "gl": "Galego", "he": "עברית", "hi": "हिन्दी", "hr": "Hrvatski", "hu": "Magyar",
    "id": "Bahasa Indonesia", "is": "Íslenska", "it": "Italiano", "ja": "日本語", "ko": "한국어", "lt": "Lietuvių",
    "lv": "Latviešu", "ms": "Bahasa Melayu", "nb": "Norsk bokmål", "nl": "Nederlands", "no": "Norsk", "pl": "Polski",
    "pt": "Português", "ro": "Română", "ru": "Русский", "sk": "Slovenčina", "sl": "Slovenščina", "sr": "Српски",
    "sv": "Svenska", "sw": "Kiswahili", "ta": "தமிழ்", "te": "తెలుగు", "th": "ไทย", "tr": "Türkçe", "uk": "Українська",
    "ur": "اردو", "vi": "Tiếng Việt", "zh": "中文",
}  # fmt: skip


def check_language(tag: str) -> str:
    """`tag` in the form RFC 5646, 2.1.1 recommends (en, pt-BR, zh-Hant). Raises `field_invalid`."""
    match = LANGUAGE.match(tag)
    if match is None:
        sentence = f"{tag[:40]!r} is not a language tag; use one such as en, pt-BR or zh-Hant (BCP 47)."
        raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
    parts = [match["language"].lower()]
    if match["script"]:
        parts.append(match["script"].title())
    if match["region"]:
        parts.append(match["region"].upper())
    return "-".join(parts) + match["variants"].lower()


def label_of(tag: str) -> str:
    """What a menu shows for a tag: the language's own name, with the script or region when there is one."""
    language, _, rest = tag.partition("-")
    name = OWN_NAMES.get(language)
    if name is None:
        return tag
    return f"{name} ({rest})" if rest else name
