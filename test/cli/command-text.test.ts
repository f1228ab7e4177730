import { describe, expect, it } from 'vitest';
import { StepDisplay } from '../../lib/cli/step-display.js';
import { textTable } from '../../lib/cli/text-table.js';
import { atLeast, oneOf, parseCommandLine, wholeNumber } from '../../lib/cli/usage.js';
import { errorOf } from '../policy/error-of.js';

function stream(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return { ...terminal, written, write: (text: string) => written.push(text) > 0 };
}

describe('textTable', () => {
  it('aligns columns by their widest cell, characters counted as people do, without space at the end', () => {
    const table = textTable(
      [{ title: 'Model' }, { title: 'MB', align: 'right' }, { title: 'Note' }],
      [['a', '10.25', ''], ['größer 🤖', '3', 'x'], ['short']],
    );
    expect(table).toBe('Model        MB  Note\na         10.25\ngrößer 🤖      3  x\nshort\n');
  });
});

describe('StepDisplay', () => {
  it('writes one line for each label where there is no terminal', () => {
    const out = stream();
    const display = new StepDisplay(out);
    display.show({ label: 'Export', fraction: 0.1 });
    display.show({ label: 'Export', fraction: 0.9 });
    display.show({ label: 'Check' });
    display.note('Warning: odd');
    display.clear();
    expect(out.written.join('')).toBe('Export\nCheck\nWarning: odd\n');
  });

  it('rewrites one line of a terminal, which it never lets wrap', () => {
    const out = stream({ isTTY: true, columns: 40 });
    const display = new StepDisplay(out);
    display.show({ label: 'Exporting something long to ONNX', fraction: 0.5 });
    const [line = ''] = out.written;
    expect(line).toContain(`\r\u001b[K${'█'.repeat(12)}${'░'.repeat(12)}  50 % Exp`);
    expect(line.slice('\r\u001b[K'.length)).toHaveLength(39);
    display.show({ label: 'Checking' });
    expect(out.written[1]).toBe('\r\u001b[KChecking');
    display.clear();
    expect(out.written[2]).toBe('\r\u001b[K');
  });

  it.each([
    [-0.5, '  0 %'],
    [1.00001, '100 %'],
    [7, '100 %'],
  ])('shows a fraction of %d as %s', (fraction, text) => {
    const out = stream({ isTTY: true });
    new StepDisplay(out).show({ label: 'x', fraction });
    expect(out.written.join('')).toContain(`${text} x`);
  });
});

describe('command lines', () => {
  const usage = (act: () => unknown) => {
    const { code, message, hint } = errorOf(act);
    expect({ code, hint }).toEqual({ code: 'INVALID_ARGUMENT', hint: 'jetson-vla bench --help' });
    return message;
  };

  it('take options and positionals, and complain with the command to ask for help', () => {
    const options = { name: { type: 'string' }, json: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseCommandLine('bench', ['a', '--name', 'n', 'b'], options);
    expect([{ ...values }, positionals]).toEqual([{ name: 'n', json: false }, ['a', 'b']]);
    expect(usage(() => parseCommandLine('bench', ['--other'], options))).toContain('--other');
    expect(usage(() => parseCommandLine('bench', ['--json=1'], options))).toContain('--json');
  });

  it('take whole numbers in a range', () => {
    expect(wholeNumber('bench', 'samples', '012', 1)).toBe(12);
    for (const text of ['', '-1', '1.5', '1e3', '0x10', 'many', '9'.repeat(400)])
      expect(usage(() => wholeNumber('bench', 'samples', text, 0))).toContain(
        `whole number from 0, got ${text}`,
      );
    expect(usage(() => wholeNumber('bench', 'samples', '11', 1, 10))).toContain('from 1 to 10, got 11');
  });

  it('take numbers from a bound on', () => {
    expect(atLeast('bench', 'duration', '0.5', 0)).toBe(0.5);
    for (const text of ['', ' ', '-1', 'Infinity', 'NaN', '5s'])
      expect(usage(() => atLeast('bench', 'duration', text, 0))).toContain(
        `--duration: expected a number of at least 0`,
      );
  });

  it('take one of a list of words', () => {
    expect(oneOf('bench', 'backend', 'auto', ['auto', 'tensorrt'])).toBe('auto');
    expect(usage(() => oneOf('bench', 'backend', 'cuda', ['auto', 'tensorrt']))).toBe(
      '--backend: expected auto, tensorrt, got cuda',
    );
  });
});
