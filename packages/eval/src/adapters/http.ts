import { EvalInputError } from "../errors.js";
import type { TextGenerator } from "../runner/runners.js";
import type { GenerateOptions } from "../runner/task.js";

/** Options of {@link httpTextGenerator}. */
export interface HttpGeneratorOptions {
  /** Base address with its version, such as `http://localhost:8000/v1`. */
  readonly url: string;
  readonly model: string;
  /** `completions` continues the raw prompt, as the protocols want; `chat` sends it as one user message. */
  readonly api?: "completions" | "chat";
  /** Sent as a bearer token. */
  readonly apiKey?: string;
  /** Requests under way at once. */
  readonly concurrency?: number;
  /**
   * Tries after a failed connection, a time-out, 408, 429 or 5xx; waits double from `retryDelayMs`, or obey
   * `retry-after`.
   */
  readonly retries?: number;
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
  /** The platform's own by default. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * A {@link TextGenerator} over an OpenAI-style HTTP interface, as vLLM, llama.cpp, Ollama and others serve it: one
 * request a prompt. Stop strings go along (the first four, which is what the interface takes); the tasks cut again
 * anyway.
 * @throws {EvalInputError} From `generate`, when the server refuses, keeps failing, or answers without text.
 * @example
 * ```ts
 * import { httpTextGenerator } from "@vpt/eval/http";
 *
 * const generator = httpTextGenerator({ url: "http://localhost:8000/v1", model: "Qwen/Qwen2.5-0.5B" });
 * ```
 * @category adapters
 */
export function httpTextGenerator(options: HttpGeneratorOptions): TextGenerator {
  const { concurrency = 4 } = options;
  return {
    async generate(prompts, generation) {
      const outputs: string[] = Array.from({ length: prompts.length });
      let next = 0;
      const work = async () => {
        for (let i = next++; i < prompts.length; i = next++) {
          outputs[i] = await askOne(options, bodyOf(options, prompts[i]!, generation, generation.seeds?.[i]));
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, prompts.length) }, work));
      return outputs;
    },
  };
}

function bodyOf(
  { model, api }: HttpGeneratorOptions,
  prompt: string,
  generation: GenerateOptions,
  seed: number | undefined,
) {
  const { maxNewTokens, stop, temperature, topP } = generation;
  return {
    model,
    ...(api === "chat" ? { messages: [{ role: "user", content: prompt }] } : { prompt }),
    max_tokens: maxNewTokens,
    temperature,
    ...(stop.length > 0 ? { stop: stop.slice(0, 4) } : {}),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(seed === undefined ? {} : { seed }),
  };
}

async function askOne(options: HttpGeneratorOptions, body: object): Promise<string> {
  const {
    url,
    api = "completions",
    apiKey,
    retries = 4,
    retryDelayMs = 500,
    timeoutMs = 600_000,
    fetch = globalThis.fetch,
  } = options;
  const address = `${url.replace(/\/+$/, "")}${api === "chat" ? "/chat/completions" : "/completions"}`;
  const headers = {
    "content-type": "application/json",
    ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
  };
  for (let attempt = 0; ; attempt++) {
    const signal = AbortSignal.timeout(timeoutMs);
    let response: Response | undefined;
    let failure = "";
    try {
      response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), signal });
      if (response.ok) return textOf(address, await response.json());
      failure = `${response.status} ${(await response.text()).slice(0, 200)}`;
    } catch (error) {
      if (EvalInputError.isInstance(error)) throw error;
      failure =
        error instanceof Error
          ? `${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ""}`
          : String(error);
    }
    const passing =
      !response || response.ok || response.status === 408 || response.status === 429 || response.status >= 500;
    if (!passing || attempt >= retries) {
      const advice = passing
        ? `Given up after ${attempt + 1} tries; run again to continue`
        : "Check address, model name and key";
      throw new EvalInputError({
        where: `httpTextGenerator: ${address}`,
        expected: "a completion",
        received: failure,
        advice,
      });
    }
    const asked = Number(response?.headers.get("retry-after") ?? NaN) * 1000;
    await new Promise((resolve) => setTimeout(resolve, Number.isFinite(asked) ? asked : retryDelayMs * 2 ** attempt));
  }
}

function textOf(address: string, answer: unknown): string {
  const choice = (answer as { choices?: { text?: unknown; message?: { content?: unknown } }[] } | null)?.choices?.[0];
  const text = choice?.text ?? choice?.message?.content;
  if (typeof text === "string") return text;
  const received = JSON.stringify(answer).slice(0, 200);
  throw new EvalInputError({ where: `httpTextGenerator: ${address}`, expected: "choices[0] with a text", received });
}
