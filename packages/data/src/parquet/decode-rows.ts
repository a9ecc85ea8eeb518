import { parquetSchema, type ParquetReadOptions } from "hyparquet";
import { parquetPlan } from "hyparquet/src/plan.js";
import { assembleAsync, asyncGroupToRows, readRowGroup } from "hyparquet/src/rowgroup.js";

type Row = Readonly<Record<string, unknown>>;
type Columns = ReturnType<typeof readRowGroup>["asyncColumns"];

/**
 * The library's `parquetReadObjects`, one column after another. It starts all at once, and when a damaged file stops it
 * early it drops the others' promises, whose errors then end the process.
 */
export const decodeRows = async (
  options: ParquetReadOptions & Required<Pick<ParquetReadOptions, "metadata" | "rowStart" | "rowEnd">>,
): Promise<readonly Row[]> => {
  const plan = parquetPlan(options);
  const rows: Row[] = [];
  for (const group of plan.groups) {
    const columns: Columns = [];
    for (const chunk of group.chunks) {
      const { asyncColumns } = readRowGroup(options, plan, { ...group, chunks: [chunk] });
      for (const column of asyncColumns) await column.data;
      columns.push(...asyncColumns);
    }
    const read = { groupStart: group.groupStart, groupRows: group.groupRows, asyncColumns: columns };
    const assembled = assembleAsync(read, parquetSchema(options.metadata), options.parsers);
    const settled = await Promise.allSettled(assembled.asyncColumns.map(({ data }) => data));
    const failed = settled.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    const start = Math.max(options.rowStart - group.groupStart, 0);
    const end = Math.min(options.rowEnd - group.groupStart, group.groupRows);
    for (const row of await asyncGroupToRows(assembled, start, end, options.columns, "object")) rows.push(row);
  }
  return rows;
};
