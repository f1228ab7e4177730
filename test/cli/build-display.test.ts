import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BuildDisplay } from '../../lib/cli/build-display.js';
import { PhaseTree } from '../../lib/cli/phase-tree.js';

const BUILD = [
  { phase: 'Build', step: 0, steps: 2 },
  { phase: 'Graph', parent: 'Build', step: 0, steps: 2 },
  { phase: 'Graph', parent: 'Build', step: 1, steps: 2 },
  { phase: 'Graph', parent: 'Build', step: 2, steps: 2 },
  { phase: 'Build', step: 1, steps: 2 },
  { phase: 'Build', step: 2, steps: 2 },
];

function shown(stream: { isTTY: boolean; columns?: number }): string[] {
  const written: string[] = [];
  const display = new BuildDisplay({ ...stream, write: (text) => written.push(text) });
  for (const progress of BUILD) display.show(progress);
  display.clear();
  return written;
}

describe('BuildDisplay', () => {
  it('fills one bar on a terminal and takes it away', () => {
    const lines = shown({ isTTY: true, columns: 80 });
    expect(lines.map((line) => /(\d+) %/.exec(line)?.[1])).toEqual([
      '0',
      '0',
      '25',
      '25',
      '50',
      '100',
      undefined,
    ]);
    expect(lines[2]).toContain('Graph 1/2');
    expect(lines.every((line) => line.startsWith('\r') && !line.includes('\n'))).toBe(true);
  });

  it('never wraps a line of the terminal', () => {
    for (const line of shown({ isTTY: true, columns: 20 }))
      expect(line.replace('\r\u001b[K', '').length).toBeLessThan(20);
  });

  it('writes one line for each phase elsewhere', () => {
    expect(shown({ isTTY: false })).toEqual(['Build\n', '  Graph\n']);
  });
});

describe('PhaseTree', () => {
  it('never goes back and stays within 0 and 1, whatever comes', () => {
    const names = fc.constantFrom('a', 'b', 'c', 'd');
    const progress = fc.record(
      { phase: names, parent: names, step: fc.nat(5), steps: fc.nat(5) },
      { requiredKeys: ['phase', 'step', 'steps'] },
    );
    // A phase inside of itself is none that TensorRT reports.
    const sound = progress.filter(({ phase, parent }) => parent === undefined || parent < phase);
    fc.assert(
      fc.property(fc.array(sound), (list) => {
        const tree = new PhaseTree();
        let before = 0;
        for (const entry of list) {
          tree.update(entry);
          expect(tree.fraction).toBeGreaterThanOrEqual(before);
          expect(tree.fraction).toBeLessThanOrEqual(1);
          before = tree.fraction;
        }
      }),
    );
  });
});
