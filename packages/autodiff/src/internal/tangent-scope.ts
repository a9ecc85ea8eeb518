import * as tf from "@tensorflow/tfjs";
import { UncoveredKernelError } from "../errors.js";
import { tangentRule } from "../register-tangent.js";
import { registry } from "./registry.js";
import { alias, engine, offTape, tidy, type DataId, type KernelAttrs, type KernelInputs } from "./engine.js";

const isFloat = (x: tf.Tensor): boolean => x.dtype === "float32" || x.dtype === "complex64";

/**
 * Tangents of everything computed from some primals. While a scope is open it stands between the ops and the engine's
 * `runKernel`: each kernel runs as ever, then the tangents of its inputs, if any, give those of its outputs.
 *
 * Tangents are keyed by data, not by tensor: a clone that the tape saves for the backward pass is another tensor on the
 * same data, and a Reshape is one too. Tensors that share a primal's data and still are constants (made before the
 * scope opened, or by `stopGradient`) are told apart by id. A tangent lives as long as the data it belongs to.
 */
export class TangentScope {
  private recording = true;
  private readonly firstId = engine().nextTensorId();
  private readonly primals = new Set<number>();
  private readonly primalData = new Set<DataId>();
  private readonly constants = new Set<number>();
  private readonly tangents = new Map<DataId, tf.Tensor>();
  /** Copies that the kernel under way saved of its outputs, on data of their own (wasm), before those had tangents. */
  private saved: (readonly [DataId, DataId])[] = [];
  private readonly restore: () => void;

  constructor() {
    const door = engine();
    const own = { runKernel: Object.hasOwn(door, "runKernel"), removeDataId: Object.hasOwn(door, "removeDataId") };
    const { runKernel, removeDataId } = door;
    door.runKernel = (kernel, inputs, attrs) => this.run(runKernel.bind(door), kernel, inputs, attrs);
    door.removeDataId = (dataId, backend) => {
      removeDataId.call(door, dataId, backend);
      this.forget(dataId);
    };
    this.restore = () => {
      if (own.runKernel) door.runKernel = runKernel;
      else Reflect.deleteProperty(door, "runKernel");
      if (own.removeDataId) door.removeDataId = removeDataId;
      else Reflect.deleteProperty(door, "removeDataId");
    };
    registry().open.push(this);
  }

  /** Makes `x` a variable of this scope, with the given tangent or zero; returns the tensor to hand to f. */
  bind(x: tf.Tensor, tangent: tf.Tensor | undefined): tf.Tensor {
    return this.paused(() => {
      const primal = this.primalData.has(x.dataId) ? copy(x) : x; // tied weights: each place has a tangent of its own
      this.primals.add(primal.id);
      this.primalData.add(primal.dataId);
      if (tangent) this.tangents.set(primal.dataId, tf.keep(alias(tangent)));
      return primal;
    });
  }

  /** What f returned, as a tensor of the caller's own. */
  valueOf(x: tf.Tensor): tf.Tensor {
    return x.id < this.firstId || this.primals.has(x.id) ? this.paused(() => alias(x)) : x;
  }

  /** The tangent of what f returned, zeros where there is none; the caller's own. */
  tangentOf(x: tf.Tensor): tf.Tensor {
    return this.paused(() => {
      const tangent = this.find(x);
      return tangent ? tf.reshape(tangent, x.shape) : tf.zeros(x.shape);
    });
  }

  /** True when the data of `x` has a tangent, whether `x` itself counts as a constant or not. */
  tracks(x: tf.Tensor): boolean {
    return this.tangents.has(x.dataId);
  }

  /** From here on `x`, a fresh alias, counts as a constant. */
  freeze(x: tf.Tensor): void {
    if (this.tracks(x)) this.constants.add(x.id);
  }

  /** Runs f with this scope's tangents off; kernels go straight through. */
  paused<T>(f: () => T): T {
    const { recording } = this;
    this.recording = false;
    try {
      return f();
    } finally {
      this.recording = recording;
    }
  }

  /** Restores the engine and frees what is left. */
  close(): void {
    const { open } = registry();
    open.splice(open.indexOf(this), 1);
    this.restore();
    for (const tangent of this.tangents.values()) tangent.dispose();
    this.tangents.clear();
  }

  private find(x: tf.Tensor): tf.Tensor | undefined {
    const tangent = this.tangents.get(x.dataId);
    if (!tangent || this.constants.has(x.id)) return undefined;
    return x.id >= this.firstId || this.primals.has(x.id) ? tangent : undefined;
  }

