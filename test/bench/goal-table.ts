// Reads what the benchmarks printed and shows every goal once more, in order, with its verdict.
//
//   node test/bench/goal-table.ts FILE
import { readFileSync } from 'node:fs';
import { formatGoals, readGoals } from './support/goal-list.ts';

const goals = readGoals(readFileSync(process.argv[2]!, 'utf8'));
if (goals.length > 0) console.log(`\n${formatGoals(goals, process.stdout.isTTY)}`);
