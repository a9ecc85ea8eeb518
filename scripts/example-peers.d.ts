// Packages that examples import and this workspace does not install, as far as the examples use them.
declare module "@huggingface/transformers" {
  export function pipeline(
    task: "text-generation",
    model: string,
  ): Promise<(texts: string[], options: Readonly<Record<string, unknown>>) => Promise<unknown>>;
}
