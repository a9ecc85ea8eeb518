"""Golden values for chat templates: what transformers renders from templates written for this project.

    pyref/bin/python tools/make-chat-fixtures.py     # writes packages/lang/src/chat/__fixtures__/golden.json
"""

import json
import pathlib

from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

OUT = pathlib.Path(__file__).parent.parent / "packages" / "lang" / "src" / "chat" / "__fixtures__"
TEMPLATES = {
    # the shape of ChatML models: a default system turn, one block a turn
    "blocks": "{% for message in messages %}{% if loop.first and message['role'] != 'system' %}{{ '<|start|>system\nBe brief.<|end|>\n' }}{% endif %}"
    "{{ '<|start|>' + message['role'] + '\n' + message['content'] + '<|end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start|>assistant\n' }}{% endif %}",
    # the shape of LLaMA's: a begin token, a taken-out system text, trimmed turns, an order that is checked
    "turns": "{%- if messages[0]['role'] == 'system' -%}\n    {%- set system = messages[0]['content'] | trim -%}\n    {%- set turns = messages[1:] -%}\n"
    "{%- else -%}\n    {%- set system = '' -%}\n    {%- set turns = messages -%}\n{%- endif -%}\n{{- bos_token -}}\n"
    "{%- for message in turns -%}\n    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}\n        {{- raise_exception('turns must alternate') -}}\n    {%- endif -%}\n"
    "    {%- if loop.first and system -%}\n        {{- '[sys] ' + system + ' [/sys] ' -}}\n    {%- endif -%}\n"
    "    {{- '[' + message.role | upper + '] ' + message.content.strip() + ' ' -}}\n    {%- if message.role == 'assistant' -%}{{- eos_token -}}{%- endif -%}\n{%- endfor -%}",
}
CONVERSATIONS = [
    [{"role": "user", "content": "What is 2 + 2?"}],
    [{"role": "system", "content": "  You know numbers. \n"}, {"role": "user", "content": "  7 é 🙂?\n"}, {"role": "assistant", "content": "{{ no }}"}, {"role": "user", "content": "why"}],
    [{"role": "assistant", "content": "first"}, {"role": "user", "content": "then"}],
]

special = {"bos_token": "<s>", "eos_token": "</s>"}
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(WordLevel({"a": 0, "<s>": 1, "</s>": 2}, unk_token="a")), **special)
cases = []
for name, template in TEMPLATES.items():
    for messages in CONVERSATIONS:
        for prompt in (True, False):
            try:
                text = tokenizer.apply_chat_template(messages, chat_template=template, add_generation_prompt=prompt, tokenize=False)
            except Exception as error:
                text = None
                print(name, "refuses:", error)
            cases.append({"template": name, "messages": messages, "addGenerationPrompt": prompt, "text": text})
OUT.mkdir(exist_ok=True)
(OUT / "golden.json").write_text(json.dumps({"special": special, "templates": TEMPLATES, "cases": cases}) + "\n")
