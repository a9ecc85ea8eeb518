/**
 * Names of `A` and `B` of a weight's adapter, as PEFT stores them: `base_model.model.` before, `lora_A` and `lora_B`
 * after.
 */
export const adapterNames = (weight: string): readonly [string, string] => {
  const stem = `base_model.model.${weight.slice(0, -".weight".length)}`;
  return [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
};
