const NS_PER_S = 1_000_000_000n;

export class Time {
  constructor(readonly nanoseconds: bigint) {}

  static fromMessage({ sec, nanosec }: { readonly sec: number; readonly nanosec: number }): Time {
    return new Time(BigInt(sec) * NS_PER_S + BigInt(nanosec));
  }

  static system(): Time {
    return new Time(BigInt(Math.round((performance.timeOrigin + performance.now()) * 1000)) * 1000n);
  }

  toMsg(): { readonly sec: number; readonly nanosec: number } {
    return { sec: Number(this.nanoseconds / NS_PER_S), nanosec: Number(this.nanoseconds % NS_PER_S) };
  }
}
