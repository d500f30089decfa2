/** From the clock to the width of the chart. A hold may last for hours: it is drawn short, or nothing else could be seen. */
import { lengthOf, type Span } from './boot-record.ts';

export interface TimeScale {
  /** Place of a moment, 0 for the beginning and `width` for the end; never outside. */
  at(ms: number): number;
  /** Round moments, none of them within what is drawn short. */
  readonly ticks: readonly number[];
  /** What is drawn shorter than it was. */
  readonly cuts: readonly Span[];
}

/** What a cut hold may take of everything else. */
const CUT_SHARE = 0.14;
const LEAST_MS = 100;
const MAX_TICKS = 14;

export function planScale(whole: Span, holds: readonly Span[], width: number): TimeScale {
  const spans = merge(
    holds.map(({ startMs, endMs }) => ({ startMs: Math.max(startMs, whole.startMs), endMs: Math.min(endMs, whole.endMs) })),
  );
  const restMs = Math.max(LEAST_MS, lengthOf(whole) - spans.reduce((sum, span) => sum + lengthOf(span), 0));
  const shortMs = restMs * CUT_SHARE;
  const cuts = spans.filter((span) => lengthOf(span) > shortMs);
  /** Time on the drawing up to a moment. */
  const drawn = (ms: number): number => {
    const until = Math.min(Math.max(ms, whole.startMs), whole.endMs);
    const saved = cuts.map(({ startMs, endMs }) => {
      const inside = Math.min(Math.max(0, until - startMs), endMs - startMs);
      return inside * (1 - shortMs / (endMs - startMs));
    });
    return until - whole.startMs - saved.reduce((sum, part) => sum + part, 0);
  };
  const totalMs = Math.max(LEAST_MS, drawn(whole.endMs));
  const step = stepFor(totalMs);
  const ticks: number[] = [];
  const isCut = (ms: number): boolean => cuts.some(({ startMs, endMs }) => ms > startMs && ms < endMs);
  for (let ms = next(whole.startMs, step); ms <= whole.endMs; ms += step) {
    const cut = cuts.find(({ startMs, endMs }) => ms > startMs && ms < endMs);
    if (cut !== undefined) ms = next(cut.endMs, step);
    if (ms <= whole.endMs && !isCut(ms)) ticks.push(ms);
  }
  return { at: (ms) => (drawn(ms) / totalMs) * width, ticks, cuts };
}

const next = (ms: number, step: number): number => Math.ceil(ms / step) * step;

/** 1, 2 or 5 times a power of ten, in milliseconds. */
function stepFor(totalMs: number): number {
  const least = totalMs / MAX_TICKS;
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? 10 * power;
}

/** Spans in order, those that touch made one, empty ones left out. */
function merge(spans: readonly Span[]): readonly Span[] {
  const merged: Span[] = [];
  for (const span of spans.filter((each) => each.endMs > each.startMs).toSorted((a, b) => a.startMs - b.startMs)) {
    const last = merged.at(-1);
    if (last === undefined || span.startMs > last.endMs) merged.push(span);
    else merged[merged.length - 1] = { startMs: last.startMs, endMs: Math.max(last.endMs, span.endMs) };
  }
  return merged;
}
