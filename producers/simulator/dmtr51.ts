/**
 * The numbers of the test report DMTR-51, "HSC RC1 reprocessing": Table 2 (wall-clock and CPU of each tract) and Table 3
 * (its executables), as printed, and what Table 1 says of warps that were not written and of expected files.
 */

/** A row of Table 3: user and system CPU time, minutes; the greatest resident set, KiB as time(1) tells it. */
type ExecutableRow = readonly [executions: number, userMinutes: number, systemMinutes: number, maxRssKib: number];

/** What the report says of one tract. */
export interface TractNumbers {
  readonly wallClockHours: number;
  readonly userCpuHours: number;
  /** Executions of makeCoaddTempExp that left no warp: Table 3's executions less Table 1's files. */
  readonly absentWarps: number;
  readonly executables: Readonly<Record<string, ExecutableRow>>;
  /** Jobs that run at once on each host: enough for the wall-clock time; the report does not tell them. */
  readonly slotsPerHost: number;
}

/** By tract. */
export const tractNumbers: Readonly<Record<number, TractNumbers>> = {
  8766: {
    wallClockHours: 20.98,
    userCpuHours: 392.792236,
    absentWarps: 49,
    slotsPerHost: 3,
    executables: {
      'processCcd.py': [3850, 9390.55, 332.29, 1956920],
      'makeCoaddTempExp.py': [2325, 1073.35, 185.3, 1113296],
      'assembleCoadd.py': [405, 665.03, 63.54, 1820116],
      'detectCoaddSources.py': [405, 56.12, 18.79, 955692],
      'mergeCoaddDetections.py': [81, 27.92, 3.45, 462000],
      'measureCoaddSources.py': [405, 9529.12, 32.96, 3694980],
      'mergeCoaddMeasurements.py': [81, 31.46, 4.7, 1741084],
      'forcedPhotCoadd.py': [405, 2794.0, 25.9, 2196376],
    },
  },
  8767: {
    wallClockHours: 7.82,
    userCpuHours: 378.250683,
    absentWarps: 42,
    slotsPerHost: 8,
    executables: {
      'processCcd.py': [3956, 9262.97, 331.62, 1911480],
      'makeCoaddTempExp.py': [2431, 1104.69, 253.26, 1117804],
      'assembleCoadd.py': [405, 687.55, 66.34, 1894980],
      'detectCoaddSources.py': [405, 56.19, 19.12, 953240],
      'mergeCoaddDetections.py': [81, 28.14, 3.56, 463896],
      'measureCoaddSources.py': [405, 8718.07, 35.31, 3594972],
      'mergeCoaddMeasurements.py': [81, 30.14, 4.68, 2188696],
      'forcedPhotCoadd.py': [405, 2807.3, 25.85, 2166484],
    },
  },
  9813: {
    wallClockHours: 42.1,
    userCpuHours: 1979.60976,
    absentWarps: 454,
    slotsPerHost: 6,
    executables: {
      'processCcd.py': [24103, 64001.65, 2091.06, 1942904],
      'makeCoaddTempExp.py': [16327, 6329.18, 1044.22, 1128420],
      'assembleCoadd.py': [465, 3900.33, 383.54, 7476556],
      'detectCoaddSources.py': [465, 70.59, 23.92, 1035160],
      'mergeCoaddDetections.py': [79, 57.24, 3.8, 512504],
      'measureCoaddSources.py': [465, 31375.48, 83.69, 12747664],
      'mergeCoaddMeasurements.py': [79, 47.45, 6.53, 4746248],
      'forcedPhotCoadd.py': [465, 12994.67, 49.43, 4489536],
    },
  },
};

/** The hosts, all of which a tract has for itself. */
export const hostCount = 12;

/** The dataset types whose expected number Table 1 leaves blank: unknown, not none. */
export const blankExpectations: ReadonlySet<string> = new Set([
  'cat_corr_src',
  'deepcoadd',
  'deepcoadd_directwarp',
  'img_corr',
  'processccd_md_boost',
  'sfm_calexpbkgd',
  'sfm_flattened_thumb',
  'sfm_oss_thumb',
  'sfm_srcmatch',
  'sfm_srcmatchfull',
]);

/** What one executable used in a tract, exact. */
export interface ExecutableTotals {
  readonly executions: number;
  readonly userCpuMicros: number;
  readonly systemCpuMicros: number;
  readonly maxRssBytes: number;
}

/**
 * The totals of a tract's executables. Table 3 is rounded to a hundredth of a minute and Table 2 tells the sum of the user
 * CPU time more exactly, so each executable takes an equal share of the difference, well within its rounding.
 */
export function executableTotals({ executables, userCpuHours }: TractNumbers): ReadonlyMap<string, ExecutableTotals> {
  const rows = Object.entries(executables);
  const printed = rows.reduce((sum, [, [, userMinutes]]) => sum + minutes(userMinutes), 0);
  const difference = Math.round(userCpuHours * 3_600_000_000) - printed;
  const share = Math.trunc(difference / rows.length);
  return new Map(
    rows.map(([executable, [executions, userMinutes, systemMinutes, maxRssKib]], index) => [
      executable,
      {
        executions,
        userCpuMicros: minutes(userMinutes) + share + (index === 0 ? difference - share * rows.length : 0),
        systemCpuMicros: minutes(systemMinutes),
        maxRssBytes: maxRssKib * 1024,
      },
    ]),
  );
}

function minutes(count: number): number {
  return Math.round(count * 60_000_000);
}