  private forget(dataId: DataId): void {
    const tangent = this.tangents.get(dataId);
    if (!tangent) return;
    this.tangents.delete(dataId);
    tangent.dispose();
  }

  private run(
    next: (kernel: string, inputs: KernelInputs, attrs?: KernelAttrs) => tf.Tensor | tf.Tensor[],
    kernel: string,
    inputs: KernelInputs,
    attrs: KernelAttrs | undefined,
  ): tf.Tensor | tf.Tensor[] {
    const { recording } = this;
    if (recording) this.saved = [];
    const result = this.paused(() => next(kernel, inputs, attrs));
    // Inside another kernel only the clones saved for backward matter: a clone is a constant or not as its source is.
    if (!recording && kernel !== "Identity") return result;
    const outputs = Array.isArray(result) ? result : [result];
    if (!recording) this.noteCopy(inputs["x"] as tf.Tensor, outputs[0]!);
    const live = Object.entries(inputs).filter(([, x]) => x instanceof tf.Tensor && this.find(x));
    if (live.length === 0) for (const output of outputs) this.freeze(output);
    else this.paused(() => offTape(() => this.propagate(kernel, inputs, attrs, live, outputs)));
    if (recording) this.paused(() => offTape(() => this.shareWithCopies()));
    return result;
  }

  private noteCopy({ dataId }: tf.Tensor, copied: tf.Tensor): void {
    if (dataId !== copied.dataId && !this.tangents.has(dataId)) this.saved.push([dataId, copied.dataId]);
  }

  private shareWithCopies(): void {
    for (const [source, copied] of this.saved) {
      const tangent = this.tangents.get(source);
      if (tangent) this.tangents.set(copied, tf.keep(alias(tangent)));
    }
  }

  private propagate(
    kernel: string,
    inputs: KernelInputs,
    attrs: KernelAttrs | undefined,
    live: readonly (readonly [string, tf.Tensor])[],
    outputs: readonly tf.Tensor[],
  ): void {
    // an alias has its tangent
    const pending = outputs.map((output) => isFloat(output) && !this.tangents.has(output.dataId));
    if (!pending.includes(true)) return;
    const rule = tangentRule(kernel);
    if (!rule) throw new UncoveredKernelError({ kernel, inputs: live.map(([name]) => name) });
    const firstId = engine().nextTensorId();
    const results = tidy(() => {
      const tangents = Object.fromEntries(live.map(([name, x]) => [name, shaped(this.find(x)!, x)]));
      const call = { kernel, inputs, tangents, outputs: outputs as [tf.Tensor, ...tf.Tensor[]], attrs: attrs ?? {} };
      const returned = rule(call);
      return (Array.isArray(returned) ? returned : [returned]) as (tf.Tensor | null)[];
    });
    outputs.forEach((output, i) => {
      const tangent = results[i];
      if (!tangent) return;
      if (!pending[i]) return tangent.id < firstId ? undefined : tangent.dispose();
      if (tangent.size !== output.size) throw new RangeError(shapeComplaint(kernel, tangent, output));
      this.tangents.set(output.dataId, tf.keep(tangent.id < firstId ? alias(tangent) : tangent));
    });
  }
}

/** Runs f with the tangents of every scope off. */
export const withoutTangents = <T>(f: () => T): T =>
  registry().open.reduceRight<() => T>((inner, scope) => () => scope.paused(inner), f)();

/** True when some scope under way has a tangent for the data of `x`. */
export const isTracked = (x: tf.Tensor): boolean => registry().open.some((scope) => scope.tracks(x));

/** `x` on the same data as a constant, for the tape and for every scope. */
export const constantAlias = (x: tf.Tensor): tf.Tensor => {
  const constant = offTape(() => withoutTangents(() => alias(x)));
  for (const scope of registry().open) scope.freeze(constant);
  return constant;
};

const shaped = (x: tf.Tensor, like: tf.Tensor): tf.Tensor =>
  tf.util.arraysEqual(x.shape, like.shape) ? x : tf.reshape(x, like.shape);

/** The same values on data of their own; outer scopes see an ordinary kernel. */
const copy = (x: tf.Tensor): tf.Tensor => (x.dtype === "float32" ? tf.mul(x, 1) : alias(x));

const shapeComplaint = (kernel: string, tangent: tf.Tensor, output: tf.Tensor): string =>
  `jvp: the tangent rule of '${kernel}' returned shape [${tangent.shape.join(", ")}] for an output ` +
  `of shape [${output.shape.join(", ")}]`;
