import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { httpTextGenerator } from "./http.js";

type Handler = (
  body: Record<string, unknown>,
  request: IncomingMessage,
  attempt: number,
) => { status?: number; body: unknown };
const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

async function serve(handler: Handler) {
  let attempt = 0;
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const { status = 200, body } = handler(JSON.parse(text) as Record<string, unknown>, request, attempt++);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
}
const options = { maxNewTokens: 16, stop: ["a", "b", "c", "d", "e"], temperature: 0.5, topP: 0.9, seeds: [11, 12, 13] };

describe("httpTextGenerator", () => {
  it("sends one completion a prompt and keeps the order", async () => {
    const seen: Record<string, unknown>[] = [];
    const url = await serve((body, request) => {
      seen.push({ ...body, path: request.url, key: request.headers.authorization });
      return { body: { choices: [{ text: `re: ${String(body["prompt"])}` }] } };
    });
    const generator = httpTextGenerator({ url, model: "m", apiKey: "k", concurrency: 2 });
    expect(await generator.generate(["x", "y", "z"], options)).toEqual(["re: x", "re: y", "re: z"]);
    const first = seen.find(({ prompt }) => prompt === "x");
    expect(first).toEqual({
      model: "m",
      prompt: "x",
      max_tokens: 16,
      temperature: 0.5,
      top_p: 0.9,
      seed: 11,
      stop: ["a", "b", "c", "d"],
      path: "/v1/completions",
      key: "Bearer k",
    });
    expect(await generator.generate([], options)).toEqual([]);
  });

  it("speaks chat", async () => {
    const url = await serve((body, request) => ({
      body: { choices: [{ message: { content: `${request.url} ${JSON.stringify(body["messages"])}` } }] },
    }));
    const [text] = await httpTextGenerator({ url, model: "m", api: "chat" }).generate(["x"], options);
    expect(text).toBe('/v1/chat/completions [{"role":"user","content":"x"}]');
  });

  it("tries again after 429, 500 and a lost connection, not after 400", async () => {
    const url = await serve((_, __, attempt) => ({
      status: [429, 500, 200][attempt] ?? 400,
      body: { choices: [{ text: "ok" }] },
    }));
    let tries = 0;
    const flaky: typeof fetch = (...args) =>
      tries++ === 0 ? Promise.reject(new Error("socket hang up")) : fetch(...args);
    const generator = httpTextGenerator({ url, model: "m", retryDelayMs: 1, fetch: flaky });
    expect(await generator.generate(["x"], options)).toEqual(["ok"]);
    expect(tries).toBe(4);
    await expect(generator.generate(["x"], options)).rejects.toThrow(/received 400.*Check address/);
    expect(tries).toBe(5);
  });

  it("gives up with the last failure, and names an answer without text", async () => {
    const down = await serve(() => ({ status: 503, body: { error: "loading" } }));
    await expect(
      httpTextGenerator({ url: down, model: "m", retries: 2, retryDelayMs: 1 }).generate(["x"], options),
    ).rejects.toThrow(/503.*loading.*after 3 tries/);
    const odd = await serve(() => ({ body: { choices: [] } }));
    await expect(httpTextGenerator({ url: odd, model: "m" }).generate(["x"], options)).rejects.toThrow(
      "choices[0] with a text",
    );
  });
});
